// The work of one update, in pieces that the threads of a pool share: lanes, rows of parameters, rows of the optimizer.
// However the pieces are divided, the result has the same bits. Checks refuse numbers that are not finite before they
// are used.

import { firstNotFinite } from "../../base/math.js";
import type { Arena } from "../../compute/arena.js";
import type { Meter, Profile } from "../../compute/profile.js";
import type { RunPart, WorkerPool } from "../../compute/worker-pool.js";
import type { DropoutPosition, LanguageModel } from "../../model/language-model.js";
import { type Plan, region, rowsBetween } from "../../model/layout/plan.js";
import type { State } from "../../model/layout/state.js";
import { type LaneVerb, type ModelItem, partRange, type Range, rowRange, runRange } from "../../model/work-items.js";
import type { Window } from "../../text/windows/lanes.js";
import { findOptimizer, type OptimizerSettings } from "../settings/optimizer.js";

/** What is wrong with the numbers of a window. The loop says what; `locate` adds where. */
export interface Finding {
  /** The first numbers that are wrong, in the order in which they are used. */
  readonly what: "ids" | "state" | "weights" | "moments" | "loss" | "gradient" | "validation";
  readonly how: "not finite" | "exploded" | "out of range";
  /** The window, from 1, whose update was refused. */
  readonly window: number;
  /** The wrong number; of an explosion the loss in nats, or the norm. As text, since JSON has no NaN. */
  readonly value: string;
  /** The running median of a number that exploded. */
  readonly usual?: number;
  /** The array with the first wrong number, or the largest part: a parameter, `rnn.0.h`, `logits`, `losses` … */
  readonly tensor?: string;
  /** Of a parameter, from 0. */
  readonly row?: number;
  readonly column?: number;
  /** From 0; absent where the array belongs to no layer. */
  readonly layer?: number;
  readonly lane?: number;
  /** Time step in the window, from 0. */
  readonly step?: number;
  /** The lane's text up to that step; or the entry of the vocabulary that a row stands for. */
  readonly text?: string;
}

/** Numbers that broke: nothing was updated with them. It is the one way in which the loop fails. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError";

  /** `measured`: the window and its rate; absent after the update, where a validation or a check finds it. */
  constructor(
    readonly finding: Finding,
    readonly measured?: { readonly window: Window; readonly rate: number },
  ) {
    super(`Window ${finding.window}: ${finding.what} ${finding.how} (${finding.value}).`);
  }
}

/** Pieces of an update, for any thread. `limit` absent: gradients are not clipped by value. */
export type StepItem =
  | ModelItem
  | {
      readonly kind: "update";
      readonly optimizer: string;
      /** The optimizer's own. */
      readonly settings: OptimizerSettings;
      /** The gradient used is clamp(scale · gradient, ±limit). */
      readonly scale: number;
      readonly limit?: number;
      readonly rate: number;
      /** Updates done before this one. */
      readonly done: number;
    };

/** The verbs of one update over the window that the model has loaded, each shared out over a pool. */
export function shareUpdate(pool: WorkerPool<StepItem>, model: LanguageModel, profile?: Profile) {
  const shape = model.window;
  const rowParts = pool.threads === 1 ? 1 : 4 * pool.threads; // more than threads: who is done early takes another
  const cached = model.plan.inputProjection !== undefined;
  const begun = performance.now();
  let shared = 0;
  const run = async (item: StepItem, parts: number) => {
    const from = performance.now();
    await pool.run(item, parts);
    shared += performance.now() - from;
  };
  return {
    /** Over lanes, which do not meet before the gradients: one thread does all verbs of its lanes. */
    async lanes(verbs: readonly LaneVerb[], dropout: DropoutPosition): Promise<void> {
      await run({ kind: "lanes", window: shape, verbs, dropout }, Math.min(pool.threads, model.plan.options.lanes));
    },
    /** Over rows of parameters: the gradient of the sum of the losses. */
    async gradients(): Promise<void> {
      if (cached) await run({ kind: "inputProjectionGradient", window: shape }, rowParts);
      await run({ kind: "gradients", window: shape }, rowParts);
    },
    /** Over rows of parameters: the optimizer. Afterwards the norm is NaN where it met numbers that are not finite. */
    async update(item: Omit<Extract<StepItem, { kind: "update" }>, "kind">): Promise<void> {
      await run({ kind: "update", ...item }, rowParts);
      const sound = Number.isFinite(model.squaredNorm());
      if (cached && sound) await run({ kind: "inputProjection", window: shape }, rowParts);
      profile?.addUpdate(performance.now() - begun, shared);
    },
  };
}

/** The range of lanes or rows that part `part` of `parts` of an item covers. */
export function rangeOf(plan: Plan, item: StepItem, part: number, parts: number): Range {
  return item.kind === "update" ? rowRange(plan, part, parts, (p) => p.cols) : partRange(plan, item, part, parts);
}

/** What each thread does with a part of an item. A meter counts training only, not a text that is scored. */
export function stepRunner(model: LanguageModel, range = rangeOf, meter?: Meter): RunPart<StepItem> {
  return (item, part, parts) => {
    const its = range(model.plan, item, part, parts);
    const enter = item.kind === "lanes" && !item.verbs.includes("backward") ? undefined : meter?.enter;
    if (item.kind === "update") {
      enter?.("update");
      updateRows(model, item, its);
    } else runRange(model, item, its, enter);
    enter?.();
  };
}

/** Elements that are checked and then updated, while they lie in the processor's cache. */
const BLOCK = 32768;

/**
 * The optimizer over rows, which then are packed for the next window. Weights or optimizer arrays that are not finite
 * stay as they are, so that the place can be found, and `squares`, whose numbers were read by then, becomes NaN.
 */
function updateRows(model: LanguageModel, item: Extract<StepItem, { kind: "update" }>, [from, to]: Range): void {
  const { plan, arena } = model;
  const optimizer = findOptimizer(item.optimizer);
  const squares = region(plan, "squares").offset;
  for (const { p, first, last } of rowsBetween(plan, from, to)) {
    const block = Math.max(1, Math.floor(BLOCK / p.cols));
    for (let row = first; row < last; row += block) {
      const at = p.offset + row * p.cols;
      const rows = Math.min(block, last - row);
      const scratch = squares + p.firstRow + row;
      const sound = [plan.weights, ...plan.moments].every((a) => areFinite(arena, a + at, rows, p.cols, scratch));
      arena.reals(scratch, rows).fill(sound ? 0 : Number.NaN);
      if (!sound) return;
      optimizer.step({
        k: arena.kernels,
        h: arena.handle,
        w: plan.weights + at,
        g: plan.gradients + at,
        moments: plan.moments.map((m) => m + at),
        n: rows * p.cols,
        scale: item.scale,
        limit: item.limit ?? Number.POSITIVE_INFINITY,
        rate: item.rate,
        done: item.done,
        settings: item.settings,
      });
    }
  }
  model.packRows(from, to);
}

/** Are all numbers of these rows finite? By sums of squares, at `scratch`; one by one where those overflow. */
function areFinite(arena: Arena, at: number, rows: number, cols: number, scratch: number): boolean {
  arena.kernels.sumSquares(arena.handle, scratch, at, rows, cols);
  return firstNotFinite(arena.reals(scratch, rows)) < 0 || firstNotFinite(arena.reals(at, rows * cols)) < 0;
}

// ── Checks before numbers are used ──────────────────────────────────────────────────────────────────────────────────

/** Throws for an id that is no entry of the vocabulary (−1: a target that does not count): ids are indices. */
export function requireTokens(window: Window, vocabulary: number, number: number, rate: number): void {
  const id = window.inputs.find((id) => !(id >= 0 && id < vocabulary));
  const wrong = id ?? window.targets.find((id) => !(id >= -1 && id < vocabulary));
  if (wrong === undefined) return;
  const finding = { what: "ids", how: "out of range", window: number, value: String(wrong) } as const;
  throw new DivergenceError(finding, { window, rate });
}

/** Is the state finite that one window hands to the next? */
export function isStateFinite({ arrays }: State): boolean {
  return arrays.every(({ data }) => firstNotFinite(data) < 0);
}

/** Are the weights and the optimizer's arrays finite? */
export function areWeightsFinite({ plan, arena }: LanguageModel): boolean {
  return [plan.weights, ...plan.moments].every((at) => firstNotFinite(arena.reals(at, plan.size)) < 0);
}
