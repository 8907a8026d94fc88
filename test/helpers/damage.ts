// Random damage that is the same in every run: a small generator (mulberry32) and picks from it.

export { joinBytes as join } from "../../src/base/bytes.js";

import type { NamedTensor, SafetensorsFile } from "../../src/checkpoint/safetensors.js";

export interface Dice {
  /** A whole number from 0 to below n. */
  below(n: number): number;
  pick<T>(from: readonly T[]): T;
}

export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number) => Math.floor(next() * n);
  return { below, pick: (from) => from[below(from.length)]! };
}

/** The tensors of a read file as a writer wants them. */
export const named = (file: SafetensorsFile): NamedTensor[] =>
  [...file.tensors].map(([name, tensor]) => ({ name, ...tensor }));
