// Learning-rate schedules, each a row: its knobs, and the rate as a function of place alone. A place is windows done out of
// windows in all, and the epoch; so any resume finds the same rate without having lived through the ones before.

import { keyword, usageError } from "../base/errors.js";
import type { Knob, KnobValues } from "../base/knob.js";
import { circle } from "../base/math.js";

export interface SchedulePlace {
  /** Windows done before this one, and windows in all. */
  readonly window: number;
  readonly windows: number;
  /** Epochs done. */
  readonly epoch: number;
}

export interface Schedule {
  readonly kind: string;
  readonly knobs: readonly Knob[];
  /** A finished run may be given more epochs: the rates so far do not depend on how many there are in all. */
  readonly mayGrow: boolean;
  /** How many epochs the schedule itself asks for. */
  epochs?(knobs: KnobValues): number;
  /** The rate at a place, from the base rate `lr`. */
  rate(lr: number, at: SchedulePlace, knobs: KnobValues): number;
}

const finalRate: Knob = {
  name: "finalRate",
  group: "training",
  type: "number",
  default: 0,
  min: 0,
  max: 1,
  help: "linear, cosine: where the rate ends, as a share of --lr",
};

const constant: Schedule = { kind: "constant", knobs: [], mayGrow: true, rate: (lr) => lr };

const step: Schedule = {
  kind: "step",
  knobs: [
    {
      name: "rates",
      group: "training",
      type: "text",
      default: undefined,
      form: "a list of epochs:rate, like 4:1e-3,4:1e-4",
      help: "step: how many epochs at which rate; the last rate goes on for as long as there are epochs",
    },
  ],
  mayGrow: true,
  epochs: (knobs) => parseRates(knobs.rates).reduce((sum, { epochs }) => sum + epochs, 0),
  rate(_lr, at, knobs) {
    let end = 0;
    const list = parseRates(knobs.rates);
    for (const { epochs, rate } of list) {
      end += epochs;
      if (at.epoch < end) return rate;
    }
    return list.at(-1)!.rate;
  },
};

const linear: Schedule = {
  kind: "linear",
  knobs: [finalRate],
  mayGrow: false,
  rate: (lr, at, knobs) => between(lr, lr * Number(knobs.finalRate), at.window / at.windows),
};

const cosine: Schedule = {
  kind: "cosine",
  knobs: [finalRate],
  mayGrow: false,
  rate: (lr, at, knobs) => cosineBetween(lr, lr * Number(knobs.finalRate), at.window / at.windows),
};

/** Smith and Topin 2018, as PyTorch's OneCycleLR with cosine legs: up from lr/div to lr, then down to almost nothing. */
const oneCycle: Schedule = {
  kind: "one-cycle",
  knobs: [
    {
      name: "rise",
      group: "training",
      type: "number",
      default: 0.3,
      min: 0,
      max: 1,
      open: "both",
      help: "one-cycle: share of all windows in which the rate rises to --lr",
    },
    {
      name: "div",
      group: "training",
      type: "number",
      default: 25,
      min: 1,
      max: 1e6,
      help: "one-cycle: the rate starts at --lr divided by this",
    },
    {
      name: "finalDiv",
      group: "training",
      type: "number",
      default: 1e4,
      min: 1,
      max: 1e9,
      help: "one-cycle: the rate ends at its start divided by this",
    },
  ],
  mayGrow: false,
  rate(lr, at, knobs) {
    const start = lr / Number(knobs.div);
    const end = start / Number(knobs.finalDiv);
    const peak = Number(knobs.rise) * at.windows - 1;
    if (at.window < peak) return cosineBetween(start, lr, at.window / peak);
    return cosineBetween(lr, end, (at.window - peak) / (at.windows - 1 - peak));
  },
};

/** The only list of them. */
export const schedules: readonly Schedule[] = [constant, step, linear, cosine, oneCycle];

export function findSchedule(kind: string): Schedule {
  const name = keyword(
    "--schedule",
    kind,
    schedules.map((each) => each.kind),
  );
  return schedules.find((each) => each.kind === name)!;
}

/** The rate at a place, warm-up included: over its first `warmup` windows the rate grows in equal steps to the schedule's. */
export function rateAt(schedule: Schedule, lr: number, at: SchedulePlace, warmup: number, knobs: KnobValues): number {
  const rate = schedule.rate(lr, at, knobs);
  return at.window < warmup ? (rate * (at.window + 1)) / (warmup + 1) : rate;
}

/** Reads `4:1e-3,4:1e-4`. */
export function parseRates(text: unknown): { epochs: number; rate: number }[] {
  const wanted = "--rates wants a list of epochs:rate, like 4:1e-3,4:1e-4";
  if (typeof text !== "string" || text === "") throw usageError(`${wanted}; got nothing.`, "Schedule step needs it.");
  return text.split(",").map((part) => {
    const [epochs, rate, more] = part.split(":").map((word) => (word.trim() === "" ? Number.NaN : Number(word)));
    const good =
      more === undefined && Number.isSafeInteger(epochs) && epochs! > 0 && rate! >= 0 && Number.isFinite(rate);
    if (!good) throw usageError(`${wanted}; got ${JSON.stringify(part)}.`);
    return { epochs: epochs!, rate: rate! };
  });
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** Half a wave of cosine from `from` (share 0) to `to` (share 1). */
function cosineBetween(from: number, to: number, share: number): number {
  return to + (from - to) * 0.5 * (1 + circle(share / 2).cos);
}
