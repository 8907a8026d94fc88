// The language model: embedding → layers → decoder → loss, and back, over an arena. It computes one window at a time in three
// phases that workers can share: lanes (forward and backward), then ranges of parameter rows (gradients), then the optimizer's
// ranges, which ends in `pack`. It neither walks a text nor decides anything about training.

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

/** What dropout needs to know: the seed, the run's token number at the window's first step, and the first lane's number. */
export interface DropoutPosition {
  readonly seed: number;
  readonly token: number;
  readonly lane0: number;
}

export class LanguageModel {
  readonly plan: Plan;
  readonly engine: Engine;
  readonly arena: Arena;
  /** How its arena was opened: another model that is opened so is computed on the same threads. */
  readonly open: (length: number) => Arena;
  readonly #layers: readonly Layer[];
  readonly #places: ModelOffsets;
  /** Called once, before what the last window left is written over: whoever still wants it takes copies then. */
  onOverwrite: (() => void) | undefined;
  /** The window at hand. `load` says it here, and so does a thread to which another tells what it loaded. */
  window: WindowShape = { steps: 0, documents: false };

  /**
   * Over an arena of the plan's size: a new one, or what `open` gives, like one that another thread opened for the same plan.
   * In a new one weights are zero until `initialize` or `setParameter` … `pack`.
   */
  constructor(spec: ModelSpec, engine: Engine, options: ModelOptions, open = (length: number) => engine.open(length)) {
    this.plan = plan(spec, { ...options, precision: engine.precision, panel: engine.panel });
    this.engine = engine;
    this.open = open;
    this.arena = open(this.plan.length);
    this.#layers = Array.from({ length: spec.layers }, (_, l) => createLayer(this.plan, this.arena, l));
    this.#places = findOffsets(this.plan);
  }

  get spec(): ModelSpec {
    return this.plan.spec;
  }

  /** T·B of the window at hand. */
  get positions(): number {
    return this.window.steps * this.plan.options.lanes;
  }

  // ── Weights ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts every parameter from the seed, and packs. */
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

  /** The parameters themselves: a view, good until a step or a set. */
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
      throw usageError(`${name} wants ${p.rows} × ${p.cols} numbers; got ${values.length}.`);
    }
    this.arena.reals(this.plan.weights + p.offset, values.length).set(values);
  }

  /** Makes of the weights what the next window's products need. */
  pack(): void {
    this.packRows(0, this.plan.rows);
    updateInputProjection(this.arena, this.plan.inputProjection);
  }

  /** Phase 3's end: packs the rows [from, to) of all parameters' rows. */
  packRows(from: number, to: number): void {
    const { kernels: k, handle: h } = this.arena;
    for (const { p, first, last } of rowsBetween(this.plan, from, to)) {
      const w = this.plan.weights + p.offset;
      if (p.forward !== undefined) k.pack(h, p.forward, w, p.rows, p.cols, first, last, 0);
      if (p.backward !== undefined) k.pack(h, p.backward, w, p.rows, p.cols, first, last, 1);
    }
  }

  // ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Puts a state in front of the next window. Its number of lanes is the plan's. */
  setState(state: State): void {
    putState(this.plan, this.arena, state);
  }

  /** The state that the last window left, as a value. */
  state(): State {
    return takeState(this.plan, this.arena, this.window.steps);
  }

  // ── A window ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Writes the window's ids, targets and starts into the arena. Throws a usage error for a window that does not fit the plan. */
  load(window: Window): void {
    checkWindow(this.plan, window);
    this.#overwrite();
    this.#put(window);
  }

  /** As `setState(state())` and `load(window)`, but the state does not leave the arena; `onOverwrite` is not called. */
  follow(window: Window): void {
    checkWindow(this.plan, window);
    carryState(this.#places.stateTensors, this.arena, this.window.steps);
    this.#put(window);
  }

  /** Phase 1, first half: lanes [lane, lane + rows) through embedding, layers and decoder; leaves logits (T, B, V). */
  forward(lane = 0, rows = this.plan.options.lanes, dropout?: DropoutPosition): void {
    const { kernels: k, handle: h } = this.arena;
    const { spec, options } = this.plan;
    const { embedding, decoder, bias, ids, embedded, top, logits } = this.#places;
    const part = this.#part(lane, rows);
    const at = (r: Region) => rowAt(r, lane, 0);
    if (embedded) k.gather(h, at(embedded), embedding, at(ids), part.steps, rows, options.lanes, spec.embedding);
    for (const [l, layer] of this.#layers.entries()) {
      layer.forward(part);
      if (this.#places.drops[l]) this.#drop(l, part, layerName(l, "output"), layerName(l, "dropped"), dropout);
    }
    k.matmul(h, at(logits), at(top), decoder, bias, part.steps, rows, options.lanes, spec.hidden, spec.vocabulary, 0);
  }

  /** The loss of every position of these lanes; with `backward` the logits become their gradients. */
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
      if (l > 0 && this.#places.drops[l - 1])
        this.#drop(l - 1, part, layerName(l, "d.input"), layerName(l, "d.input"), dropout);
    }
  }

  /** How `backward` begins: from the gradients of the logits to those of the highest layer's output, in its `d.h` from row 1. */
  outputGradient(lane = 0, rows = this.plan.options.lanes): void {
    const { kernels: k, handle: h } = this.arena;
    const { spec, options } = this.plan;
    const output = stateTensorsOf(spec, spec.layers - 1)[0]!.name;
    const to = rowAt(region(this.plan, layerName(spec.layers - 1, `d.${output}`)), lane, 1);
    const weight = this.#find(decoderMatrix(spec)).backward ?? NONE;
    const logits = rowAt(this.#places.logits, lane, 0);
    k.matmul(h, to, logits, weight, NONE, this.window.steps, rows, options.lanes, spec.vocabulary, spec.hidden, 0);
  }

  /** Phase 2: the gradients of all parameters, of the *sum* of losses. */
  gradients(): void {
    sumByToken(this.arena, this.plan.inputProjection, this.positions);
    gradientRows(this.arena, this.plan, this.positions, 0, this.plan.rows);
  }

  /** Σ of the window's losses in nats, in the order of positions and lanes, on top of `before`. */
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

  /** The same, as a view: good until a window or a state is written. */
  logitsInPlace(t: number, lane = 0): Reals {
    return this.arena.reals(rowAt(this.#places.logits, lane, t), this.spec.vocabulary);
  }

  /** ‖gradient of the sum of losses‖², from the rows' squares in order. */
  squaredNorm(): number {
    let sum = 0;
    for (const square of this.arena.reals(region(this.plan, "squares").offset, this.plan.rows)) sum += square;
    return sum;
  }

  // ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #put({ inputs, targets, starts, steps }: Window): void {
    this.arena.setIntegers(this.#places.ids.offset, inputs);
    this.arena.setIntegers(this.#places.targets.offset, targets);
    if (starts) this.arena.setIntegers(region(this.plan, "starts").offset, starts);
    this.window = { steps, documents: starts !== undefined };
  }

  #overwrite(): void {
    const told = this.onOverwrite;
    this.onOverwrite = undefined;
    told?.();
  }

  #part(lane: number, rows: number): LaneRange {
    const { steps, documents } = this.window;
    return { steps, documents, lane, rows };
  }

  /** Above layer l; without a place (evaluation) nothing is dropped. A gradient goes through the same function. */
  #drop(l: number, part: LaneRange, from: string, to: string, place: DropoutPosition | undefined): void {
    const { spec, options } = this.plan;
    const [seedLow, seedHigh] = seedWords(place?.seed ?? 0);
    const rate = place ? spec.dropout : 0;
    const at = (name: string) => rowAt(region(this.plan, name), part.lane, 0);
    const token = place?.token ?? 0;
    const lane0 = (place?.lane0 ?? 0) + part.lane;
    this.arena.kernels.dropout(
      this.arena.handle, at(to), at(from), part.steps, part.rows, options.lanes, spec.hidden, rate,
      seedLow, seedHigh, Purpose.dropout + l, lane0, token >>> 0, Math.floor(token / 4294967296),
    ); // biome-ignore format: one row of operands
  }

  /** ∂loss/∂(what comes in) of layer l starts from zero: slot 0 of the output's gradient, and the other slots'. */
  #clearIncoming(l: number, lane: number, rows: number): void {
    for (const { name, width } of stateTensorsOf(this.spec, l)) {
      const place = rowAt(region(this.plan, layerName(l, `d.${name}`)), lane, 0);
      this.arena.kernels.fill(this.arena.handle, place, 0, rows * width);
    }
  }

  #find(name: string) {
    return parameterOf(this.plan, name);
  }
}
