// One training step over one window, in the three acts that a pool shares: lanes, ranges of parameter rows, optimizer. Cut in
// any way the result has the same bits. It refuses a loss or gradient that is not finite before anything is updated, and weights or
// moments before they are read.

import type { Arena } from "../../compute/arena.js";
import type { Meter, Profile } from "../../compute/profile.js";
import type { RunPart, WorkerPool } from "../../compute/worker-pool.js";
import type { DropoutPosition, LanguageModel } from "../../model/language-model.js";
import { type Plan, region, rowsBetween } from "../../model/layout/plan.js";
import { type ModelItem, partRange, type Range, rowRange, runRange } from "../../model/work-items.js";
import type { Window } from "../../text/windows/lanes.js";
import { firstBad } from "../divergence/finding.js";
import { findOptimizer, type Optimizer, type OptimizerSettings, optimizerSettings } from "../settings/optimizer.js";

export interface StepSettings {
  readonly optimizer: Optimizer;
  readonly settings: OptimizerSettings;
  /** The rate of this very step. */
  readonly rate: number;
  /** Largest norm of the mean gradient, or largest absolute value of its elements; 0 is off. */
  readonly clip: number;
  readonly clipBy: "norm" | "value";
  /** Updates done before this one. */
  readonly done: number;
  readonly dropout: DropoutPosition;
  /** Asked before the update, of loss (mean nats) and norm that are finite: what else is wrong with them. */
  readonly judge?: (nats: number, norm: number) => "loss" | "gradient" | undefined;
}

/** The acts of a step. `limit` absent: no limit. */
export type StepItem =
  | ModelItem
  | {
      readonly kind: "update";
      readonly optimizer: string;
      /** The optimizer's own. */
      readonly settings: OptimizerSettings;
      readonly scale: number;
      readonly limit?: number;
      readonly rate: number;
      readonly done: number;
    };

export interface StepResult {
  /** Σ of −log p over the counted targets. */
  readonly nats: number;
  readonly counted: number;
  /** Norm of the mean gradient before clipping. */
  readonly norm: number;
  /**
   * What was not finite, or what `judge` says: then nothing was updated. `arrays`: the weights or the optimizer's arrays were not
   * finite before the update; some other rows may be updated by then.
   */
  readonly broken: "loss" | "gradient" | "arrays" | undefined;
}

/** Runs the window from the state that the model holds; leaves the next state there and the weights updated. */
export function trainStep(
  model: LanguageModel,
  window: Window,
  s: StepSettings,
  perform = stepRunner(model),
  threads = 1,
): StepResult {
  const step = stepItems(model, window, s, threads);
  for (;;) {
    const { done, value } = step.next();
    if (done) return value;
    for (let part = 0; part < value.parts; part++) perform(value.act, part, value.parts);
  }
}

/** The same by a pool; `profile` is told how long it took. */
export async function pooledStep(
  pool: WorkerPool<StepItem>,
  model: LanguageModel,
  window: Window,
  s: StepSettings,
  profile?: Profile,
): Promise<StepResult> {
  const begun = performance.now();
  let shared = 0;
  const step = stepItems(model, window, s, pool.threads);
  for (;;) {
    const { done, value } = step.next();
    if (done) {
      profile?.addUpdate(performance.now() - begun, shared);
      return value;
    }
    const from = performance.now();
    await pool.run(value.act, value.parts);
    shared += performance.now() - from;
  }
}

type Share = { readonly act: StepItem; readonly parts: number };

/** The acts of a step, in order: each is to be done before the next is asked for. */
function* stepItems(
  model: LanguageModel,
  window: Window,
  s: StepSettings,
  threads: number,
): Generator<Share, StepResult, void> {
  model.load(window);
  const shape = model.window;
  const lanes = { kind: "lanes", window: shape, backward: true, dropout: s.dropout } as const;
  yield { act: lanes, parts: Math.min(threads, window.lanes) };
  const nats = model.lossSum();
  const counted = Math.max(window.counted, 1);
  if (!Number.isFinite(nats)) return { nats, counted, norm: Number.NaN, broken: "loss" };

  const parts = threads === 1 ? 1 : 4 * threads; // more than threads, so that who is done early takes one more
  const tabled = model.plan.inputProjection !== undefined;
  if (tabled) yield { act: { kind: "inputProjectionGradient", window: shape }, parts };
  yield { act: { kind: "gradients", window: shape }, parts };
  const norm = Math.sqrt(model.squaredNorm()) / counted;
  if (!Number.isFinite(norm)) return { nats, counted, norm, broken: "gradient" };
  const broken = s.judge?.(nats / counted, norm);
  if (broken) return { nats, counted, norm, broken };

  // PyTorch's clip_grad_norm_: the small number keeps a gradient of zero from dividing by zero.
  const shrink = s.clip > 0 && s.clipBy === "norm" ? Math.min(1, s.clip / (norm + 1e-6)) : 1;
  const update: StepItem = {
    kind: "update",
    optimizer: s.optimizer.kind,
    settings: optimizerSettings(s.settings),
    scale: shrink / counted,
    ...(s.clip > 0 && s.clipBy === "value" && { limit: s.clip }),
    rate: s.rate,
    done: s.done,
  };
  yield { act: update, parts };
  if (!Number.isFinite(model.squaredNorm())) return { nats, counted, norm, broken: "arrays" };
  if (tabled) yield { act: { kind: "inputProjection", window: shape }, parts };
  return { nats, counted, norm, broken: undefined };
}

/** Part `part` of `parts` of an act. */
export function cutStep(plan: Plan, act: StepItem, part: number, parts: number): Range {
  return act.kind === "update" ? rowRange(plan, part, parts, (p) => p.cols) : partRange(plan, act, part, parts);
}

/** What each thread of a step does with a part of an act. A meter counts what is training: not a text that is only scored. */
export function stepRunner(model: LanguageModel, cut = cutStep, meter?: Meter): RunPart<StepItem> {
  return (act, part, parts) => {
    const range = cut(model.plan, act, part, parts);
    const enter = act.kind === "lanes" && !act.backward ? undefined : meter?.enter;
    if (act.kind === "update") {
      enter?.("update");
      updateRows(model, act, range);
    } else runRange(model, act, range, enter);
    enter?.();
  };
}

/** Elements that are looked at and then stepped, while they lie in the cache. */
const BLOCK = 32768;

/**
 * The optimizer over rows, which then are packed for the next window. Where what it would read is not finite it leaves that as it
 * is, so that the place can be found, and NaN in `squares`, whose numbers were read by then.
 */
function updateRows(model: LanguageModel, act: Extract<StepItem, { kind: "update" }>, [from, to]: Range): void {
  const { plan, arena } = model;
  const optimizer = findOptimizer(act.optimizer);
  const squares = region(plan, "squares").offset;
  for (const { p, first, last } of rowsBetween(plan, from, to)) {
    const block = Math.max(1, Math.floor(BLOCK / p.cols));
    for (let row = first; row < last; row += block) {
      const [at, rows, scratch] = [p.offset + row * p.cols, Math.min(block, last - row), squares + p.firstRow + row];
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
        scale: act.scale,
        limit: act.limit ?? Number.POSITIVE_INFINITY,
        rate: act.rate,
        done: act.done,
        settings: act.settings,
      });
    }
  }
  model.packRows(from, to);
}

/** Are all numbers of these rows finite? By their sums of squares, left at `scratch`; one by one only where those overflow. */
function areFinite(arena: Arena, at: number, rows: number, cols: number, scratch: number): boolean {
  arena.kernels.sumSquares(arena.handle, scratch, at, rows, cols);
  return firstBad(arena.reals(scratch, rows)) < 0 || firstBad(arena.reals(at, rows * cols)) < 0;
}
