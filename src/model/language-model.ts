// Language model: embedding → layers → decoder → loss, forward and backward, over an arena. It computes one window at a
// time in three phases that threads can share: lanes (forward and backward), then ranges of parameter rows (gradients),
// then the optimizer's ranges, which end with `pack`. It does not read texts, and it makes no decision about training.

import { usageError } from "../base/errors.js";
import { Purpose, seedWords } from "../base/random.js";
import type { Arena, Engine, Reals } from "../compute/arena.js";
import { NONE } from "../compute/kernels.js";
import type { Window } from "../text/windows/lanes.js";
import { gradientRows } from "./gradients.js";
import { initialize } from "./initial.js";
import { createLayer, type LaneRange, type Layer, type WindowShape } from "./layer.js";
import { sumByToken, updateInputProjection } from "./layout/input-projection.js";
import { carryState, checkWindow, findOffsets, type ModelOffsets, putState, takeState } from "./layout/offsets.js";
import {
  type ModelOptions,
  type Plan,
  parameterOf,
  plan,
  type Region,
  region,
  rowAt,
  rowsBetween,
} from "./layout/plan.js";
import { decoderMatrix, layerName, type ModelSpec, stateTensorsOf } from "./layout/spec.js";
import type { State } from "./layout/state.js";

/** Position of a window in a run, from which dropout masks follow: seed, token number of its first step, first lane. */
export interface DropoutPosition {
  readonly seed: number;
  readonly token: number;
  readonly lane0: number;
}

export class LanguageModel {
  readonly plan: Plan;
  readonly engine: Engine;
  readonly arena: Arena;
  /** Opens an arena like this model's: another model that uses it runs on the same threads. */
  readonly open: (length: number) => Arena;
  readonly #layers: readonly Layer[];
  readonly #offsets: ModelOffsets;
  /** Called once, before the results of the last window are overwritten, so that a reader can copy them. */
  onOverwrite: (() => void) | undefined;
  /** Metadata of the current window. `load` sets it; a worker thread sets it to what the main thread loaded. */
  window: WindowShape = { steps: 0, documents: false };

  /**
   * Plans the model and opens an arena of the plan's size with `open`: a new one, or one that another thread opened for
   * the same plan. In a new arena weights are zero until `initialize`, or `setParameter` and `pack`.
   */
  constructor(spec: ModelSpec, engine: Engine, options: ModelOptions, open = (length: number) => engine.open(length)) {
    this.plan = plan(spec, { ...options, precision: engine.precision, panel: engine.panel });
    this.engine = engine;
    this.open = open;
    this.arena = open(this.plan.length);
    this.#layers = Array.from({ length: spec.layers }, (_, l) => createLayer(this.plan, this.arena, l));
    this.#offsets = findOffsets(this.plan);
  }

  get spec(): ModelSpec {
    return this.plan.spec;
  }

  /** T·B of the current window. */
  get positions(): number {
    return this.window.steps * this.plan.options.lanes;
  }

  // ── Weights
  // ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Initializes every parameter from the seed, and packs. */
  initialize(seed: number): void {
    for (const [index, p] of this.plan.parameters.entries()) {
      initialize(p, index, seed, this.arena.reals(this.plan.weights + p.offset, p.rows * p.cols));
    }
    this.pack();
  }

  /** A copy of all parameters, flat, in the order of the plan. */
  weights(): Reals {
    return this.weightsInPlace().slice();
  }

  /** The parameters themselves: a view, valid until an update or a set. */
  weightsInPlace(): Reals {
    return this.arena.reals(this.plan.weights, this.plan.size);
  }

  /** Sets all parameters from a flat array, and packs. */
  setWeights(flat: Reals): void {
    this.arena.reals(this.plan.weights, this.plan.size).set(flat);
    this.pack();
  }

  /** A copy of one parameter (rows, cols), or of its gradient. */
  parameter(name: string, kind: "weight" | "gradient" = "weight"): Reals {
    const p = this.#find(name);
    const base = kind === "weight" ? this.plan.weights : this.plan.gradients;
    return this.arena.reals(base + p.offset, p.rows * p.cols).slice();
  }

  /** Sets one parameter; call `pack` when all are set. */
  setParameter(name: string, values: Reals): void {
    const p = this.#find(name);
    if (values.length !== p.rows * p.cols) {
      throw usageError(`${name} has ${p.rows} × ${p.cols} numbers; got ${values.length}.`);
    }
    this.arena.reals(this.plan.weights + p.offset, values.length).set(values);
  }

  /** Packs the weights for the matrix products of the next window, and updates the input projection cache. */
  pack(): void {
    this.packRows(0, this.plan.rows);
    updateInputProjection(this.arena, this.plan.inputProjection);
  }

  /** End of phase 3: packs the rows [from, to), counted over all parameters. */
  packRows(from: number, to: number): void {
    const { kernels: k, handle: h } = this.arena;
    for (const { p, first, last } of rowsBetween(this.plan, from, to)) {
      const w = this.plan.weights + p.offset;
      if (p.forward !== undefined) k.pack(h, p.forward, w, p.rows, p.cols, first, last, 0);
      if (p.backward !== undefined) k.pack(h, p.backward, w, p.rows, p.cols, first, last, 1);
    }
  }

  // ── State
  // ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sets the state before the next window. It has the plan's number of lanes. */
  setState(state: State): void {
    putState(this.plan, this.arena, state);
  }

  /** The state after the last window, as a value. */
  state(): State {
    return takeState(this.plan, this.arena, this.window.steps);
  }

  // ── A window
  // ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Writes the window's ids, targets and starts into the arena. Throws a usage error if it does not fit the plan. */
  load(window: Window): void {
    checkWindow(this.plan, window);
    this.#overwrite();
    this.#put(window);
  }

  /** Like `setState(state())` and `load(window)`, but the state stays in the arena and `onOverwrite` is not called. */
  follow(window: Window): void {
    checkWindow(this.plan, window);
    carryState(this.#offsets.stateTensors, this.arena, this.window.steps);
    this.#put(window);
  }

  /** Phase 1, first half: lanes [lane, lane + rows) through embedding, layers and decoder; writes logits (T, B, V). */
  forward(lane = 0, rows = this.plan.options.lanes, dropout?: DropoutPosition): void {
    const { kernels: k, handle: h } = this.arena;
    const { spec, options } = this.plan;
    const { embedding, decoder, bias, ids, embedded, top, logits } = this.#offsets;
    const part = this.#part(lane, rows);
    const at = (r: Region) => rowAt(r, lane, 0);
    if (embedded) k.gather(h, at(embedded), embedding, at(ids), part.steps, rows, options.lanes, spec.embedding);
    for (const [l, layer] of this.#layers.entries()) {
      layer.forward(part);
      if (this.#offsets.drops[l]) this.#drop(l, part, layerName(l, "output"), layerName(l, "dropped"), dropout);
    }
    k.matmul(h, at(logits), at(top), decoder, bias, part.steps, rows, options.lanes, spec.hidden, spec.vocabulary, 0);
  }

  /** The loss of every position of these lanes; with `backward`, their gradients overwrite the logits. */
  loss(lane = 0, rows = this.plan.options.lanes, backward = false): void {
    const { kernels: k, handle: h } = this.arena;
    const at = (name: string) => rowAt(region(this.plan, name), lane, 0);
    const { steps } = this.window;
    const { lanes } = this.plan.options;
    const { vocabulary } = this.spec;
    k.crossEntropy(h, at("losses"), at("logits"), at("targets"), steps, rows, lanes, vocabulary, backward ? 1 : 0);
  }

  /** Phase 1, second half: from the gradients of the logits (after `loss` with backward) down to the embeddings. */
  backward(lane = 0, rows = this.plan.options.lanes, dropout?: DropoutPosition): void {
    const { spec } = this.plan;
    const part = this.#part(lane, rows);
    this.outputGradient(lane, rows);
    for (let l = spec.layers - 1; l >= 0; l--) {
      this.#clearIncoming(l, lane, rows);
      this.#layers[l]!.backward(part);
      if (l > 0 && this.#offsets.drops[l - 1])
        this.#drop(l - 1, part, layerName(l, "d.input"), layerName(l, "d.input"), dropout);
    }
  }

  /** First part of `backward`: the gradient of the top layer's output, in its `d.h` from row 1. */
  outputGradient(lane = 0, rows = this.plan.options.lanes): void {
    const { kernels: k, handle: h } = this.arena;
    const { spec, options } = this.plan;
    const output = stateTensorsOf(spec, spec.layers - 1)[0]!.name;
    const to = rowAt(region(this.plan, layerName(spec.layers - 1, `d.${output}`)), lane, 1);
    const weight = this.#find(decoderMatrix(spec)).backward ?? NONE;
    const logits = rowAt(this.#offsets.logits, lane, 0);
    k.matmul(h, to, logits, weight, NONE, this.window.steps, rows, options.lanes, spec.vocabulary, spec.hidden, 0);
  }

  /** Phase 2: the gradients of the *sum* of losses by all parameters. */
  gradients(): void {
    sumByToken(this.arena, this.plan.inputProjection, this.positions);
    gradientRows(this.arena, this.plan, this.positions, 0, this.plan.rows);
  }

  /** `before` + Σ of the window's losses in nats, added in the order of positions and lanes. */
  lossSum(before = 0): number {
    const losses = this.arena.reals(region(this.plan, "losses").offset, this.positions);
    let sum = before;
    for (const loss of losses) sum += loss;
    return sum;
  }

  /** The losses (T, B) of the last window. */
  losses(): Reals {
    return this.arena.reals(region(this.plan, "losses").offset, this.positions).slice();
  }

  /** The logits (V) at step t of a lane. */
  logits(t: number, lane = 0): Reals {
    return this.logitsInPlace(t, lane).slice();
  }

  /** The same, as a view: valid until a window or a state is written. */
  logitsInPlace(t: number, lane = 0): Reals {
    return this.arena.reals(rowAt(this.#offsets.logits, lane, t), this.spec.vocabulary);
  }

  /** ‖gradient of the sum of losses‖², summed over the rows in order. */
  squaredNorm(): number {
    let sum = 0;
    for (const square of this.arena.reals(region(this.plan, "squares").offset, this.plan.rows)) sum += square;
    return sum;
  }

  // ── Inside
  // ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #put({ inputs, targets, starts, steps }: Window): void {
    this.arena.setIntegers(this.#offsets.ids.offset, inputs);
    this.arena.setIntegers(this.#offsets.targets.offset, targets);
    if (starts) this.arena.setIntegers(region(this.plan, "starts").offset, starts);
    this.window = { steps, documents: starts !== undefined };
  }

  #overwrite(): void {
    const listener = this.onOverwrite;
    this.onOverwrite = undefined;
    listener?.();
  }

  #part(lane: number, rows: number): LaneRange {
    const { steps, documents } = this.window;
    return { steps, documents, lane, rows };
  }

  /** Dropout above layer l, of values or of gradients; without a position (evaluation) nothing is dropped. */
  #drop(l: number, part: LaneRange, from: string, to: string, position: DropoutPosition | undefined): void {
    const { spec, options } = this.plan;
    const [seedLow, seedHigh] = seedWords(position?.seed ?? 0);
    const rate = position ? spec.dropout : 0;
    const at = (name: string) => rowAt(region(this.plan, name), part.lane, 0);
    const token = position?.token ?? 0;
    const lane0 = (position?.lane0 ?? 0) + part.lane;
    this.arena.kernels.dropout(
      this.arena.handle, at(to), at(from), part.steps, part.rows, options.lanes, spec.hidden, rate,
      seedLow, seedHigh, Purpose.dropout + l, lane0, token >>> 0, Math.floor(token / 4294967296),
    ); // biome-ignore format: one row of operands
  }

  /** Zeroes ∂loss/∂(state after the window) of layer l. */
  #clearIncoming(l: number, lane: number, rows: number): void {
    for (const { name, width } of stateTensorsOf(this.spec, l)) {
      const offset = rowAt(region(this.plan, layerName(l, `d.${name}`)), lane, 0);
      this.arena.kernels.fill(this.arena.handle, offset, 0, rows * width);
    }
  }

  #find(name: string) {
    return parameterOf(this.plan, name);
  }
}
