// The effect of a change from paired losses: the same text and the same seeds, with the change and without it. Both the
// text and the seed are samples, and the interval covers both: the text's part comes from the bootstrap (bootstrap.ts),
// the seeds' part from Student's t, and the two are combined by their squares (Zou and Donner, "Construction of
// confidence limits about effect measures", Statistics in Medicine 27, 2008).

import { studentPoint } from "../../base/statistics.js";
import { type Block, type Interval, interval } from "./bootstrap.js";

export interface PairedDifference extends Interval {
  /** Mean loss with the change minus the loss without it, in the unit of the sums; below 0 the change helps. */
  readonly difference: number;
  /** The difference of each seed. */
  readonly each: readonly number[];
  /** The interval over the text alone: all there is with one seed. */
  readonly text: Interval;
}

/**
 * Both arguments have one row of blocks per seed, and all rows cover the same blocks of text. Undefined for no rows.
 */
export function paired(
  unchanged: readonly (readonly Block[])[],
  changed: readonly (readonly Block[])[],
): PairedDifference | undefined {
  const seeds = unchanged.length;
  if (seeds === 0) return undefined;
  const size = unchanged[0]!.reduce((sum, block) => sum + block.size, 0);
  const differences = unchanged.map((row, s) => row.map(({ sum }, i) => changed[s]![i]!.sum - sum));
  const each = differences.map((row) => row.reduce((sum, d) => sum + d, 0) / size);
  const difference = mean(each);
  const text = interval(
    unchanged[0]!.map((block, i) => ({ size: block.size, sum: mean(differences.map((row) => row[i]!)) })),
  );
  const seedSpread = seeds < 2 ? 0 : studentPoint(seeds - 1) * Math.sqrt(variance(each) / seeds);
  const reach = (bound: number) => Math.sqrt((difference - bound) * (difference - bound) + seedSpread * seedSpread);
  return { difference, each, text, low: difference - reach(text.low), high: difference + reach(text.high) };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

function variance(numbers: readonly number[]): number {
  const middle = mean(numbers);
  return numbers.reduce((sum, x) => sum + (x - middle) * (x - middle), 0) / (numbers.length - 1);
}
