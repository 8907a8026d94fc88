// Values of a model's units as bytes of a page that stays small: which units are kept, and how each value is rounded.

import type { InnerSeries } from "../../evaluation/inside/inside.js";
import type { UnitCorrelation } from "../../evaluation/inside/units.js";
import { variances } from "../../evaluation/inside/units.js";
import type { ShownFind, ShownSeries } from "../../page/shown.js";

/** Bytes of values that a page holds at most; a third more in base64. */
export const MOST_VALUES = 3 << 20;

export interface KeptValues {
  readonly series: readonly ShownSeries[];
  readonly finds: readonly ShownFind[];
  /** Units kept of each layer. */
  readonly kept: number;
}

/** All units, or of each layer those found and then those whose state moves most, as many as there is room for. */
export function keepValues(
  series: readonly InnerSeries[],
  hidden: number,
  finds: readonly UnitCorrelation[],
): KeptValues {
  const tokens = series[0]!.values.length / hidden;
  const room = Math.max(1, Math.floor(MOST_VALUES / (series.length * Math.max(1, tokens))));
  const layers = new Map<number, readonly number[]>();
  for (const { layer, values } of series) {
    if (layers.has(layer)) continue; // the first of a layer is its output
    const named = finds.filter((find) => series[find.series]!.layer === layer).map(({ unit }) => unit);
    const moves = variances(values, hidden);
    const byMove = Array.from(moves.keys()).sort((a, b) => moves[b]! - moves[a]!);
    const all = [...new Set([...named, ...byMove])].slice(0, Math.min(hidden, room));
    layers.set(
      layer,
      all.sort((a, b) => a - b),
    );
  }
  const shown = series.map((each) => shownSeries(each, hidden, layers.get(each.layer)!));
  const places = finds.map(({ unit, ...find }) => ({ ...find, place: shown[find.series]!.units.indexOf(unit) }));
  return { series: shown, finds: places.filter(({ place }) => place >= 0), kept: Math.min(hidden, room) };
}

function shownSeries(
  { layer, name, label, range, values }: InnerSeries,
  hidden: number,
  units: readonly number[],
): ShownSeries {
  const tokens = values.length / hidden;
  const bytes = new Uint8Array(units.length * tokens);
  const halves = units.map((unit, place) => {
    let most = 0;
    for (let i = unit; i < values.length; i += hidden) most = Math.max(most, Math.abs(values[i]!));
    const [middle, half] = range === "share" ? [0.5, 0.5] : [0, Number(most.toPrecision(6))];
    for (let i = 0; i < tokens; i++) {
      const away = half === 0 ? 0 : (values[i * hidden + unit]! - middle) / half;
      bytes[place * tokens + i] = 127 + Math.round(127 * Math.min(1, Math.max(-1, away)));
    }
    return half;
  });
  return { layer: layer + 1, name, label, range, units, halves, bytes: Buffer.from(bytes).toString("base64") };
}
