// The place of numbers that broke: the first number that is not finite, in the order in which numbers are computed, or
// the part that exploded most. It looks after the loop has failed, while the arena still holds the window. It changes
// nothing.

import { firstNotFinite } from "../../base/math.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type PlacedParameter, type Plan, type Region, region, rowAt } from "../../model/layout/plan.js";
import { layerName, layerShape, stateTensorsOf } from "../../model/layout/spec.js";
import type { State } from "../../model/layout/state.js";
import type { Window } from "../../text/windows/lanes.js";
import type { DivergenceError, Finding } from "../step/step.js";

type Place = Pick<Finding, "tensor" | "row" | "column" | "layer" | "lane" | "step" | "text">;
/** A place, and the number there. */
type PlacedNumber = Place & Pick<Finding, "what" | "value">;
/** Ids as text. */
export type Decode = (ids: Iterable<number>) => string;

/** Tokens of text in a finding. */
const TEXT = 24;

/**
 * The finding of an error with its place. Causes come before effects. `carried` is the state that the window began
 * with.
 */
export function locate(
  { finding, measured }: DivergenceError,
  model: LanguageModel,
  carried: State,
  decode?: Decode,
): Finding {
  const { what, how, window: number } = finding;
  const window = measured?.window;
  if (what === "ids" && window) return { ...finding, ...badId(window, model.spec.vocabulary, decode) };
  if (what === "validation" || (window === undefined && what === "ids")) return finding;
  if (how === "exploded") {
    if (window === undefined) return finding;
    return { ...finding, ...(what === "loss" ? worstLoss : worstGradient)(model, window, decode) };
  }
  const first = badState(carried) ?? badWeights(model, decode);
  if (first) return { ...finding, ...first };
  if (window === undefined) return finding;
  const computed = (what === "loss" ? badForward : badBackward)(model, window, decode);
  if (computed) return { ...finding, ...computed };
  if (what === "loss") return finding;
  // Every number is finite, but the gradient is too large to be squared.
  return {
    what: "gradient",
    how: "exploded",
    window: number,
    value: finding.value,
    ...worstGradient(model, window, decode),
  };
}

// ── Inputs of a window
// ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The first id that is no entry of the vocabulary (−1 is a target that does not count). */
function badId(window: Window, vocabulary: number, decode?: Decode): PlacedNumber | undefined {
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

/** The first wrong number of the state that lanes carry from one window to the next. */
function badState(state: State): PlacedNumber | undefined {
  for (const { name, width, data } of state.arrays) {
    const i = firstNotFinite(data);
    if (i < 0) continue;
    return { what: "state", value: String(data[i]), tensor: name, ...layerOf(name), lane: Math.floor(i / width) };
  }
  return undefined;
}

/** The first wrong number of the weights, then of the optimizer's arrays. */
function badWeights({ plan, arena }: LanguageModel, decode?: Decode): PlacedNumber | undefined {
  for (const [array, at] of [plan.weights, ...plan.moments].entries()) {
    const numbers = arena.reals(at, plan.size);
    const i = firstNotFinite(numbers);
    if (i < 0) continue;
    const what = array === 0 ? "weights" : "moments";
    const place = placeOf(plan, i, decode);
    const tensor = array === 0 ? place.tensor : `moment.${array - 1} of ${place.tensor}`;
    return { what, value: String(numbers[i]), ...place, tensor };
  }
  return undefined;
}

/** The parameter that an element of the flat array belongs to, as a place. */
function placeOf(plan: Plan, i: number, decode?: Decode): Place & { readonly tensor: string } {
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

// ── Numbers that the window computed
// ─────────────────────────────────────────────────────────────────────────────────────

/** Where the loss broke: the first wrong state, time step by time step and layer by layer, or logit, or loss. */
function badForward(model: LanguageModel, window: Window, decode?: Decode): PlacedNumber | undefined {
  const { plan } = model;
  const arrays = [...outgoing(plan), placed(plan, "logits"), placed(plan, "losses")];
  return forwardIn("loss", arrays, model, window, decode);
}

/** The first wrong number of some arrays, time step by time step, in the order of the arrays. */
function forwardIn(
  what: Finding["what"],
  arrays: readonly Named[],
  model: LanguageModel,
  window: Window,
  decode?: Decode,
): PlacedNumber | undefined {
  for (let step = 0; step < window.steps; step++) {
    const found = firstIn(model, arrays, step);
    if (found) return { what, ...found, ...textAt(window, found.lane, step, decode) };
  }
  return undefined;
}

/**
 * Where the gradient broke while the loss is finite: a state (whose Infinity a tanh made 1); then the gradients of the
 * logits; then those of the layers, downward and backward in time; then those of parameters, each a sum over all lanes.
 */
function badBackward(model: LanguageModel, window: Window, decode?: Decode): PlacedNumber | undefined {
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
  const i = firstNotFinite(gradients);
  return i < 0 ? undefined : { what: "gradient", value: String(gradients[i]), ...placeOf(plan, i, decode) };
}

interface Named {
  readonly tensor: string;
  readonly r: Region;
}

/** The states after each time step, layer by layer. */
function outgoing(plan: Plan): Named[] {
  return Array.from({ length: plan.spec.layers }, (_, layer) =>
    stateTensorsOf(plan.spec, layer).map(({ name }) => placed(plan, layerName(layer, name), 1)),
  ).flat();
}

/** An array of the window, from some time steps later on. */
function placed(plan: Plan, tensor: string, later = 0): Named {
  const r = region(plan, tensor);
  return { tensor, r: { ...r, offset: r.offset + later * r.stride } };
}

/** The cell's arrays of each layer, the highest layer first: after the backward pass they hold gradients. */
function backwardRegions(plan: Plan): Named[][] {
  const { spec } = plan;
  const layers = Array.from({ length: spec.layers }, (_, l) => spec.layers - 1 - l);
  return layers.map((layer) => {
    const whole = spec.cell.buffers(layerShape(spec, layer), spec.cellSettings).filter(({ steps }) => steps !== "one");
    return whole.map(({ name }) => placed(plan, layerName(layer, name)));
  });
}

/** The first wrong number of a time step: array by array, lane by lane. */
function firstIn({ plan, arena }: LanguageModel, arrays: readonly Named[], step: number) {
  for (const { tensor, r } of arrays) {
    const numbers = arena.reals(rowAt(r, 0, step), plan.options.lanes * r.width);
    const i = firstNotFinite(numbers);
    if (i >= 0) return { tensor, ...layerOf(tensor), value: String(numbers[i]), lane: Math.floor(i / r.width), step };
  }
  return undefined;
}

// ── The largest part of an explosion
// ─────────────────────────────────────────────────────────────────────────────────────

/** The position with the largest loss. */
function worstLoss(model: LanguageModel, window: Window, decode?: Decode): Place {
  const losses = Float64Array.from(model.losses());
  const worst = losses.indexOf(losses.reduce((a, b) => Math.max(a, b)));
  const step = Math.floor(worst / window.lanes);
  const lane = worst % window.lanes;
  return { lane, step, ...textAt(window, lane, step, decode) };
}

/**
 * The parameter with the largest share of the norm; and the lane and time step whose output has the largest gradient.
 */
function worstGradient({ plan, arena }: LanguageModel, window: Window, decode?: Decode): Place {
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

/** The last tokens that a lane had read at a time step of the window. */
function textAt({ inputs, lanes }: Window, lane: number, step: number, decode?: Decode): { text?: string } {
  if (decode === undefined || step < 0) return {};
  const from = Math.max(0, step + 1 - TEXT);
  return { text: decode(Array.from({ length: step + 1 - from }, (_, i) => inputs[(from + i) * lanes + lane]!)) };
}
