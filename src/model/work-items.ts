// What a model does with a window, as acts that any thread may do a part of, and where each act is cut. Parts are lanes or rows
// of parameters; whatever the cut, the bits are the same. Who does which part is compute/worker-pool.ts's.

import type { Phase } from "../compute/profile.js";
import type { RunPart } from "../compute/worker-pool.js";
import { gradientRows } from "./gradients.js";
import type { DropoutPosition, LanguageModel } from "./language-model.js";
import type { WindowShape } from "./layer.js";
import { sumByToken, updateInputProjection } from "./layout/input-projection.js";
import { type PlacedParameter, type Plan, region } from "./layout/plan.js";
import { rowsOf } from "./layout/spec.js";

export type ModelItem =
  /** Over lanes: forward and loss, and the way back where `backward`. */
  | {
      readonly kind: "lanes";
      readonly window: WindowShape;
      readonly backward: boolean;
      readonly dropout?: DropoutPosition;
    }
  /** Over rows of the premultiplied table: its gradient; and the table itself, of new weights. */
  | { readonly kind: "inputProjectionGradient"; readonly window: WindowShape }
  | { readonly kind: "inputProjection"; readonly window: WindowShape }
  /** Over rows of parameters: their gradients. */
  | { readonly kind: "gradients"; readonly window: WindowShape };

/** [from, to): lanes, or rows of all parameters' rows. */
export type Range = readonly [from: number, to: number];

/** Does the act over a range; `enter` is told what begins. */
export function runRange(
  model: LanguageModel,
  act: ModelItem,
  [from, to]: Range,
  enter?: (phase: Phase) => void,
): void {
  if (from === to) return;
  model.window = act.window;
  switch (act.kind) {
    case "lanes":
      enter?.("forward");
      model.forward(from, to - from, act.dropout);
      enter?.("loss");
      model.loss(from, to - from, act.backward);
      if (!act.backward) return;
      enter?.("backward");
      model.backward(from, to - from, act.dropout);
      return;
    case "inputProjectionGradient":
      enter?.("gradients");
      sumByToken(model.arena, model.plan.inputProjection, model.positions, from, to);
      return;
    case "gradients":
      enter?.("gradients");
      gradientRows(model.arena, model.plan, model.positions, from, to);
      return;
    case "inputProjection":
      enter?.("update");
      updateInputProjection(model.arena, model.plan.inputProjection, from, to);
      return;
    default:
      act satisfies never;
  }
}

/** Part `part` of `parts`. */
export function partRange(plan: Plan, act: ModelItem, part: number, parts: number): Range {
  switch (act.kind) {
    case "lanes":
      return evenRange(plan.options.lanes, part, parts);
    case "inputProjectionGradient":
      return evenRange(plan.inputProjection?.rows ?? 0, part, parts);
    case "inputProjection":
      return evenRange(plan.inputProjection?.rows ?? 0, part, parts, TILE);
    case "gradients":
      return rowRange(plan, part, parts, (p) => productsIn(plan, p));
    default:
      return act satisfies never;
  }
}

/** `n` in parts of about the same size, each but the last a multiple of `block`. */
function evenRange(n: number, part: number, parts: number, block = 1): Range {
  const bound = (i: number) => (i === parts ? n : Math.floor((i * n) / parts / block) * block);
  return [bound(part), bound(part + 1)];
}

/** What each thread that only reads a model does. */
export function modelRunner(model: LanguageModel): RunPart<ModelItem> {
  return (act, part, parts) => runRange(model, act, partRange(model.plan, act, part, parts));
}

/** Rows in parts that cost about the same; `cost` is that of one row of a parameter. */
export function rowRange(plan: Plan, part: number, parts: number, cost: (p: PlacedParameter) => number): Range {
  const whole = plan.parameters.reduce((sum, p) => sum + p.rows * cost(p), 0);
  const bound = (i: number): number => {
    let left = (whole * i) / parts;
    for (const p of plan.parameters) {
      const rows = left / cost(p);
      // In blocks of a tile, so that none is computed in two halves.
      if (rows < p.rows) return p.firstRow + Math.min(p.rows, Math.round(rows / TILE) * TILE);
      left -= p.rows * cost(p);
    }
    return plan.rows;
  };
  return [bound(part), part + 1 === parts ? plan.rows : bound(part + 1)];
}

const TILE = 16;

/** What a row's gradient costs: its columns once for each term of its products; a sum or a scattering is little beside. */
function productsIn(plan: Plan, p: PlacedParameter): number {
  const positions = plan.options.steps * plan.options.lanes;
  const terms = p.gradient.map((part) => {
    const { rows = positions, width } = region(plan, part.g);
    const { from, to } = rowsOf(part, p.rows);
    return ({ product: rows, through: width, scatter: 1, sum: 1 }[part.kind] * (to - from)) / p.rows;
  });
  return p.cols * terms.reduce((sum, each) => sum + each, positions / 32);
}
