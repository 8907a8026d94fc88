// The 95% interval of a mean over a text, by the circular moving-block bootstrap (Künsch, Annals of Statistics 17,
// 1989; Politis and Romano, "A circular block-resampling procedure", 1992): neighbouring blocks of a text are alike, so
// chunks of consecutive blocks are resampled, not single blocks.
//
// A chunk has ⌊n^⅓⌋ blocks, the order that estimates a variance best (Hall, Horowitz and Jing, Biometrika 82, 1995).
// Few chunks show too little of the spread, so the interval is widened about the mean by the ratio of Student's t with
// (chunks − 1) degrees to the normal.

import { Purpose, uniform } from "../../base/random.js";
import { NORMAL_POINT, studentPoint } from "../../base/statistics.js";

/**
 * A contiguous block of a text: the sum of a quantity over it, and its size (in tokens, characters, bytes or words).
 */
export interface Block {
  readonly sum: number;
  readonly size: number;
}

/** The two ends of an interval; NaN where there are too few blocks. */
export interface Interval {
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

export interface IntervalOptions {
  /** Seed of the draws; 1 where absent. */
  readonly seed?: number;
  /** Number of resamples; 2000 where absent. */
  readonly draws?: number;
  /** Consecutive blocks that are drawn together; ⌊n^⅓⌋ where absent. */
  readonly chunk?: number;
}

const MIN_BLOCKS = 4;

/** The 95% interval of Σ sum / Σ size. The blocks come in the order of the text. */
export function interval(blocks: readonly Block[], options: IntervalOptions = {}): Interval {
  const n = blocks.length;
  const { seed = 1, draws = 2000, chunk = chunkLength(n) } = options;
  const chunks = n / chunk;
  if (n < MIN_BLOCKS || !(chunks > 1)) return { low: Number.NaN, high: Number.NaN };

  // Prefix sums over the blocks written twice, so that a chunk may wrap around the end.
  const sums = new Float64Array(2 * n + 1);
  const sizes = new Float64Array(2 * n + 1);
  for (let i = 0; i < 2 * n; i++) {
    const { sum, size } = blocks[i % n]!;
    sums[i + 1] = sums[i]! + sum;
    sizes[i + 1] = sizes[i]! + size;
  }
  const mean = sums[n]! / sizes[n]!;
  const means = Float64Array.from({ length: draws }, (_, draw) => {
    let sum = 0;
    let size = 0;
    for (let i = 0; i * chunk < n; i++) {
      const from = Math.floor(uniform(seed, Purpose.bootstrap, draw, i) * n);
      const to = from + Math.min(chunk, n - i * chunk);
      sum += sums[to]! - sums[from]!;
      size += sizes[to]! - sizes[from]!;
    }
    return sum / size;
  }).sort();
  const factor = widening(chunks);
  const at = (share: number) => means[Math.round(share * (draws - 1))]!;
  return { low: mean + (at(0.025) - mean) * factor, high: mean + (at(0.975) - mean) * factor };
}

/** ⌊n^⅓⌋, at least 1. */
function chunkLength(n: number): number {
  let length = 1;
  while ((length + 1) * (length + 1) * (length + 1) <= n) length += 1;
  return length;
}

/** The factor for the spread of so many independent chunks: √(chunks / (chunks − 1)) · t / z. */
function widening(chunks: number): number {
  const degrees = Math.max(1, chunks - 1);
  return Math.sqrt((degrees + 1) / degrees) * (studentPoint(degrees) / NORMAL_POINT);
}
