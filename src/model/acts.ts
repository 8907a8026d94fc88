// What a model does with a window, as acts that any thread may do a part of, and where each act is cut. Parts are lanes or rows
// of parameters; whatever the cut, the bits are the same. Who does which part is compute/crew.ts's.

import type { Perform } from "../compute/crew.js";
import type { Phase } from "../compute/profile.js";
import type { DropoutPlace, LanguageModel } from "./language-model.js";
import type { WindowShape } from "./layer.js";
import type { PlacedParameter, Plan } from "./plan.js";

export type ModelAct =
  /** Over lanes: forward and loss, and the way back where `backward`. */
  | {
      readonly kind: "lanes";
      readonly window: WindowShape;
      readonly backward: boolean;
      readonly dropout?: DropoutPlace;
    }
  /** Over rows of parameters: their gradients. */
  | { readonly kind: "gradients"; readonly window: WindowShape };

/** [from, to): lanes, or rows of all parameters' rows. */
export type Range = readonly [from: number, to: number];

/** Does the act over a range; `enter` is told what begins. */
export function performOver(
  model: LanguageModel,
  act: ModelAct,
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
    case "gradients":
      enter?.("gradients");
      model.gradients(from, to);
      return;
    default:
      act satisfies never;
  }
}

/** Part `part` of `parts`. */
export function cutOf(plan: Plan, act: ModelAct, part: number, parts: number): Range {
  switch (act.kind) {
    case "lanes": {
      const { lanes } = plan.options;
      return [Math.floor((part * lanes) / parts), Math.floor(((part + 1) * lanes) / parts)];
    }
    case "gradients":
      return cutRows(plan, part, parts, productsIn);
    default:
      return act satisfies never;
  }
}

/** What each thread that only reads a model does. */
export function modelPerformer(model: LanguageModel): Perform<ModelAct> {
  return (act, part, parts) => performOver(model, act, cutOf(model.plan, act, part, parts));
}

/** Rows in parts that cost about the same; `cost` is that of one row of a parameter. */
export function cutRows(plan: Plan, part: number, parts: number, cost: (p: PlacedParameter) => number): Range {
  const whole = plan.parameters.reduce((sum, p) => sum + p.rows * cost(p), 0);
  const bound = (i: number): number => {
    let left = (whole * i) / parts;
    for (const p of plan.parameters) {
      const rows = left / cost(p);
      // In blocks of a tile, so that none is computed in two halves.
      if (rows < p.rows) return p.row0 + Math.min(p.rows, Math.round(rows / TILE) * TILE);
      left -= p.rows * cost(p);
    }
    return plan.rows;
  };
  return [bound(part), part + 1 === parts ? plan.rows : bound(part + 1)];
}

const TILE = 16;

/** What a row's gradient costs: its columns once for each product over the window; a sum or a scattering is nothing beside. */
function productsIn(p: PlacedParameter): number {
  return p.cols * (p.gradient.filter((each) => each.kind === "product").length + 1 / 32);
}
