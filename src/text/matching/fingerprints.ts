// Which blocks of bytes a text is made of, as a small sketch: enough to tell later how much of another text was already in
// this one. Blocks are cut where the content says, so an insertion moves few of them. It is no digest and proves nothing.
//
// Cut: gear hash (Xia et al., "Ddelta", 2014). Sketch: the k smallest fingerprints (Bar-Yossef et al. 2002; Broder 1997).

import { philox } from "../../base/random.js";

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
const gear = Int32Array.from({ length: 256 }, (_, byte) => {
  const words = new Uint32Array(4);
  philox(byte, 0, 0, 0, 0x67656172, 0, words); // the key spells "gear"
  return words[0] ?? 0;
});

/** Makes a sketch of a stream of bytes. How the stream is cut into updates does not show in it. */
export function blockSketch(keep = KEPT): {
  update(bytes: Uint8Array): void;
  /** Of the blocks that end at byte `until` or before; of all where absent. */
  finish(until?: number): BlockSketch;
} {
  let ends = new Map<number, number>(); // print → where the first block with it ends
  let read = 0;
  let limit = Infinity; // the largest of the kept, once there are enough
  let complete = true;
  const block = new Uint8Array(MAX); // the present block's bytes so far …
  const words = new Int32Array(block.buffer);
  let length = 0; // … and how many
  let roll = 0;

  const prune = () => {
    const different = [...ends].sort(([a], [b]) => a - b);
    ends = new Map(different.slice(0, keep));
    if (different.length > keep) complete = false;
    if (ends.size === keep) limit = different[keep - 1]?.[0] ?? limit;
  };
  const endBlock = () => {
    block.fill(0, length, Math.ceil(length / 4) * 4);
    const print = fingerprint(words, Math.ceil(length / 4), length);
    if (print > limit) complete = false;
    else if (!ends.has(print)) ends.set(print, read);
    if (ends.size >= 2 * keep) prune();
    length = 0;
    roll = 0;
  };
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; ) {
        // What lies more than 32 bytes before the first place that may be a cut has left the hash by then.
        const skipped = Math.max(0, Math.min(MIN - 32 - length, bytes.length - at));
        const end = Math.min(bytes.length, at + MAX - length);
        let here = at + skipped;
        for (const sure = Math.min(end, at + MIN - length - 1); here < sure; here++) roll = rolled(roll, bytes[here]!);
        const cut = cutIn(bytes, here, end, roll);
        if (cut === undefined) {
          for (here = Math.max(here, end - 32); here < end; here++) roll = rolled(roll, bytes[here]!);
        } else here = cut;
        block.set(bytes.subarray(at, here), length);
        length += here - at;
        read += here - at;
        at = here;
        if (cut !== undefined || length === MAX) endBlock();
      }
    },
    finish(until = Infinity) {
      if (length > 0) endBlock();
      prune();
      return { prints: [...ends].filter(([, end]) => end <= until).map(([print]) => print), complete };
    },
  };
}

/** The gear hash, a byte further. */
function rolled(hash: number, byte: number): number {
  return ((hash << 1) + gear[byte]!) | 0;
}

/** Where the first block that ends in [from, to) does, if any: past its last byte. Two bytes at a time, which wait for each other less. */
function cutIn(bytes: Uint8Array, from: number, to: number, hash: number): number | undefined {
  let here = from;
  for (let roll = hash; here < to; here += 2) {
    const one = rolled(roll, bytes[here]!);
    if ((one & CUT) === 0) return here + 1;
    if (here + 1 === to) return undefined;
    roll = ((roll << 2) + ((gear[bytes[here]!]! << 1) + gear[bytes[here + 1]!]!)) | 0;
    if ((roll & CUT) === 0) return here + 2;
  }
  return undefined;
}

/** 53 bits of a block: two hashes of its words, unlike in kind. */
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
