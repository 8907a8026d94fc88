// Tiny models and random windows for the laws of the model and of training, all from seeds. It tests nothing itself.

import type { SettingValues } from "../../src/base/setting.js";
import type { Engine, Reals } from "../../src/compute/arena.js";
import { singleThread, type WorkerPool } from "../../src/compute/worker-pool.js";
import type { Cell } from "../../src/model/cells/cell.js";
import { gru } from "../../src/model/cells/gru.js";
import { charConcat, charLoop } from "../../src/model/cells/lesson-cells.js";
import { lstm } from "../../src/model/cells/lstm.js";
import { qrnn } from "../../src/model/cells/qrnn.js";
import { rnn } from "../../src/model/cells/rnn.js";
import { type DropoutPosition, LanguageModel } from "../../src/model/language-model.js";
import { type PlanOptions, region } from "../../src/model/layout/plan.js";
import { layerName, layerShape, type ModelSpec } from "../../src/model/layout/spec.js";
import type { State } from "../../src/model/layout/state.js";
import type { TokenSource } from "../../src/text/storage/tokens.js";
import type { Window } from "../../src/text/windows/lanes.js";
import { RecoveringTrainer, type RecoveringTrainerOptions } from "../../src/training/divergence/recovering-trainer.js";
import { resolveSettings } from "../../src/training/settings/training-settings.js";
import { checkSettings, readSettings } from "../../src/training/settings/values.js";
import { rangeOf, type StepItem, stepRunner } from "../../src/training/step/step.js";
import { newDraw } from "../conformance/draw.js";

export { newDraw };

/** Every kind of unit. */
export const units: readonly [string, Cell, SettingValues][] = [
  ["rnn tanh", rnn, { nonlinearity: "tanh" }],
  ["rnn relu", rnn, { nonlinearity: "relu" }],
  ["gru", gru, {}],
  ["lstm", lstm, {}],
  ["qrnn", qrnn, { qrnnWindow: 1 }],
  ["qrnn window 2", qrnn, { qrnnWindow: 2 }],
  ["char-loop", charLoop, {}],
  ["char-concat", charConcat, {}],
];

/** Odd sizes, two layers, wider than a vector and narrower than a tile. */
export function tinySpec(cell: Cell, cellSettings: SettingValues, over: Partial<ModelSpec> = {}): ModelSpec {
  const embedding = over.tied ? 6 : 5;
  return { vocabulary: 11, embedding, hidden: 6, layers: 2, cell, cellSettings, dropout: 0, tied: false, ...over };
}

type Options = Partial<Omit<PlanOptions, "precision" | "panel">>;

/** A model with room to train, its weights from `seed`. */
export function openModel(spec: ModelSpec, engine: Engine, options: Options & { seed?: number } = {}): LanguageModel {
  const { seed = 3, ...rest } = options;
  const model = new LanguageModel(spec, engine, { lanes: 3, steps: 8, training: { moments: 0 }, ...rest });
  model.initialize(seed);
  return model;
}

export interface WindowOptions {
  readonly steps: number;
  readonly lanes: number;
  readonly vocabulary?: number;
  /** Share of targets that are not counted. */
  readonly uncounted?: number;
  /** Share of positions where a document begins; absent: a window without `starts`. */
  readonly starts?: number;
}

export function randomWindow(seed: number, o: WindowOptions): Window {
  const draw = newDraw(seed);
  const n = o.steps * o.lanes;
  const inputs = draw.integers(n, 0, (o.vocabulary ?? 11) - 1);
  const targets = draw.integers(n, 0, (o.vocabulary ?? 11) - 1).map((y) => (draw.chance(o.uncounted ?? 0) ? -1 : y));
  const starts = o.starts === undefined ? undefined : new Int32Array(n).map(() => (draw.chance(o.starts!) ? 1 : 0));
  return windowOf(o.steps, o.lanes, inputs, targets, starts);
}

export function windowOf(
  steps: number,
  lanes: number,
  inputs: Int32Array,
  targets: Int32Array,
  starts?: Int32Array,
): Window {
  const counted = targets.filter((y) => y >= 0).length;
  return { steps, lanes, inputs, targets, counted, ...(starts && { starts }) };
}

/** Positions [from, to) of some lanes of a window, in the order given. */
export function part(
  w: Window,
  from: number,
  to: number,
  lanes = Array.from({ length: w.lanes }, (_, b) => b),
): Window {
  const pick = (a: Int32Array) =>
    Int32Array.from({ length: (to - from) * lanes.length }, (_, i) => {
      return a[(from + Math.floor(i / lanes.length)) * w.lanes + lanes[i % lanes.length]!]!;
    });
  return windowOf(to - from, lanes.length, pick(w.inputs), pick(w.targets), w.starts && pick(w.starts));
}

/** A state of random numbers, as wide as the model's. */
export function randomState(model: LanguageModel, seed: number): State {
  const draw = newDraw(seed);
  const { lanes, arrays } = model.state();
  return {
    lanes,
    arrays: arrays.map(({ name, width, data }) => ({ name, width, data: data.map(() => draw.between(1, -1, 1)[0]!) })),
  };
}

export interface Ran {
  /** (T, B) */
  readonly losses: Reals;
  readonly nats: number;
  readonly state: State;
}

/** A window forward from a state. */
export function forward(model: LanguageModel, state: State, window: Window, dropout?: DropoutPosition): Ran {
  model.setState(state);
  model.load(window);
  model.forward(0, window.lanes, dropout);
  model.loss();
  return { losses: model.losses(), nats: model.lossSum(), state: model.state() };
}

export interface Differentiated extends Ran {
  /** ∂(Σ losses)/∂parameters, flat. */
  readonly gradient: Reals;
  /** ∂(Σ losses)/∂(W x + b) of the first layer, (T, B, width). */
  readonly input: { readonly data: Reals; readonly width: number };
  readonly squaredNorm: number;
}

/** A window forward and back from a state. */
export function differentiate(
  model: LanguageModel,
  state: State,
  window: Window,
  dropout?: DropoutPosition,
): Differentiated {
  model.setState(state);
  model.load(window);
  model.forward(0, window.lanes, dropout);
  model.loss(0, window.lanes, true);
  const ran = { losses: model.losses(), nats: model.lossSum(), state: model.state() };
  model.backward(0, window.lanes, dropout);
  model.gradients();
  const { plan, arena } = model;
  const { cell, cellSettings } = model.spec;
  const [first] = cell.buffers(layerShape(model.spec, 0), cellSettings); // of the input's product, in ours
  const { offset, width } = region(plan, layerName(0, first!.name));
  return {
    ...ran,
    gradient: arena.reals(plan.gradients, plan.size).slice(),
    input: { data: arena.reals(offset, model.positions * width).slice(), width },
    squaredNorm: model.squaredNorm(),
  };
}

/** One lane's rows of a (T, B, width) array. */
export function laneRows(a: Reals, lanes: number, width: number, lane: number): number[] {
  const rows: number[] = [];
  for (let at = lane * width; at < a.length; at += lanes * width) rows.push(...a.subarray(at, at + width));
  return rows;
}

/** One lane of a state, as a state of one lane. */
export function laneOf(state: State, lane: number): State {
  const arrays = state.arrays.map(({ name, width, data }) => ({
    name,
    width,
    data: data.slice(lane * width, (lane + 1) * width),
  }));
  return { lanes: 1, arrays };
}

/** A state's numbers, one array after another, by name. */
export function numbersOf(state: State): Record<string, number[]> {
  return Object.fromEntries(state.arrays.map(({ name, data }) => [name, [...data]]));
}

/** Ids as a source; `promised` gives every read as a promise. */
export function source(ids: Int32Array, promised = false): TokenSource {
  const read = (from: number, to: number) => ids.slice(from, to);
  return { length: ids.length, read: promised ? async (from, to) => read(from, to) : read };
}

/** A pool that runs the parts of an item one after another, divided as for so many threads. */
export function dividedPool(model: LanguageModel, threads: number, range = rangeOf): WorkerPool<StepItem> {
  return { ...singleThread(stepRunner(model, range)), threads };
}

/** A trainer over lanes of one's own, without a corpus. */
export function openTrainer(
  spec: ModelSpec,
  engine: Engine,
  given: SettingValues,
  o: Pick<RecoveringTrainerOptions, "train"> & Partial<RecoveringTrainerOptions>,
): { trainer: RecoveringTrainer; settings: ReturnType<typeof resolveSettings> } {
  const base = { cell: spec.cell.kind, bptt: 7, clip: 0, sampleLength: 0, schedule: "constant" };
  const values = checkSettings(readSettings({ ...base, ...given }));
  const settings = resolveSettings(values, o.train.positions);
  const moments = settings.optimizer.moments(values);
  const steps = Math.min(o.train.positions, settings.windowRule === "awd" ? settings.bptt + 25 : settings.bptt);
  const model = new LanguageModel(spec, engine, { lanes: o.train.lanes, steps, training: { moments } });
  const part = { tokens: 0, characters: 0, bytes: 0, unknown: 0 };
  const about = { trainTokens: 0, validTokens: 0, trimmed: 0, text: { train: part, validSplit: "end" } } as const;
  return { trainer: new RecoveringTrainer({ model, settings, about, ...o }), settings };
}
