// Values of a model's units as bytes: chooses the units that the page holds, and rounds each value to one byte.

import type { InnerSeries } from "../../evaluation/inside/inside.js";
import type { UnitCorrelation } from "../../evaluation/inside/units.js";
import { variances } from "../../evaluation/inside/units.js";
import type { ShownFind, ShownSeries } from "../../page/shown.js";

/** Largest number of value bytes in a page; base64 makes them a third longer. */
export const MOST_VALUES = 3 << 20;

export interface KeptValues {
  readonly series: readonly ShownSeries[];
  readonly finds: readonly ShownFind[];
  /** Number of units kept of each layer. */
  readonly kept: number;
}

/** Keeps all units if there is space; otherwise, in each layer, the correlated ones, then those that vary most. */
export function keepValues(
  series: readonly InnerSeries[],
  hidden: number,
  finds: readonly UnitCorrelation[],
): KeptValues {
  const tokens = series[0]!.values.length / hidden;
  const most = Math.max(1, Math.floor(MOST_VALUES / (series.length * Math.max(1, tokens))));
  const layers = new Map<number, readonly number[]>();
  for (const { layer, values } of series) {
    if (layers.has(layer)) continue; // the first series of a layer is its output
    const named = finds.filter((find) => series[find.series]!.layer === layer).map(({ unit }) => unit);
    const variance = variances(values, hidden);
    const byVariance = Array.from(variance.keys()).sort((a, b) => variance[b]! - variance[a]!);
    const all = [...new Set([...named, ...byVariance])].slice(0, Math.min(hidden, most));
    layers.set(
      layer,
      all.sort((a, b) => a - b),
    );
  }
  const shown = series.map((each) => shownSeries(each, hidden, layers.get(each.layer)!));
  const correlated = finds.map(({ unit, ...find }) => ({ ...find, position: shown[find.series]!.units.indexOf(unit) }));
  return { series: shown, finds: correlated.filter(({ position }) => position >= 0), kept: Math.min(hidden, most) };
}

function shownSeries(
  { layer, name, label, range, values }: InnerSeries,
  hidden: number,
  units: readonly number[],
): ShownSeries {
  const tokens = values.length / hidden;
  const bytes = new Uint8Array(units.length * tokens);
  const halves = units.map((unit, position) => {
    let largest = 0;
    for (let i = unit; i < values.length; i += hidden) largest = Math.max(largest, Math.abs(values[i]!));
    const [middle, half] = range === "share" ? [0.5, 0.5] : [0, Number(largest.toPrecision(6))];
    for (let i = 0; i < tokens; i++) {
      const away = half === 0 ? 0 : (values[i * hidden + unit]! - middle) / half;
      bytes[position * tokens + i] = 127 + Math.round(127 * Math.min(1, Math.max(-1, away)));
    }
    return half;
  });
  return { layer: layer + 1, name, label, range, units, halves, bytes: Buffer.from(bytes).toString("base64") };
}
