// Inspection of a model while it reads a text: the state and the gates of every unit after every token, the surprisal
// of each token and the model's predictions. The model has one lane and is only read.

import { usageError } from "../../base/errors.js";
import { exp, log } from "../../base/math.js";
import type { Reals } from "../../compute/arena.js";
import type { LanguageModel } from "../../model/language-model.js";
import { region, rowAt } from "../../model/layout/plan.js";
import { layerName, type ModelSpec, stateTensorsOf } from "../../model/layout/spec.js";
import { newReals, type State, zeroState } from "../../model/layout/state.js";
import type { Window } from "../../text/windows/lanes.js";

/** One value of all units of a layer, over a text of N tokens. */
export interface InnerSeries {
  /** From 0. */
  readonly layer: number;
  /** Name in the cell's equations. */
  readonly name: string;
  readonly label: string;
  readonly range: "share" | "signed";
  /** (N, H): row i belongs to the step that read token i. */
  readonly values: Reals;
}

/** A token that the model expected, and its probability. */
export interface Prediction {
  readonly id: number;
  readonly p: number;
}

export interface Inspection {
  /** −log p of each token in nats; NaN for a first token with nothing fed before it. */
  readonly nats: Float64Array;
  /**
   * For each token the most probable tokens before it came, the most probable first; empty for a first token with
   * nothing fed before it.
   */
  readonly predictions: readonly (readonly Prediction[])[];
  readonly series: readonly InnerSeries[];
}

export interface InspectOptions {
  /** Id that is fed before the text, so that the first token is predicted too. */
  readonly before?: number | undefined;
  /** The id of `<end>`, after which the state is reset. The model must be planned for documents. */
  readonly end?: number | undefined;
  /** Number of predictions to keep for each token. */
  readonly top: number;
  /** Called between windows. */
  readonly between?: () => void | Promise<void>;
}

/** Most values that an inspection holds in memory. */
const MAX_VALUES = 2 ** 27;

/** The most tokens that `inspect` takes for a model of this specification. */
export function inspectLimit(spec: ModelSpec): number {
  return Math.floor(MAX_VALUES / (seriesOf(spec).length * spec.hidden));
}

/**
 * Reads `ids` once from a zero state. The model's plan must have one lane. Throws a usage error for a text that is too
 * long.
 */
export async function inspect(model: LanguageModel, ids: Int32Array, o: InspectOptions): Promise<Inspection> {
  const { spec, plan, engine } = model;
  if (ids.length > inspectLimit(spec)) {
    throw usageError(
      `This model can be inspected over ${inspectLimit(spec)} tokens at most; got ${ids.length}.`,
      "Inspect a shorter part of the text.",
    );
  }
  const first = o.before === undefined ? 0 : 1;
  const stream = new Int32Array(first + ids.length).fill(o.before ?? 0);
  stream.set(ids, first);
  const nats = new Float64Array(ids.length).fill(Number.NaN);
  const predictions: Prediction[][] = Array.from({ length: ids.length }, () => []);
  const { hidden } = spec;
  const sources = seriesOf(spec);
  const values = sources.map(() => newReals(engine.precision, ids.length * hidden));
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
      const position = at + t - first; // of the token that this step reads
      for (const [s, { name, later, from }] of sources.entries()) {
        if (position < 0) continue;
        const row = rowAt(region(plan, name), 0, t + later) + from;
        values[s]!.set(model.arena.reals(row, hidden), position * hidden);
      }
      if (window.targets[t]! < 0) continue;
      nats[position + 1] = losses[t]!;
      predictions[position + 1] = likeliest(model.logitsInPlace(t), o.top);
    }
    await o.between?.();
  }
  const series = sources.map(({ layer, seen }, s): InnerSeries => ({ layer, ...seen, values: values[s]! }));
  return { nats, predictions, series };
}

/** Where each value lies in the plan: its array, the offset of its row in steps, and its first column. */
function seriesOf(spec: ModelSpec) {
  const layers = Array.from({ length: spec.layers }, (_, layer) => layer);
  return layers.flatMap((layer) => {
    const states = stateTensorsOf(spec, layer)
      .filter(({ width }) => width === spec.hidden)
      .map(({ name }) => {
        const seen = { name, label: "state", range: "signed" } as const;
        return { layer, seen, name: layerName(layer, name), later: 1, from: 0 }; // row 0 is the state before the window
      });
    const inner = (spec.cell.seen ?? []).map(({ buffer, part, ...seen }) => {
      return { layer, seen, name: layerName(layer, buffer), later: 0, from: part * spec.hidden };
    });
    return [...states, ...inner];
  });
}

/** A window of the stream; the last target is missing at the end of the stream. */
function windowOf(stream: Int32Array, at: number, steps: number, end: number | undefined): Window {
  const inputs = stream.slice(at, at + steps);
  const targets = new Int32Array(steps).fill(-1);
  targets.set(stream.subarray(at + 1, at + steps + 1));
  const counted = targets.filter((id) => id >= 0).length;
  const starts = end !== undefined && inputs.includes(end) ? inputs.map((id) => (id === end ? 1 : 0)) : undefined;
  return { steps, lanes: 1, inputs, targets, counted, ...(starts && { starts }) };
}

/** The `most` ids with the highest logits and their softmax probabilities; the lower id first among equals. */
function likeliest(scores: Reals, most: number): Prediction[] {
  const best: number[] = [];
  for (let id = 0; id < scores.length; id++) {
    if (best.length === most && scores[id]! <= scores[best[most - 1]!]!) continue;
    let rank = best.length;
    while (rank > 0 && scores[best[rank - 1]!]! < scores[id]!) rank -= 1;
    best.splice(rank, 0, id);
    if (best.length > most) best.pop();
  }
  const highest = scores[best[0]!]!;
  let sum = 0;
  for (const score of scores) sum += exp(score - highest);
  return best.map((id) => ({ id, p: exp(scores[id]! - highest - log(sum)) }));
}
