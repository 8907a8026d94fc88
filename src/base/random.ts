// Counter-based random numbers: value = f(seed, purpose, two coordinates, block), without the state of a generator. So
// a resumed run, a run with other windows, and a run on more threads draw the same numbers.
//
// The function is Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
// It is tested against the vectors published with it (Random123, kat_vectors). The kernels compute the same words.

import { circle, log } from "./math.js";

/**
 * What a random number is for. The value is part of the counter: changing one would change the numbers of recorded
 * runs.
 */
export const Purpose = {
  init: 1,
  windowLength: 2,
  sample: 3,
  /** The order of sections. */
  order: 4,
  /** Augmentation: inserted slices, the rotation of the text, the order of documents. */
  insertion: 80,
  shift: 81,
  /** A user's own transform of windows. */
  transform: 82,
  documentOrder: 83,
  /** Documents and blocks that are held out. */
  validation: 84,
  /** Resampled blocks of the bootstrap. */
  bootstrap: 96,
  /** Positions in a text where something is measured. */
  places: 97,
  /** The first of 64: one per dropout layer (128 + its index). */
  dropout: 128,
} as const;
export type Purpose = (typeof Purpose)[keyof typeof Purpose];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The high 32 bits of a 32 × 32 bit product. */
function highProduct(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/** Philox4x32 with ten rounds: a counter of four words and a key of two give four words, written to `out`. */
export function philox(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Uint32Array): void {
  for (let round = 0; round < 10; round++) {
    const h0 = highProduct(M0, c0);
    const l0 = Math.imul(M0, c0) >>> 0;
    const h1 = highProduct(M1, c2);
    const l1 = Math.imul(M1, c2) >>> 0;
    c0 = (h1 ^ c1 ^ k0) >>> 0;
    c1 = l1;
    c2 = (h0 ^ c3 ^ k1) >>> 0;
    c3 = l0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** A seed (a whole number from 0 to 2^53 − 1) as the two words of a key. */
export function seedWords(seed: number): [low: number, high: number] {
  return [seed >>> 0, Math.floor(seed / 4294967296) >>> 0];
}

const words = new Uint32Array(4);

/**
 * Four words for (seed, purpose, a, b, block), valid until the next draw. `a` is a whole number up to 2^53 − 1 (a token
 * or window number), `b` is below 2^32 (a lane), and `block` below 2^21 (a group of four). The counter is (a low, b,
 * block, counterTop).
 */
function draw(seed: number, purpose: Purpose, a: number, b: number, block: number): Uint32Array {
  const [k0, k1] = seedWords(seed);
  philox(a >>> 0, b >>> 0, block >>> 0, counterTop(purpose, a), k0, k1, words);
  return words;
}

/** The counter's last word: the purpose in the low 8 bits, the high part of `a` (up to 21 bits) above it. */
export function counterTop(purpose: number, a: number): number {
  return (((Math.floor(a / 4294967296) & 0x1fffff) << 8) | (purpose & 0xff)) >>> 0;
}

/** A number in [0, 1) with 53 random bits. */
export function uniform(seed: number, purpose: Purpose, a: number, b = 0, block = 0): number {
  const w = draw(seed, purpose, a, b, block);
  return ((w[0] ?? 0) * 2097152 + ((w[1] ?? 0) >>> 11)) / 9007199254740992;
}

/** A standard normal number (Box and Muller 1958, the cosine branch). */
export function normal(seed: number, purpose: Purpose, a: number, b = 0, block = 0): number {
  const w = draw(seed, purpose, a, b, block);
  const radius = ((w[0] ?? 0) * 2097152 + ((w[1] ?? 0) >>> 11) + 1) / 9007199254740992; // (0, 1]
  const turn = ((w[2] ?? 0) * 2097152 + ((w[3] ?? 0) >>> 11)) / 9007199254740992;
  return Math.sqrt(-2 * log(radius)) * circle(turn).cos;
}

/**
 * The index of item `i` in permutation number `a` of n items (n up to 2^53): a bijection on 0 … n − 1. It is a Feistel
 * network on a grid of about √n by √n cells, with six rounds of Philox (Luby and Rackoff 1988), iterated until it lands
 * below n (Black and Rogaway 2002). So a permutation needs no memory, and any part of it can be computed by itself.
 */
export function shuffled(seed: number, purpose: Purpose, a: number, i: number, n: number): number {
  const wide = Math.ceil(Math.sqrt(n));
  const high = Math.ceil(n / wide);
  let index = i;
  do {
    let row = Math.floor(index / wide);
    let column = index % wide;
    for (let round = 0; round < 6; round += 2) {
      row = (row + (draw(seed, purpose, a, column, round)[0] ?? 0)) % high;
      column = (column + (draw(seed, purpose, a, row, round + 1)[0] ?? 0)) % wide;
    }
    index = row * wide + column;
  } while (index >= n);
  return index;
}
