// Learning-rate schedules, each a row: its settings, and the rate as a function of place alone. A place is windows done
// out of windows in all, and the epoch; so any resume finds the same rate without having lived through the ones before.
// Cycles, and a schedule made of others one after another, are functions of place too.

import { keyword, shown, usageError } from "../../base/errors.js";
import { circle } from "../../base/math.js";
import type { SettingRow } from "../../base/setting.js";
import type { CheckedSettings } from "./settings.js";

export interface SchedulePlace {
  /** Windows done before this one, and windows in all. */
  readonly window: number;
  readonly windows: number;
  /** Epochs done. */
  readonly epoch: number;
  /** The number of windows before an epoch begins, whether it is done or still to come. */
  readonly begins: (epoch: number) => number;
}

export interface Schedule {
  readonly kind: string;
  readonly settings: readonly SettingRow[];
  /** Other schedules that it goes through; their settings count as its own. */
  within?(settings: CheckedSettings): readonly Schedule[];
  /** A finished run may be given more epochs: the rates so far do not depend on how many there are in all. */
  mayGrow(settings: CheckedSettings): boolean;
  /** How many epochs the schedule itself asks for. */
  epochs?(settings: CheckedSettings): number;
  /** The rate at a place, from the base rate `lr`. */
  rate(lr: number, at: SchedulePlace, settings: CheckedSettings): number;
  /** The cycle that a place belongs to, from 0; absent, or undefined, where there are none. */
  cycle?(at: SchedulePlace, settings: CheckedSettings): number | undefined;
}

const RATES = "a list of epochs:rate or epochs:rate:schedule, like 4:1e-3,4:1e-4";

const always = () => true;
const never = () => false;

const finalRate = {
  name: "finalRate",
  group: "training",
  type: "number",
  default: 0,
  min: 0,
  max: 1,
  help: "linear, cosine: final learning rate, as a share of lr",
} as const satisfies SettingRow;

const constant: Schedule = { kind: "constant", settings: [], mayGrow: always, rate: (lr) => lr };

const piecewise: Schedule = {
  kind: "piecewise",
  settings: [
    {
      name: "rates",
      group: "training",
      type: "text",
      default: undefined,
      form: RATES,
      help: "piecewise: epochs at each learning rate, constant or by the schedule named",
    },
  ],
  within: (settings) => parseRates(settings.rates).map(({ schedule }) => schedule),
  mayGrow: (settings) => parseRates(settings.rates).at(-1)!.schedule.mayGrow(settings),
  epochs: (settings) => parseRates(settings.rates).reduce((sum, { epochs }) => sum + epochs, 0),
  rate(_lr, at, settings) {
    const { schedule, rate, place } = partsOf(at, settings).at(-1)!;
    return schedule.rate(rate, place, settings);
  },
  /** Counted through all parts. */
  cycle(at, settings) {
    const parts = partsOf(at, settings);
    const last = parts.at(-1)!;
    const now = last.schedule.cycle?.(last.place, settings);
    const ended = parts.slice(0, -1).map(({ schedule, place }) => {
      const cycle = schedule.cycle?.({ ...place, window: place.windows - 1 }, settings);
      return cycle === undefined ? 0 : cycle + 1;
    });
    return now === undefined ? undefined : ended.reduce((sum, n) => sum + n, now);
  },
};

/** The parts of `rates` up to the one that a place is in, each with the place as seen from its own beginning. */
function partsOf(at: SchedulePlace, settings: CheckedSettings) {
  const list = parseRates(settings.rates);
  const parts: { schedule: Schedule; rate: number; place: SchedulePlace }[] = [];
  let start = 0;
  for (const [i, { epochs, rate, schedule }] of list.entries()) {
    const from = at.begins(start);
    const first = start;
    const end = i === list.length - 1 ? at.windows : at.begins(start + epochs);
    const begins = (epoch: number) => at.begins(first + epoch) - from;
    const place = { window: at.window - from, windows: end - from, epoch: at.epoch - first, begins };
    parts.push({ schedule, rate, place });
    start += epochs;
    if (at.epoch < start) break;
  }
  return parts;
}

const linear: Schedule = {
  kind: "linear",
  settings: [finalRate],
  mayGrow: never,
  rate: (lr, at, settings) => between(lr, lr * settings.finalRate, at.window / at.windows),
};

const cosine: Schedule = {
  kind: "cosine",
  settings: [finalRate],
  mayGrow: never,
  rate: (lr, at, settings) => cosineBetween(lr, lr * settings.finalRate, at.window / at.windows),
};

/**
 * Smith and Topin 2018, as PyTorch's OneCycleLR with cosine legs: up from lr/div to lr, then down to almost nothing.
 */
const oneCycle: Schedule = {
  kind: "one-cycle",
  settings: [
    {
      name: "pctStart",
      group: "training",
      type: "number",
      default: 0.3,
      min: 0,
      max: 1,
      open: "both",
      help: "one-cycle: share of all updates in which the learning rate rises",
    },
    {
      name: "divFactor",
      group: "training",
      type: "number",
      default: 25,
      min: 1,
      max: 1e6,
      help: "one-cycle: initial learning rate is lr divided by this",
    },
    {
      name: "finalDivFactor",
      group: "training",
      type: "number",
      default: 1e4,
      min: 1,
      max: 1e9,
      help: "one-cycle: final learning rate is the initial one divided by this",
    },
  ],
  mayGrow: never,
  rate(lr, at, settings) {
    const start = lr / settings.divFactor;
    const end = start / settings.finalDivFactor;
    const peak = settings.pctStart * at.windows - 1;
    if (at.window < peak) return cosineBetween(start, lr, at.window / peak);
    return cosineBetween(lr, end, (at.window - peak) / (at.windows - 1 - peak));
  },
};

/**
 * fastai 0.7's CosAnneal: half a cosine from lr to nothing in every cycle, each `cycleMult` times as long as the one
 * before; in the first twentieth of the first cycle the rate is lr/100, while the cycle's own count goes on. (fastai
 * compares the windows of all cycles with a twentieth of the present one: where a cycle is over twenty times the one
 * before, it begins slowly too.)
 *
 * fastai takes for the first cycle's windows its loader's length, ⌊n/bptt⌋ − 1 for lanes of n tokens, and its loader
 * really gives fewer: so its cycles drift behind the epochs, and the last one does not come to its end. `cycle` set to
 * that number gives the same. Left unset, a cycle is a whole number of epochs with the windows they really have, and
 * ends with one.
 *
 * fastai calls back, and the lesson saves, when it asks for the rate of a cycle's last window; here a cycle ends when
 * that window is done. Its rate is almost nothing.
 */
const cosAnneal: Schedule = {
  kind: "cos-anneal",
  settings: [
    {
      name: "cycle",
      group: "training",
      type: "integer",
      default: undefined,
      min: 2,
      max: 1e9,
      unit: "windows",
      help: "cos-anneal: length of the first cycle; unset: one epoch",
    },
    {
      name: "cycleMult",
      group: "training",
      type: "integer",
      default: 1,
      min: 1,
      max: 1e6,
      help: "cos-anneal: length of a cycle over that of the one before",
    },
  ],
  mayGrow: never,
  rate(lr, at, settings) {
    const { from, windows } = cycleAt(at, settings);
    return at.window < windows / 20 ? lr / 100 : cosineBetween(lr, 0, (at.window - from) / windows);
  },
  cycle: (at, settings) => cycleAt(at, settings).cycle,
};

/** The cycle of a place: its number, its first window and how many it has. */
function cycleAt(at: SchedulePlace, settings: CheckedSettings): { cycle: number; from: number; windows: number } {
  const first = settings.cycle;
  const boundary = (units: number) => (first === undefined ? at.begins(units) : units * first);
  let cycle = 0;
  let begin = 0;
  let length = 1;
  while (boundary(begin + length) <= at.window) {
    begin += length;
    length *= settings.cycleMult;
    cycle += 1;
  }
  const from = boundary(begin);
  return { cycle, from, windows: boundary(begin + length) - from };
}

/** The only list of them. */
export const schedules: readonly Schedule[] = [constant, piecewise, linear, cosine, oneCycle, cosAnneal];

export function findSchedule(kind: string): Schedule {
  const name = keyword(
    "schedule",
    kind,
    schedules.map((each) => each.kind),
  );
  return schedules.find((each) => each.kind === name)!;
}

/**
 * The rate at a place, warm-up included: over its first `warmup` windows the rate grows in equal steps to the
 * schedule's.
 */
export function rateAt(
  schedule: Schedule,
  lr: number,
  at: SchedulePlace,
  warmup: number,
  settings: CheckedSettings,
): number {
  const rate = schedule.rate(lr, at, settings);
  return at.window < warmup ? (rate * (at.window + 1)) / (warmup + 1) : rate;
}

/**
 * The cycle, from 1, that ends with the window at `at`; undefined where none does. `next` is the place of the window
 * after it, absent after the last of a run: that one ends a cycle whatever is left of it, as the end of a part of
 * `rates` does.
 */
export function endingCycle(
  schedule: Schedule,
  at: SchedulePlace,
  next: SchedulePlace | undefined,
  settings: CheckedSettings,
): number | undefined {
  const cycle = schedule.cycle?.(at, settings);
  const goesOn = cycle === undefined || (next !== undefined && schedule.cycle?.(next, settings) === cycle);
  return goesOn ? undefined : cycle + 1;
}

/** Reads `4:1e-3,4:1e-4` and `2:1e-2,15:1e-2:cos-anneal`. */
export function parseRates(text: string | undefined): { epochs: number; rate: number; schedule: Schedule }[] {
  if (text === undefined || text === "") {
    throw usageError(`rates wants ${RATES}; got nothing.`, 'The schedule "piecewise" needs it.', "rates");
  }
  const inner = new Map(schedules.filter((each) => each !== piecewise).map((each) => [each.kind, each]));
  return text.split(",").map((part) => {
    const [first, second, kind = constant.kind, more] = part.split(":").map((word) => word.trim());
    const epochs = first ? Number(first) : Number.NaN;
    const rate = second ? Number(second) : Number.NaN;
    const schedule = inner.get(kind);
    const numbers = Number.isSafeInteger(epochs) && epochs > 0 && rate >= 0 && Number.isFinite(rate);
    if (numbers && schedule !== undefined && more === undefined) return { epochs, rate, schedule };
    const hint = numbers ? `The schedules are ${[...inner.keys()].join(", ")}.` : undefined;
    throw usageError(`rates wants ${RATES}; got ${shown(part)}.`, hint, "rates");
  });
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** Half a wave of cosine from `from` (share 0) to `to` (share 1). */
function cosineBetween(from: number, to: number, share: number): number {
  return to + (from - to) * 0.5 * (1 + circle(share / 2).cos);
}
