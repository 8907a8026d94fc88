// The optimizers, each a row: its settings, how many arrays as large as the parameters it keeps, and one step over a flat part of
// them. They are PyTorch's; the arithmetic is one kernel each. In order of complexity.

import { keyword } from "../../base/errors.js";
import { powerOf } from "../../base/math.js";
import type { SettingRow, SettingValues } from "../../base/setting.js";
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
  readonly settings: SettingValues;
}

export interface Optimizer {
  readonly kind: string;
  readonly settings: readonly SettingRow[];
  /** Arrays as large as the parameters that it keeps, all zero at first. */
  moments(settings: SettingValues): number;
  step(s: OptimizerStep): void;
}

const decay: SettingRow = {
  name: "weightDecay",
  group: "training",
  type: "number",
  default: 0,
  min: 0,
  max: 1,
  help: "weight decay: added to the gradient (L2) by sgd, adam and rmsprop, taken from the weights by adamw",
};
const eps: SettingRow = {
  name: "eps",
  group: "training",
  type: "number",
  default: 1e-8,
  min: 0,
  max: 1,
  open: "min",
  help: "adam, adamw, rmsprop: added to the root, so that nothing is divided by zero",
};

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
      help: "sgd: share of the last step that is taken again",
    },
    decay,
  ],
  moments: (settings) => (number(settings, "momentum") > 0 ? 1 : 0),
  step(s) {
    const momentum = number(s.settings, "momentum");
    const m = momentum > 0 ? s.moments[0]! : NONE;
    s.k.sgd(s.h, s.w, s.g, m, s.n, s.scale, s.limit, s.rate, momentum, number(s.settings, "weightDecay"));
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
      help: "rmsprop: how much of the running mean of squares is kept",
    },
    eps,
    decay,
  ],
  moments: () => 1,
  step(s) {
    const [alpha, epsilon, l2] = [
      number(s.settings, "alpha"),
      number(s.settings, "eps"),
      number(s.settings, "weightDecay"),
    ];
    s.k.rmsprop(s.h, s.w, s.g, s.moments[0]!, s.n, s.scale, s.limit, s.rate, alpha, epsilon, l2);
  },
};

/** Adam and AdamW differ in where the decay goes, and in nothing else. */
function adamLike(kind: "adam" | "adamw"): Optimizer {
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
        help: "adam, adamw: how much of the running mean of gradients is kept",
      },
      {
        name: "beta2",
        group: "training",
        type: "number",
        default: 0.999,
        min: 0,
        max: 1,
        open: "max",
        help: "adam, adamw: how much of the running mean of squares is kept",
      },
      eps,
      decay,
    ],
    moments: () => 2,
    step(s) {
      const [beta1, beta2] = [number(s.settings, "beta1"), number(s.settings, "beta2")];
      const step = s.rate / (1 - powerOf(beta1, s.done + 1));
      const root = Math.sqrt(1 - powerOf(beta2, s.done + 1));
      const weightDecay = number(s.settings, "weightDecay");
      const l2 = kind === "adam" ? weightDecay : 0;
      const shrink = kind === "adamw" ? 1 - s.rate * weightDecay : 1;
      const [m, v] = [s.moments[0]!, s.moments[1]!];
      s.k.adam(
        s.h,
        s.w,
        s.g,
        m,
        v,
        s.n,
        s.scale,
        s.limit,
        step,
        beta1,
        beta2,
        number(s.settings, "eps"),
        root,
        l2,
        shrink,
      );
    },
  };
}

/** The only list of them. */
export const optimizers: readonly Optimizer[] = [sgd, rmsprop, adamLike("adam"), adamLike("adamw")];

export function findOptimizer(kind: string): Optimizer {
  const name = keyword(
    "--optimizer",
    kind,
    optimizers.map((each) => each.kind),
  );
  return optimizers.find((each) => each.kind === name)!;
}

function number(settings: SettingValues, name: string): number {
  const value = settings[name];
  if (typeof value !== "number") throw new Error(`the optimizer's setting ${name} is missing`);
  return value;
}
