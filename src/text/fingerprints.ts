// Which blocks of bytes a text is made of, as a small sketch: enough to tell later how much of another text was already in
// this one. Blocks are cut where the content says, so an insertion moves few of them. It is no digest and proves nothing.
//
// Cut: gear hash (Xia et al., "Ddelta", 2014). Sketch: the k smallest fingerprints (Bar-Yossef et al. 2002; Broder 1997).

import { philox } from "../base/random.js";

export interface BlockSketch {
  /** The smallest fingerprints of the text's different blocks, ascending, each a whole number below 2^53. */
  readonly prints: readonly number[];
  /** Whether these are all of them. */
  readonly complete: boolean;
}

const MIN = 256; // bytes of a block, but the last
const MAX = 4096;
const KEPT = 16384;
/** Ten bits that are zero in one hash of 1024: blocks are 1.2 KiB on average. High bits, which know the last 22 to 32 bytes. */
const CUT = 0xffc00000;

/** What each byte adds to the gear hash. Never change it, or old sketches are worth nothing. */
const gear = Uint32Array.from({ length: 256 }, (_, byte) => {
  const words = new Uint32Array(4);
  philox(byte, 0, 0, 0, 0x67656172, 0, words); // the key spells "gear"
  return words[0] ?? 0;
});

/** Makes a sketch of a stream of bytes. How the stream is cut into updates does not show in it. */
export function blockSketch(keep = KEPT): { update(bytes: Uint8Array): void; finish(): BlockSketch } {
  let prints: number[] = [];
  let limit = Infinity; // the largest of the kept, once there are enough
  let complete = true;
  let [length, roll, low, high] = [0, 0, 0, 0];

  const prune = () => {
    const different = [...new Set(prints)].sort((a, b) => a - b);
    prints = different.slice(0, keep);
    if (different.length > keep) complete = false;
    if (prints.length === keep) limit = prints[keep - 1] ?? limit;
  };
  const endBlock = () => {
    const print = (mix(high ^ length) & 0x1fffff) * 4294967296 + mix(low);
    if (print <= limit) prints.push(print);
    else complete = false;
    if (prints.length >= 2 * keep) prune();
    [length, roll, low, high] = [0, 0, 0, 0];
  };
  return {
    update(bytes) {
      for (const byte of bytes) {
        length += 1;
        roll = ((roll << 1) + (gear[byte] ?? 0)) | 0;
        low = (Math.imul(low ^ byte, 0x01000193) + 1) | 0; // two hashes of the block, unlike in kind
        high = Math.imul((high << 5) ^ (high >>> 27) ^ byte, 0x9e3779b1);
        if (length >= MAX || (length >= MIN && (roll & CUT) === 0)) endBlock();
      }
    },
    finish() {
      if (length > 0) endBlock();
      prune();
      return { prints, complete };
    },
  };
}

/** Spreads 32 bits over 32 bits (MurmurHash3's finisher, Appleby). */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The share of b's different blocks that are in a, from 0 to 1: exact where both sketches are complete, else estimated
 * from the fingerprints that both would have kept. Undefined where b has none of those.
 */
export function overlap(a: BlockSketch, b: BlockSketch): number | undefined {
  const reach = (sketch: BlockSketch) => (sketch.complete ? Infinity : (sketch.prints.at(-1) ?? 0));
  const limit = Math.min(reach(a), reach(b));
  const inA = new Set(a.prints);
  const sample = b.prints.filter((print) => print <= limit);
  return sample.length === 0 ? undefined : sample.filter((print) => inA.has(print)).length / sample.length;
}
