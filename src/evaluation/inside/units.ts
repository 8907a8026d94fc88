// Which units of a model follow plain features of a text, and which move most: by correlation, found on the text's first half and told
// of its second, so that the best of many is not taken for more than it is. A correlation says nothing of what a unit is for.

import type { Feature } from "./features.js";
import { featureOf } from "./features.js";
import type { InnerSeries } from "./inside.js";

export interface UnitCorrelation {
  readonly feature: string;
  /** Number of the series, and of the unit in it. */
  readonly series: number;
  readonly unit: number;
  /** Pearson's correlation with the feature over the first half of the text, where it was found, and over the second. */
  readonly first: number;
  readonly second: number;
}

/** Below so many tokens nothing is said. */
export const MIN_TOKENS = 200;
/** Correlations of the second half that are nearer to 0 than this are not told. */
const MIN_CORRELATION = 0.3;

/** For each feature up to two units that follow it closest, the closest first. None of a text of fewer than `FEWEST` tokens. */
export function correlatedUnits(
  series: readonly InnerSeries[],
  hidden: number,
  tokens: readonly string[],
  rows: readonly Feature[],
): UnitCorrelation[] {
  if (tokens.length < MIN_TOKENS) return [];
  const middle = tokens.length >> 1;
  const found: UnitCorrelation[] = [];
  for (const row of rows) {
    const feature = featureOf(row, tokens);
    const all: UnitCorrelation[] = [];
    for (const [s, { values }] of series.entries()) {
      const firsts = correlations(values, hidden, feature, 0, middle);
      for (let unit = 0; unit < hidden; unit++) {
        all.push({ feature: row.label, series: s, unit, first: firsts[unit]!, second: Number.NaN });
      }
    }
    all.sort((a, b) => Math.abs(b.first) - Math.abs(a.first));
    // The state and the gates of one unit often tell the same.
    const best = new Map<string, UnitCorrelation>();
    for (const find of all) {
      const key = `${series[find.series]!.layer} ${find.unit}`;
      if (best.size < 2 && !best.has(key)) best.set(key, find);
    }
    for (const find of best.values()) {
      const { values } = series[find.series]!;
      const second = correlations(values, hidden, feature, middle, tokens.length)[find.unit]!;
      if (Math.sign(second) === Math.sign(find.first) && Math.abs(second) >= MIN_CORRELATION)
        found.push({ ...find, second });
    }
  }
  return found.sort((a, b) => Math.abs(b.second) - Math.abs(a.second));
}

/** Pearson's correlation of each unit of (N, H) with a feature over tokens [from, to); 0 where either does not move. */
export function correlations(
  values: ArrayLike<number>,
  hidden: number,
  feature: Float64Array,
  from: number,
  to: number,
): Float64Array {
  const n = to - from;
  const [mean, square, product] = [0, 0, 0].map(() => new Float64Array(hidden));
  let [middle, spread] = [0, 0];
  for (let i = from; i < to; i++) middle += feature[i]! / n;
  for (let i = from; i < to; i++) spread += squared(feature[i]! - middle);
  for (let i = from; i < to; i++) {
    for (let j = 0; j < hidden; j++) mean![j]! += values[i * hidden + j]! / n;
  }
  for (let i = from; i < to; i++) {
    for (let j = 0; j < hidden; j++) {
      const away = values[i * hidden + j]! - mean![j]!;
      square![j]! += away * away;
      product![j]! += away * (feature[i]! - middle);
    }
  }
  return product!.map((sum, j) => {
    const scale = Math.sqrt(square![j]! * spread);
    return scale > 1e-12 ? sum / scale : 0;
  });
}

/** The variance of each unit of (N, H) over the text. */
export function variances(values: ArrayLike<number>, hidden: number): Float64Array {
  const n = values.length / hidden;
  const [mean, square] = [new Float64Array(hidden), new Float64Array(hidden)];
  for (let i = 0; i < values.length; i++) mean[i % hidden]! += values[i]! / n;
  for (let i = 0; i < values.length; i++) square[i % hidden]! += squared(values[i]! - mean[i % hidden]!) / n;
  return square;
}

const squared = (x: number) => x * x;
