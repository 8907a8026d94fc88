// What is poisoned, and where: the first number that is not finite, in the order in which numbers are computed, or the
// part that exploded most. It looks when something is known to be wrong, or before something is written; every window
// pays for the short looks alone (ids, the carried state). It mends nothing.

import type { Reals } from "../../compute/arena.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type PlacedParameter, type Plan, type Region, region, rowAt } from "../../model/layout/plan.js";
import { layerName, layerShape, stateTensorsOf } from "../../model/layout/spec.js";
import type { State } from "../../model/layout/state.js";
import type { Window } from "../../text/windows/lanes.js";

export interface Finding {
  /** What was looked at when it was found: what the window began with, then what it computed. */
  readonly what: "ids" | "state" | "weights" | "moments" | "loss" | "gradient" | "validation";
  readonly how: "not finite" | "exploded" | "out of range";
  /** The window, counted from 1, whose update was not kept. */
  readonly window: number;
  /** The number found there, or what exploded: nats, or the norm. As text, for NaN has no JSON. */
  readonly value: string;
  /** What is usual for it, where it exploded. */
  readonly usual?: number;
  /**
   * The array with the first bad number, or the largest part: a parameter's name, `rnn.0.h`, `logits`, `losses`,
   * `inputs` …
   */
  readonly tensor?: string;
  /** Of a parameter, from 0. */
  readonly row?: number;
  readonly column?: number;
  /** From 0; absent where the array belongs to none. */
  readonly layer?: number;
  readonly lane?: number;
  /** Position in the window, from 0. */
  readonly step?: number;
  /** The text of that lane up to there; or the entry of the vocabulary that a row stands for. */
  readonly text?: string;
}

export type Where = Pick<Finding, "tensor" | "row" | "column" | "layer" | "lane" | "step" | "text">;
/** A place, and the number there. */
export type Found = Where & Pick<Finding, "what" | "value">;
export type Decode = (ids: Iterable<number>) => string;

const BLOCK = 4096;
const TEXT = 24; // tokens of text that are told

/** Index of the first number that is not finite, −1 where all are. A product with 0 is 0, or NaN for those. */
export function firstBad(numbers: Reals): number {
  for (let from = 0; from < numbers.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, numbers.length);
    let sum = 0;
    for (let i = from; i < to; i++) sum += numbers[i]! * 0;
    if (sum !== 0) for (let i = from; i < to; i++) if (!Number.isFinite(numbers[i])) return i;
  }
  return -1;
}

// ── What a window begins with
// ────────────────────────────────────────────────────────────────────────────────────────────

/** An id that is none of the vocabulary's (−1 is a target that does not count): before it is used as an index. */
export function badId(window: Window, vocabulary: number, decode?: Decode): Found | undefined {
  const { inputs, targets, lanes } = window;
  for (const [tensor, ids, least] of [
    ["inputs", inputs, 0],
    ["targets", targets, -1],
  ] as const) {
    const i = ids.findIndex((id) => !(id >= least && id < vocabulary));
    if (i < 0) continue;
    const step = Math.floor(i / lanes);
    const lane = i % lanes;
    const text = textAt(window, lane, step - (tensor === "inputs" ? 1 : 0), decode);
    return { what: "ids", value: String(ids[i]), tensor, lane, step, ...text };
  }
  return undefined;
}

/** In the state that lanes carry from one window to the next. */
export function badState(state: State): Found | undefined {
  for (const { name, width, data } of state.arrays) {
    const i = firstBad(data);
    if (i < 0) continue;
    return { what: "state", value: String(data[i]), tensor: name, ...layerOf(name), lane: Math.floor(i / width) };
  }
  return undefined;
}

/** In the weights, then in the optimizer's arrays. */
export function badWeights({ plan, arena }: LanguageModel, decode?: Decode): Found | undefined {
  for (const [array, at] of [plan.weights, ...plan.moments].entries()) {
    const numbers = arena.reals(at, plan.size);
    const i = firstBad(numbers);
    if (i < 0) continue;
    const what = array === 0 ? "weights" : "moments";
    const place = placeOf(plan, i, decode);
    const tensor = array === 0 ? place.tensor : `moment.${array - 1} of ${place.tensor}`;
    return { what, value: String(numbers[i]), ...place, tensor };
  }
  return undefined;
}

/** The parameter that an element of the flat array belongs to, as a place. */
function placeOf(plan: Plan, i: number, decode?: Decode): Where & { readonly tensor: string } {
  const p = plan.parameters.findLast(({ offset }) => offset <= i)!;
  return { ...parameterPlace(plan, p, Math.floor((i - p.offset) / p.cols), decode), column: (i - p.offset) % p.cols };
}

function parameterPlace(plan: Plan, p: PlacedParameter, row: number, decode?: Decode) {
  const isEntry = /^(embedding|decoder)\./.test(p.name) && p.rows === plan.spec.vocabulary;
  return { tensor: p.name, row, ...layerOf(p.name), ...(isEntry && decode && { text: decode([row]) }) };
}

function layerOf(name: string): { layer?: number } {
  const layer = /^rnn\.(\d+)\./.exec(name)?.[1] ?? /^rnn\..*_l(\d+)$/.exec(name)?.[1];
  return layer === undefined ? {} : { layer: Number(layer) };
}

// ── What it computed
// ─────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Where the loss broke, weights and incoming state being sound: the first state, step by step and layer by layer, or
 * score.
 */
export function badForward(model: LanguageModel, window: Window, decode?: Decode): Found | undefined {
  const { plan } = model;
  const arrays = [...outgoing(plan), placed(plan, "logits"), placed(plan, "losses")];
  return forwardIn("loss", arrays, model, window, decode);
}

/** Step by step through some arrays, in their order. */
function forwardIn(
  what: Finding["what"],
  arrays: readonly Named[],
  model: LanguageModel,
  window: Window,
  decode?: Decode,
): Found | undefined {
  for (let step = 0; step < window.steps; step++) {
    const found = firstIn(model, arrays, step);
    if (found) return { what, ...found, ...textAt(window, found.lane, step, decode) };
  }
  return undefined;
}

/**
 * Where the gradient broke, the loss being finite: a state (whose Infinity a tanh made 1); the gradients of the scores,
 * then layer by layer downward and backward in time; then those of parameters, each a sum over all lanes.
 */
export function badBackward(model: LanguageModel, window: Window, decode?: Decode): Found | undefined {
  const { plan, arena } = model;
  const state = forwardIn("gradient", outgoing(plan), model, window, decode);
  if (state) return state;
  const order = [[placed(plan, "logits")], ...backwardRegions(plan)];
  for (const arrays of order) {
    for (let step = window.steps - 1; step >= 0; step--) {
      const found = firstIn(model, arrays, step);
      if (found) return { what: "gradient", ...found, ...textAt(window, found.lane, step, decode) };
    }
  }
  const gradients = arena.reals(plan.gradients, plan.size);
  const i = firstBad(gradients);
  return i < 0 ? undefined : { what: "gradient", value: String(gradients[i]), ...placeOf(plan, i, decode) };
}

interface Named {
  readonly tensor: string;
  readonly r: Region;
}

/** The states that each step leaves, layer by layer. */
function outgoing(plan: Plan): Named[] {
  return Array.from({ length: plan.spec.layers }, (_, layer) =>
    stateTensorsOf(plan.spec, layer).map(({ name }) => placed(plan, layerName(layer, name), 1)),
  ).flat();
}

/** An array of the window, moved on by some steps. */
function placed(plan: Plan, tensor: string, later = 0): Named {
  const r = region(plan, tensor);
  return { tensor, r: { ...r, offset: r.offset + later * r.stride } };
}

/**
 * What the way back leaves of each layer, the highest first: the cell's arrays, which hold gradients by then. ∂/∂output
 * stands no longer.
 */
function backwardRegions(plan: Plan): Named[][] {
  const { spec } = plan;
  const layers = Array.from({ length: spec.layers }, (_, l) => spec.layers - 1 - l);
  return layers.map((layer) => {
    const whole = spec.cell.buffers(layerShape(spec, layer), spec.cellSettings).filter(({ steps }) => steps !== "one");
    return whole.map(({ name }) => placed(plan, layerName(layer, name)));
  });
}

/** The first bad number of a step: array by array, lane by lane. */
function firstIn({ plan, arena }: LanguageModel, arrays: readonly Named[], step: number) {
  for (const { tensor, r } of arrays) {
    const numbers = arena.reals(rowAt(r, 0, step), plan.options.lanes * r.width);
    const i = firstBad(numbers);
    if (i >= 0) return { tensor, ...layerOf(tensor), value: String(numbers[i]), lane: Math.floor(i / r.width), step };
  }
  return undefined;
}

// ── What exploded
// ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The position with the largest loss. */
export function worstLoss(model: LanguageModel, window: Window, decode?: Decode): Where {
  const losses = Float64Array.from(model.losses());
  const worst = losses.indexOf(losses.reduce((a, b) => Math.max(a, b)));
  const step = Math.floor(worst / window.lanes);
  const lane = worst % window.lanes;
  return { lane, step, ...textAt(window, lane, step, decode) };
}

/** The parameter with the largest share of the norm; and the lane and step whose output has the largest gradient. */
export function worstGradient({ plan, arena }: LanguageModel, window: Window, decode?: Decode): Where {
  const squares = Float64Array.from(arena.reals(region(plan, "squares").offset, plan.rows));
  const shareOf = ({ firstRow, rows }: PlacedParameter) =>
    squares.subarray(firstRow, firstRow + rows).reduce((sum, x) => sum + x, 0);
  const largest = plan.parameters.reduce((best, p) => (shareOf(p) > shareOf(best) ? p : best));
  let worst = { size: -1, lane: 0, step: 0 };
  for (const [{ r }] of backwardRegions(plan) as [Named][]) {
    for (let step = 0; step < window.steps; step++) {
      const numbers = arena.reals(rowAt(r, 0, step), plan.options.lanes * r.width);
      for (const [i, x] of numbers.entries()) {
        if (Math.abs(x) > worst.size) worst = { size: Math.abs(x), lane: Math.floor(i / r.width), step };
      }
    }
  }
  const { lane, step } = worst;
  return { tensor: largest.name, ...layerOf(largest.name), lane, step, ...textAt(window, lane, step, decode) };
}

/** The last tokens that a lane had read at a step of the window. */
function textAt({ inputs, lanes }: Window, lane: number, step: number, decode?: Decode): { text?: string } {
  if (decode === undefined || step < 0) return {};
  const from = Math.max(0, step + 1 - TEXT);
  return { text: decode(Array.from({ length: step + 1 - from }, (_, i) => inputs[(from + i) * lanes + lane]!)) };
}
