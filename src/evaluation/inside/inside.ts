// What goes on inside a model while it reads a text: the state and the gates of every unit after every token, how surprising the token
// was and what was expected in its place. It reads a model as it stands, in one lane, and changes nothing.

import { usageError } from "../../base/errors.js";
import { exp, log } from "../../base/math.js";
import type { Reals } from "../../compute/arena.js";
import type { LanguageModel } from "../../model/language-model.js";
import { region, rowAt } from "../../model/layout/plan.js";
import { layerName, type ModelSpec, stateTensorsOf } from "../../model/layout/spec.js";
import { newReals, type State, zeroState } from "../../model/layout/state.js";
import type { Window } from "../../text/windows/lanes.js";

/** One value of all units of a layer over a text of N tokens. */
export interface InnerSeries {
  /** From 0. */
  readonly layer: number;
  /** As the cell's equations call it. */
  readonly name: string;
  readonly label: string;
  readonly range: "share" | "signed";
  /** (N, H): row i is of the step that read token i. */
  readonly values: Reals;
}

/** What was expected where a token came. */
export interface Prediction {
  readonly id: number;
  /** Probability. */
  readonly p: number;
}

export interface Inspection {
  /** −log p of each token in nats; NaN for a first token that nothing stands before. */
  readonly nats: Float64Array;
  /** The likeliest tokens for each place, the likeliest first; none where nothing stands before. */
  readonly predictions: readonly (readonly Prediction[])[];
  readonly series: readonly InnerSeries[];
}

export interface InspectOptions {
  /** Fed before the text, so that the first token is predicted too. */
  readonly before?: number | undefined;
  /** The id of `<end>`, where what follows it is read from zero: the model must be planned for documents. */
  readonly end?: number | undefined;
  /** How many guesses are kept for each place. */
  readonly top: number;
  /** Called between windows. */
  readonly between?: () => void | Promise<void>;
}

/** Numbers that are held at once. */
const MAX_VALUES = 2 ** 27;

/** The most tokens that `lookInside` holds of such a model. */
export function inspectLimit(spec: ModelSpec): number {
  return Math.floor(MAX_VALUES / (seriesOf(spec).length * spec.hidden));
}

/** Reads `ids` once from a state of zeros. The model's plan has one lane. Throws a usage error for a text that is too long to hold. */
export async function inspect(model: LanguageModel, ids: Int32Array, o: InspectOptions): Promise<Inspection> {
  const { spec, plan, engine } = model;
  if (ids.length > inspectLimit(spec)) {
    throw usageError(
      `The inside of this model is held for ${inspectLimit(spec)} tokens at most; got ${ids.length}.`,
      "Look at a shorter part of the text.",
    );
  }
  const first = o.before === undefined ? 0 : 1;
  const stream = new Int32Array(first + ids.length).fill(o.before ?? 0);
  stream.set(ids, first);
  const nats = new Float64Array(ids.length).fill(Number.NaN);
  const predictions: Prediction[][] = Array.from({ length: ids.length }, () => []);
  const { hidden } = spec;
  const places = seriesOf(spec);
  const values = places.map(() => newReals(engine.precision, ids.length * hidden));
  let state: State = zeroState(spec, 1, engine.precision);
  for (let at = 0; at < stream.length; at += plan.options.steps) {
    const window = windowOf(stream, at, Math.min(plan.options.steps, stream.length - at), o.end);
    model.setState(state);
    model.load(window);
    model.forward();
    model.loss();
    state = model.state();
    const losses = model.losses();
    for (let t = 0; t < window.steps; t++) {
      const place = at + t - first; // of the token that this step read
      for (const [s, { name, later, from }] of places.entries()) {
        if (place < 0) continue;
        const row = rowAt(region(plan, name), 0, t + later) + from;
        values[s]!.set(model.arena.reals(row, hidden), place * hidden);
      }
      if (window.targets[t]! < 0) continue;
      nats[place + 1] = losses[t]!;
      predictions[place + 1] = likeliest(model.logitsInPlace(t), o.top);
    }
    await o.between?.();
  }
  const series = places.map(({ layer, seen }, s): InnerSeries => ({ layer, ...seen, values: values[s]! }));
  return { nats, predictions, series };
}

/** Where in the plan each value lies: its array, which step's row holds it, and its first column. */
function seriesOf(spec: ModelSpec) {
  const layers = Array.from({ length: spec.layers }, (_, layer) => layer);
  return layers.flatMap((layer) => {
    const states = stateTensorsOf(spec, layer)
      .filter(({ width }) => width === spec.hidden)
      .map(({ name }) => {
        const seen = { name, label: "state", range: "signed" } as const;
        return { layer, seen, name: layerName(layer, name), later: 1, from: 0 }; // row 0 is what came in
      });
    const inner = (spec.cell.seen ?? []).map(({ buffer, part, ...seen }) => {
      return { layer, seen, name: layerName(layer, buffer), later: 0, from: part * spec.hidden };
    });
    return [...states, ...inner];
  });
}

/** A window whose last target is missing where the stream ends with it. */
function windowOf(stream: Int32Array, at: number, steps: number, end: number | undefined): Window {
  const inputs = stream.slice(at, at + steps);
  const targets = new Int32Array(steps).fill(-1);
  targets.set(stream.subarray(at + 1, at + steps + 1));
  const counted = targets.filter((id) => id >= 0).length;
  const starts = end !== undefined && inputs.includes(end) ? inputs.map((id) => (id === end ? 1 : 0)) : undefined;
  return { steps, lanes: 1, inputs, targets, counted, ...(starts && { starts }) };
}

/** The `most` ids of the highest scores with their shares of Σ e^score; of equal ones the lower id first. */
function likeliest(scores: Reals, most: number): Prediction[] {
  const best: number[] = [];
  for (let id = 0; id < scores.length; id++) {
    if (best.length === most && scores[id]! <= scores[best[most - 1]!]!) continue;
    let place = best.length;
    while (place > 0 && scores[best[place - 1]!]! < scores[id]!) place -= 1;
    best.splice(place, 0, id);
    if (best.length > most) best.pop();
  }
  const highest = scores[best[0]!]!;
  let sum = 0;
  for (const score of scores) sum += exp(score - highest);
  return best.map((id) => ({ id, p: exp(scores[id]! - highest - log(sum)) }));
}
