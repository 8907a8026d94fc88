// The digest of a model: a short word that tells one model from another, the same on every engine and in every runtime.
// It guards a saved session against the wrong model, not against forgery: it is no cryptographic hash, so that it needs
// no waiting.

import type { Reals } from "../../compute/arena.js";
import type { Field } from "../../text/encoding/field.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { ModelSpec } from "../layout/spec.js";

/** 16 hexadecimal digits over sizes, field, vocabulary and weights (as float32). */
export function modelDigest(
  spec: ModelSpec,
  { field, vocab }: { readonly field: Field; readonly vocab: Vocab },
  weights: Reals,
): string {
  const { cell, cellSettings, vocabulary, embedding, hidden, layers, tied } = spec;
  const settings = cell.settings.map(({ name }) => [name, cellSettings[name]]);
  const about = [cell.kind, settings, vocabulary, embedding, hidden, layers, tied, field, vocab];
  const hash = createMixer();
  for (const byte of new TextEncoder().encode(JSON.stringify(about))) hash.add(byte);
  for (let at = 0; at < weights.length; at += BLOCK) {
    const block = Float32Array.from(weights.subarray(at, at + BLOCK));
    for (const word of new Uint32Array(block.buffer)) hash.add(word);
  }
  return hash.hex();
}

const BLOCK = 16_384;

/**
 * Two 32-bit lanes of multiply and rotate, with the constants and the last mixing of MurmurHash3 (Appleby, public
 * domain).
 */
function createMixer() {
  let a = 0x9747b28c;
  let b = 0x3c6ef372;
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));
  const last = (x: number) => {
    let h = x ^ (x >>> 16);
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  return {
    add(word: number) {
      const k = Math.imul(word, 0xcc9e2d51);
      a = (Math.imul(rotate(a ^ Math.imul(rotate(k, 15), 0x1b873593), 13), 5) + 0xe6546b64) | 0;
      b = (Math.imul(rotate(b ^ Math.imul(rotate(k, 16), 0x38b34ae5), 17), 5) + 0x561ccd1b + a) | 0;
    },
    hex: () => [last(a), last(b)].map((each) => each.toString(16).padStart(8, "0")).join(""),
  };
}
