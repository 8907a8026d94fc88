// How sure a mean over a text is. Neighbouring stretches of a text are alike, so what is drawn again is runs of them: the circular
// moving-block bootstrap (Künsch, Annals of Statistics 17, 1989; Politis and Romano, "A circular block-resampling procedure", 1992).
//
// A run is ⌊n^⅓⌋ stretches long, the order that estimates a variance best (Hall, Horowitz and Jing, Biometrika 82, 1995). Few runs show
// too little of the spread: the interval is widened about the mean as Student's t of (runs − 1) degrees is against the normal law.

import { Purpose, uniform } from "../../base/random.js";

/** A contiguous stretch of a text: the sum of something over it, and by what it is divided (tokens, characters, bytes, words). */
export interface Block {
  readonly sum: number;
  readonly size: number;
}

/** What a mean lies between; NaN where there are too few stretches to tell. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface IntervalOptions {
  /** The draws are a function of it. */
  readonly seed?: number;
  readonly draws?: number;
  /** Stretches in a run; by the rule above where absent. */
  readonly run?: number;
}

/** The 97.5% point of the normal law. */
const Z = 1.959963984540054;
const FEWEST = 4;

/** The 95% interval of Σ sum / Σ size. The stretches come in the text's order. */
export function interval(blocks: readonly Block[], options: IntervalOptions = {}): Interval {
  const n = blocks.length;
  const { seed = 1, draws = 2000, run = runLength(n) } = options;
  const runs = n / run;
  if (n < FEWEST || !(runs > 1)) return { low: Number.NaN, high: Number.NaN };

  // Sums up to each place of the stretches written twice, so that a run may go round the end.
  const sums = new Float64Array(2 * n + 1);
  const sizes = new Float64Array(2 * n + 1);
  for (let i = 0; i < 2 * n; i++) {
    const { sum, size } = blocks[i % n]!;
    sums[i + 1] = sums[i]! + sum;
    sizes[i + 1] = sizes[i]! + size;
  }
  const mean = sums[n]! / sizes[n]!;
  const means = Float64Array.from({ length: draws }, (_, draw) => {
    let [sum, size] = [0, 0];
    for (let i = 0; i * run < n; i++) {
      const from = Math.floor(uniform(seed, Purpose.bootstrap, draw, i) * n);
      const to = from + Math.min(run, n - i * run);
      sum += sums[to]! - sums[from]!;
      size += sizes[to]! - sizes[from]!;
    }
    return sum / size;
  }).sort();
  const wider = widening(runs);
  const at = (share: number) => means[Math.round(share * (draws - 1))]!;
  return { low: mean + (at(0.025) - mean) * wider, high: mean + (at(0.975) - mean) * wider };
}

/** ⌊n^⅓⌋, at least 1. */
function runLength(n: number): number {
  let length = 1;
  while ((length + 1) * (length + 1) * (length + 1) <= n) length += 1;
  return length;
}

/**
 * What the spread of so many independent runs is multiplied with: √(runs / (runs − 1)), and the 97.5% point of Student's t over the
 * normal one's, by its expansion (Abramowitz and Stegun, 26.7.5).
 */
function widening(runs: number): number {
  const degrees = Math.max(1, runs - 1);
  const square = Z * Z;
  const student = 1 + (square + 1) / (4 * degrees) + (5 * square * square + 16 * square + 3) / (96 * degrees * degrees);
  return Math.sqrt((degrees + 1) / degrees) * student;
}
