// Fingerprints of a text: a small sketch of its content-defined chunks, which estimates how much of another text occurs
// in this one. Chunk boundaries depend on the content, so an insertion changes few chunks. It is no digest, and proves
// nothing.
//
// Boundaries: gear hash (Xia et al., "Ddelta", 2014). Sketch: the k smallest fingerprints (Bar-Yossef et al. 2002;
// Broder 1997).

import { philox } from "../../base/random.js";

export interface ChunkSketch {
  /** The smallest fingerprints of the text's distinct chunks, ascending; each is a whole number below 2^53. */
  readonly prints: readonly number[];
  /** Whether `prints` holds all fingerprints of the text. */
  readonly complete: boolean;
}

const MIN = 256; // the smallest chunk in bytes, except the last
const MAX = 4096;
const SKETCH_SIZE = 16384;
/**
 * Ten bits that are zero in one of 1,024 hashes: chunks have 1.2 KiB on average. High bits depend on the last 22 to 32
 * bytes.
 */
const BOUNDARY = 0xffc00000;

/** The gear hash's table: byte → random word. A change would make recorded sketches useless. */
const gear = Int32Array.from({ length: 256 }, (_, byte) => {
  const words = new Uint32Array(4);
  philox(byte, 0, 0, 0, 0x67656172, 0, words); // the key spells "gear"
  return words[0] ?? 0;
});

/** Sketches a stream of bytes. The result does not depend on how the stream is divided into updates. */
export function chunkSketch(size = SKETCH_SIZE): {
  update(bytes: Uint8Array): void;
  /** The sketch of the chunks that end at byte `until` or before; by default of all. */
  finish(until?: number): ChunkSketch;
} {
  let ends = new Map<number, number>(); // fingerprint → the end of the first chunk that has it
  let read = 0;
  let limit = Infinity; // the largest fingerprint in a full sketch
  let complete = true;
  const chunk = new Uint8Array(MAX); // the current chunk
  const words = new Int32Array(chunk.buffer);
  let length = 0; // of the current chunk
  let roll = 0;

  const prune = () => {
    const distinct = [...ends].sort(([a], [b]) => a - b);
    ends = new Map(distinct.slice(0, size));
    if (distinct.length > size) complete = false;
    if (ends.size === size) limit = distinct[size - 1]?.[0] ?? limit;
  };
  const endChunk = () => {
    chunk.fill(0, length, Math.ceil(length / 4) * 4);
    const print = fingerprint(words, Math.ceil(length / 4), length);
    if (print > limit) complete = false;
    else if (!ends.has(print)) ends.set(print, read);
    if (ends.size >= 2 * size) prune();
    length = 0;
    roll = 0;
  };
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; ) {
        // Bytes more than 32 before the first possible boundary do not affect the hash there.
        const skipped = Math.max(0, Math.min(MIN - 32 - length, bytes.length - at));
        const end = Math.min(bytes.length, at + MAX - length);
        let here = at + skipped;
        for (const sure = Math.min(end, at + MIN - length - 1); here < sure; here++) roll = rolled(roll, bytes[here]!);
        const boundary = findBoundary(bytes, here, end, roll);
        if (boundary === undefined) {
          for (here = Math.max(here, end - 32); here < end; here++) roll = rolled(roll, bytes[here]!);
        } else here = boundary;
        chunk.set(bytes.subarray(at, here), length);
        length += here - at;
        read += here - at;
        at = here;
        if (boundary !== undefined || length === MAX) endChunk();
      }
    },
    finish(until = Infinity) {
      if (length > 0) endChunk();
      prune();
      return { prints: [...ends].filter(([, end]) => end <= until).map(([print]) => print), complete };
    },
  };
}

/** The sketch of a text without the chunks of another. */
export function withoutChunks(whole: ChunkSketch, other: ChunkSketch): ChunkSketch {
  const left = new Set(other.prints);
  return { ...whole, prints: whole.prints.filter((print) => !left.has(print)) };
}

/** The gear hash after one more byte. */
function rolled(hash: number, byte: number): number {
  return ((hash << 1) + gear[byte]!) | 0;
}

/**
 * The end of the first chunk that ends in [from, to), if any. Two bytes per turn, which shortens the chain of dependent
 * sums.
 */
function findBoundary(bytes: Uint8Array, from: number, to: number, hash: number): number | undefined {
  let here = from;
  for (let roll = hash; here < to; here += 2) {
    const one = rolled(roll, bytes[here]!);
    if ((one & BOUNDARY) === 0) return here + 1;
    if (here + 1 === to) return undefined;
    roll = ((roll << 2) + ((gear[bytes[here]!]! << 1) + gear[bytes[here + 1]!]!)) | 0;
    if ((roll & BOUNDARY) === 0) return here + 2;
  }
  return undefined;
}

/** The fingerprint of a chunk: 53 bits from two different hashes of its words. */
function fingerprint(words: Int32Array, count: number, length: number): number {
  let low = 0;
  let high = 0;
  for (let i = 0; i < count; i++) {
    const word = words[i]!;
    low = (Math.imul(low ^ word, 0x01000193) + 1) | 0;
    low ^= low >>> 15;
    high = Math.imul((high << 5) ^ (high >>> 27) ^ word, 0x9e3779b1);
  }
  return (mix(high ^ length) & 0x1fffff) * 4294967296 + mix(low);
}

/** Spreads 32 bits over 32 bits (MurmurHash3's finisher, Appleby). */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The fraction of b's distinct chunks that are in a: exact if both sketches are complete, otherwise estimated from the
 * fingerprints up to the smaller limit. Undefined if b has none of those.
 */
export function overlap(a: ChunkSketch, b: ChunkSketch): number | undefined {
  const reach = (sketch: ChunkSketch) => (sketch.complete ? Infinity : (sketch.prints.at(-1) ?? 0));
  const limit = Math.min(reach(a), reach(b));
  const inA = new Set(a.prints);
  const sample = b.prints.filter((print) => print <= limit);
  return sample.length === 0 ? undefined : sample.filter((print) => inA.has(print)).length / sample.length;
}
