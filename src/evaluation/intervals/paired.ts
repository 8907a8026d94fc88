// What a change is worth, from paired losses: the same text and the same seeds with the change and without it. Two things might have
// been otherwise, the text and the seed, and the interval holds both: that of the text by the bootstrap (bootstrap.ts), that of
// the seeds by Student's t, put together by their squares (Zou and Donner, "Construction of confidence limits about effect
// measures", Statistics in Medicine 27, 2008).

import { type Block, type Interval, interval } from "./bootstrap.js";

export interface Paired extends Interval {
  /** Mean loss with the change less that without it, in the unit of the sums; below 0 the change helps. */
  readonly difference: number;
  /** The difference of each seed. */
  readonly each: readonly number[];
  /** The interval of the text alone: all there is where there is one seed. */
  readonly text: Interval;
}

/** Undefined where there is no pair. `without` and `with_` have a row of stretches for each seed; all rows are of the same stretches of text. */
export function paired(
  without: readonly (readonly Block[])[],
  with_: readonly (readonly Block[])[],
): Paired | undefined {
  const seeds = without.length;
  if (seeds === 0) return undefined;
  const size = without[0]!.reduce((sum, stretch) => sum + stretch.size, 0);
  const between = without.map((row, s) => row.map(({ sum }, i) => with_[s]![i]!.sum - sum));
  const each = between.map((row) => row.reduce((sum, d) => sum + d, 0) / size);
  const difference = mean(each);
  const text = interval(
    without[0]!.map((stretch, i) => ({ size: stretch.size, sum: mean(between.map((row) => row[i]!)) })),
  );
  const ofSeeds = seeds < 2 ? 0 : student(seeds - 1) * Math.sqrt(variance(each) / seeds);
  const reach = (bound: number) => Math.sqrt((difference - bound) * (difference - bound) + ofSeeds * ofSeeds);
  return { difference, each, text, low: difference - reach(text.low), high: difference + reach(text.high) };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

function variance(numbers: readonly number[]): number {
  const middle = mean(numbers);
  return numbers.reduce((sum, x) => sum + (x - middle) * (x - middle), 0) / (numbers.length - 1);
}

/** The 97.5% points of Student's t for 1 to 10 degrees of freedom; above by its expansion (Abramowitz and Stegun, 26.7.5). */
const T = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281];
const Z = 1.959963984540054;

export function student(degrees: number): number {
  const known = T[degrees - 1];
  if (known !== undefined) return known;
  const [cube, fifth] = [Z * Z * Z, Z * Z * Z * Z * Z];
  const terms = [
    (cube + Z) / 4,
    (5 * fifth + 16 * cube + 3 * Z) / 96,
    (3 * fifth * Z * Z + 19 * fifth + 17 * cube - 15 * Z) / 384,
  ];
  return terms.reduceRight((sum, term) => (sum + term) / degrees, 0) + Z;
}
