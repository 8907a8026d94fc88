// Correlation of a model's units with simple features of a text, and the variance of each unit. Units are selected on
// the first half of the text and their correlation is reported on the second half, so that selecting the best of many
// does not inflate it. A correlation does not show what a unit is for.

import type { Feature } from "./features.js";
import { featureOf } from "./features.js";
import type { InnerSeries } from "./inside.js";

export interface UnitCorrelation {
  readonly feature: string;
  /** Index of the series, and of the unit in it. */
  readonly series: number;
  readonly unit: number;
  /**
   * Pearson's correlation with the feature over the first half of the text, which selected the unit, and over the
   * second half.
   */
  readonly first: number;
  readonly second: number;
}

/** Fewest tokens for a correlation to be reported. */
export const MIN_TOKENS = 200;
/** Smallest absolute correlation over the second half that is reported. */
const MIN_CORRELATION = 0.3;

/**
 * For each feature up to two units with the strongest correlation, the strongest first. Empty for a text of fewer than
 * `MIN_TOKENS` tokens.
 */
export function correlatedUnits(
  series: readonly InnerSeries[],
  hidden: number,
  tokens: readonly string[],
  rows: readonly Feature[],
): UnitCorrelation[] {
  if (tokens.length < MIN_TOKENS) return [];
  const middle = tokens.length >> 1;
  const reported: UnitCorrelation[] = [];
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
    // The state and the gates of one unit often correlate alike, so each unit counts once.
    const best = new Map<string, UnitCorrelation>();
    for (const find of all) {
      const key = `${series[find.series]!.layer} ${find.unit}`;
      if (best.size < 2 && !best.has(key)) best.set(key, find);
    }
    for (const find of best.values()) {
      const { values } = series[find.series]!;
      const second = correlations(values, hidden, feature, middle, tokens.length)[find.unit]!;
      if (Math.sign(second) === Math.sign(find.first) && Math.abs(second) >= MIN_CORRELATION)
        reported.push({ ...find, second });
    }
  }
  return reported.sort((a, b) => Math.abs(b.second) - Math.abs(a.second));
}

/** Pearson's correlation of each unit of (N, H) with a feature over tokens [from, to); 0 if either is constant. */
export function correlations(
  values: ArrayLike<number>,
  hidden: number,
  feature: Float64Array,
  from: number,
  to: number,
): Float64Array {
  const n = to - from;
  const mean = new Float64Array(hidden);
  const square = new Float64Array(hidden);
  const product = new Float64Array(hidden);
  let middle = 0;
  let spread = 0;
  for (let i = from; i < to; i++) middle += feature[i]! / n;
  for (let i = from; i < to; i++) spread += squared(feature[i]! - middle);
  for (let i = from; i < to; i++) {
    for (let j = 0; j < hidden; j++) mean[j]! += values[i * hidden + j]! / n;
  }
  for (let i = from; i < to; i++) {
    for (let j = 0; j < hidden; j++) {
      const deviation = values[i * hidden + j]! - mean[j]!;
      square[j]! += deviation * deviation;
      product[j]! += deviation * (feature[i]! - middle);
    }
  }
  return product.map((sum, j) => {
    const scale = Math.sqrt(square[j]! * spread);
    return scale > 1e-12 ? sum / scale : 0;
  });
}

/** The variance of each unit of (N, H). */
export function variances(values: ArrayLike<number>, hidden: number): Float64Array {
  const n = values.length / hidden;
  const mean = new Float64Array(hidden);
  const square = new Float64Array(hidden);
  for (let i = 0; i < values.length; i++) mean[i % hidden]! += values[i]! / n;
  for (let i = 0; i < values.length; i++) square[i % hidden]! += squared(values[i]! - mean[i % hidden]!) / n;
  return square;
}

const squared = (x: number) => x * x;
