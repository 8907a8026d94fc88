// Work items of a model: what it computes for a window, and how an item is split into parts that any thread may run. A
// part is a range of lanes or of parameter rows; every split gives the same bits. compute/worker-pool.ts assigns the
// parts to threads.

import type { Phase } from "../compute/profile.js";
import type { RunPart } from "../compute/worker-pool.js";
import { gradientRows } from "./gradients.js";
import type { DropoutPosition, LanguageModel } from "./language-model.js";
import type { WindowShape } from "./layer.js";
import { sumByToken, updateInputProjection } from "./layout/input-projection.js";
import { type PlacedParameter, type Plan, region } from "./layout/plan.js";
import { rowsOf } from "./layout/spec.js";

/** What lanes do by themselves. With `backward`, the loss leaves the gradients of the logits in their place. */
export type LaneVerb = "forward" | "loss" | "backward";

export type ModelItem =
  /** Over lanes: the verbs, in their order. */
  | {
      readonly kind: "lanes";
      readonly window: WindowShape;
      readonly verbs: readonly LaneVerb[];
      readonly dropout?: DropoutPosition;
    }
  /** Over rows of the input projection cache: its gradient; and the cache itself, from new weights. */
  | { readonly kind: "inputProjectionGradient"; readonly window: WindowShape }
  | { readonly kind: "inputProjection"; readonly window: WindowShape }
  /** Over rows of parameters: their gradients. */
  | { readonly kind: "gradients"; readonly window: WindowShape };

/** [from, to): lanes, or rows counted over all parameters. */
export type Range = readonly [from: number, to: number];

/** Runs a range of a work item; calls `enter` as each phase begins. */
export function runRange(
  model: LanguageModel,
  item: ModelItem,
  [from, to]: Range,
  enter?: (phase: Phase) => void,
): void {
  if (from === to) return;
  model.window = item.window;
  switch (item.kind) {
    case "lanes":
      for (const verb of item.verbs) {
        enter?.(verb);
        if (verb === "forward") model.forward(from, to - from, item.dropout);
        else if (verb === "loss") model.loss(from, to - from, item.verbs.includes("backward"));
        else model.backward(from, to - from, item.dropout);
      }
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
      item satisfies never;
  }
}

/** The range of part `part` of `parts`. */
export function partRange(plan: Plan, item: ModelItem, part: number, parts: number): Range {
  switch (item.kind) {
    case "lanes":
      return evenRange(plan.options.lanes, part, parts);
    case "inputProjectionGradient":
      return evenRange(plan.inputProjection?.rows ?? 0, part, parts);
    case "inputProjection":
      return evenRange(plan.inputProjection?.rows ?? 0, part, parts, TILE);
    case "gradients":
      return rowRange(plan, part, parts, (p) => productsIn(plan, p));
    default:
      return item satisfies never;
  }
}

/** Splits `n` into parts of about the same size, each but the last a multiple of `block`. */
function evenRange(n: number, part: number, parts: number, block = 1): Range {
  const bound = (i: number) => (i === parts ? n : Math.floor((i * n) / parts / block) * block);
  return [bound(part), bound(part + 1)];
}

/** Runs the parts of a model's work items, for threads that evaluate or generate. */
export function modelRunner(model: LanguageModel): RunPart<ModelItem> {
  return (item, part, parts) => runRange(model, item, partRange(model.plan, item, part, parts));
}

/** Splits the rows into parts of about the same cost; `cost` is the cost of one row of a parameter. */
export function rowRange(plan: Plan, part: number, parts: number, cost: (p: PlacedParameter) => number): Range {
  const whole = plan.parameters.reduce((sum, p) => sum + p.rows * cost(p), 0);
  const bound = (i: number): number => {
    let left = (whole * i) / parts;
    for (const p of plan.parameters) {
      const rows = left / cost(p);
      // In whole tiles, so that no tile is computed in two halves.
      if (rows < p.rows) return p.firstRow + Math.min(p.rows, Math.round(rows / TILE) * TILE);
      left -= p.rows * cost(p);
    }
    return plan.rows;
  };
  return [bound(part), part + 1 === parts ? plan.rows : bound(part + 1)];
}

const TILE = 16;

/**
 * Cost of a row's gradient: its columns times the terms of its products. A sum or a scatter costs little in comparison.
 */
function productsIn(plan: Plan, p: PlacedParameter): number {
  const positions = plan.options.steps * plan.options.lanes;
  const terms = p.gradient.map((part) => {
    const { rows = positions, width } = region(plan, part.g);
    const { from, to } = rowsOf(part, p.rows);
    return ({ product: rows, through: width, scatter: 1, sum: 1 }[part.kind] * (to - from)) / p.rows;
  });
  return p.cols * terms.reduce((sum, each) => sum + each, positions / 32);
}
