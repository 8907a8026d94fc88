// One training step over one window, in the three phases that workers will share: lanes, ranges of parameter rows, optimizer.
// Cut in any way the result has the same bits. It refuses numbers that are not finite before anything is updated.

import type { KnobValues } from "../base/knob.js";
import type { DropoutPlace, LanguageModel } from "../model/language-model.js";
import type { Window } from "../text/lanes.js";
import type { Optimizer } from "./optimizer.js";

export interface StepSettings {
  readonly optimizer: Optimizer;
  readonly knobs: KnobValues;
  /** The rate of this very step. */
  readonly rate: number;
  /** Largest norm of the mean gradient, or largest absolute value of its elements; 0 is off. */
  readonly clip: number;
  readonly clipBy: "norm" | "value";
  /** Updates done before this one. */
  readonly done: number;
  readonly dropout: DropoutPlace;
}

/** Where lanes and parameter rows are cut: rising boundaries, the first 0 and the last the whole. */
export interface Cuts {
  readonly lanes: readonly number[];
  readonly rows: readonly number[];
}

export interface StepResult {
  /** Σ of −log p over the counted targets. */
  readonly nats: number;
  readonly counted: number;
  /** Norm of the mean gradient before clipping. */
  readonly norm: number;
  /** What was not finite, in which case nothing was updated. */
  readonly broken: "loss" | "gradient" | undefined;
}

/** Runs the window from the state that the model holds; leaves the next state there and the weights updated. */
export function trainStep(model: LanguageModel, window: Window, s: StepSettings, cuts = whole(model)): StepResult {
  model.load(window);
  for (const [from, to] of parts(cuts.lanes)) {
    model.forward(from, to - from, s.dropout);
    model.loss(from, to - from, true);
    model.backward(from, to - from, s.dropout);
  }
  const nats = model.lossSum();
  const counted = Math.max(window.counted, 1);
  if (!Number.isFinite(nats)) return { nats, counted, norm: Number.NaN, broken: "loss" };

  for (const [from, to] of parts(cuts.rows)) model.gradients(from, to);
  const norm = Math.sqrt(model.squaredNorm()) / counted;
  if (!Number.isFinite(norm)) return { nats, counted, norm, broken: "gradient" };

  // PyTorch's clip_grad_norm_: the small number keeps a gradient of zero from dividing by zero.
  const shrink = s.clip > 0 && s.clipBy === "norm" ? Math.min(1, s.clip / (norm + 1e-6)) : 1;
  const limit = s.clip > 0 && s.clipBy === "value" ? s.clip : Number.POSITIVE_INFINITY;
  const { plan, arena } = model;
  for (const [from, to] of parts(cuts.rows)) {
    const [start, end] = model.elements(from, to);
    s.optimizer.step({
      k: arena.kernels,
      h: arena.handle,
      w: plan.weights + start,
      g: plan.gradients + start,
      moments: plan.moments.map((m) => m + start),
      n: end - start,
      scale: shrink / counted,
      limit,
      rate: s.rate,
      done: s.done,
      knobs: s.knobs,
    });
    model.pack(from, to);
  }
  return { nats, counted, norm, broken: undefined };
}

/** One part of everything. */
export function whole(model: LanguageModel): Cuts {
  return { lanes: [0, model.plan.options.lanes], rows: [0, model.plan.rows] };
}

function* parts(bounds: readonly number[]): Generator<[from: number, to: number]> {
  for (let i = 1; i < bounds.length; i++) if (bounds[i - 1]! < bounds[i]!) yield [bounds[i - 1]!, bounds[i]!];
}
