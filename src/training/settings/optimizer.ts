// The optimizers, each a row: its settings, how many arrays as large as the parameters it keeps, and one step over a
// flat part of them. They are PyTorch's; the arithmetic is one kernel each. In order of complexity.

import { keyword } from "../../base/errors.js";
import { powerOf } from "../../base/math.js";
import type { SettingRow } from "../../base/setting.js";
import { type Handle, type Kernels, NONE } from "../../compute/kernels.js";

/** What one step over a part of the parameters gets. Offsets are of the part's first element. */
export interface OptimizerStep {
  readonly k: Kernels;
  readonly h: Handle;
  readonly w: number;
  readonly g: number;
  readonly moments: readonly number[];
  readonly n: number;
  /** The gradient used is clamp(scale · g, ±limit). */
  readonly scale: number;
  readonly limit: number;
  readonly rate: number;
  /** Updates done before this one. */
  readonly done: number;
  readonly settings: OptimizerSettings;
}

/** The settings of all optimizers. */
export type OptimizerSettings = Readonly<
  Record<"momentum" | "alpha" | "beta1" | "beta2" | "eps" | "weightDecay", number>
>;

/** What an update needs of the settings. */
export function optimizerSettings(k: OptimizerSettings): OptimizerSettings {
  const { momentum, alpha, beta1, beta2, eps, weightDecay } = k;
  return { momentum, alpha, beta1, beta2, eps, weightDecay };
}

export interface Optimizer {
  readonly kind: string;
  readonly settings: readonly SettingRow[];
  /** Arrays as large as the parameters that it keeps, all zero at first. */
  moments(settings: OptimizerSettings): number;
  step(s: OptimizerStep): void;
}

const decay = {
  name: "weightDecay",
  group: "training",
  type: "number",
  default: 0,
  min: 0,
  max: 1,
  help: "weight decay: added to the gradient (L2), or, for adamw, taken from the weights",
} as const satisfies SettingRow;
const epsilon = {
  name: "eps",
  group: "training",
  type: "number",
  default: 1e-8,
  min: 0,
  max: 1,
  open: "min",
  help: "adam, adamw, rmsprop: term added to the denominator",
} as const satisfies SettingRow;

const sgd: Optimizer = {
  kind: "sgd",
  settings: [
    {
      name: "momentum",
      group: "training",
      type: "number",
      default: 0,
      min: 0,
      max: 1,
      open: "max",
      help: "sgd: momentum; 0 is off",
    },
    decay,
  ],
  moments: (settings) => (settings.momentum > 0 ? 1 : 0),
  step(s) {
    const { momentum, weightDecay } = s.settings;
    const m = momentum > 0 ? s.moments[0]! : NONE;
    s.k.sgd(s.h, s.w, s.g, m, s.n, s.scale, s.limit, s.rate, momentum, weightDecay);
  },
};

const rmsprop: Optimizer = {
  kind: "rmsprop",
  settings: [
    {
      name: "alpha",
      group: "training",
      type: "number",
      default: 0.99,
      min: 0,
      max: 1,
      open: "max",
      help: "rmsprop: decay of the running mean of squares",
    },
    epsilon,
    decay,
  ],
  moments: () => 1,
  step(s) {
    const { alpha, eps, weightDecay } = s.settings;
    s.k.rmsprop(s.h, s.w, s.g, s.moments[0]!, s.n, s.scale, s.limit, s.rate, alpha, eps, weightDecay);
  },
};

/** Adam, or AdamW, whose weight decay is decoupled from the gradient. */
function adamLike(kind: string, decoupled: boolean): Optimizer {
  return {
    kind,
    settings: [
      {
        name: "beta1",
        group: "training",
        type: "number",
        default: 0.9,
        min: 0,
        max: 1,
        open: "max",
        help: "adam, adamw: decay of the running mean of gradients",
      },
      {
        name: "beta2",
        group: "training",
        type: "number",
        default: 0.999,
        min: 0,
        max: 1,
        open: "max",
        help: "adam, adamw: decay of the running mean of squares",
      },
      epsilon,
      decay,
    ],
    moments: () => 2,
    step(s) {
      const { beta1, beta2, eps, weightDecay } = s.settings;
      const step = s.rate / (1 - powerOf(beta1, s.done + 1));
      const root = Math.sqrt(1 - powerOf(beta2, s.done + 1));
      const l2 = decoupled ? 0 : weightDecay;
      const shrink = decoupled ? 1 - s.rate * weightDecay : 1;
      const m = s.moments[0]!;
      const v = s.moments[1]!;
      s.k.adam(s.h, s.w, s.g, m, v, s.n, s.scale, s.limit, step, beta1, beta2, eps, root, l2, shrink);
    },
  };
}

/** The only list of them. */
export const optimizers: readonly Optimizer[] = [sgd, rmsprop, adamLike("adam", false), adamLike("adamw", true)];

export function findOptimizer(kind: string): Optimizer {
  const name = keyword(
    "optimizer",
    kind,
    optimizers.map((each) => each.kind),
  );
  return optimizers.find((each) => each.kind === name)!;
}
