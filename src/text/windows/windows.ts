// Window lengths: a table of rules, and the iteration over the windows of an epoch. A length is a function of the seed
// and the window's number over all epochs, so that a resumed run has the same windows.

import { normal, Purpose, uniform } from "../../base/random.js";
import type { SettingRow } from "../../base/setting.js";

interface Rule {
  /** Length of a window, unless the lanes end before. */
  length(bptt: number, seed: number, window: number): number;
  /** The largest length. */
  max(bptt: number): number;
  /**
   * The largest number of windows in an epoch over lanes of `positions`; if absent, windows go on until the lanes end.
   */
  most?(bptt: number, positions: number): number;
  /** Windows differ in length. */
  readonly varies?: true;
  /** The learning rate is in proportion to a window's length, where `lrRescale` does not say. */
  readonly rescales?: true;
}

/**
 * AWD-LSTM's random length (Merity, Keskar, Socher 2017, main.py): bptt, or half of it once in 20, plus noise; at least
 * 5.
 */
function varied(bptt: number, seed: number, window: number): number {
  const base = uniform(seed, Purpose.windowLength, window) < 0.95 ? bptt : bptt / 2;
  return Math.max(5, Math.trunc(base + 5 * normal(seed, Purpose.windowLength, window, 0, 1)));
}

const windowRules = {
  fixed: { length: (bptt) => bptt, max: (bptt) => bptt },
  /** AWD-LSTM, with fastai's upper bound. */
  awd: {
    length: (bptt, seed, window) => Math.min(varied(bptt, seed, window), bptt + 25),
    max: (bptt) => bptt + 25,
    varies: true,
    rescales: true,
  },
  /**
   * fastai 0.7's LanguageModelLoader (nlp.py): AWD-LSTM's length; an epoch ends after ⌊n / bptt⌋ − 1 windows (n tokens
   * per lane), even if the lanes go on. fastai has no upper bound; buffers need one, so it is eight standard deviations
   * away.
   */
  lesson: {
    length: (bptt, seed, window) => Math.min(varied(bptt, seed, window), bptt + 40),
    max: (bptt) => bptt + 40,
    varies: true,
    most: (bptt, positions) => Math.max(1, Math.floor((positions + 1) / bptt) - 1),
  },
} as const satisfies Record<WindowRule, Rule>;

/** Rule for the lengths of windows. */
export type WindowRule = "fixed" | "awd" | "lesson";

/** Parameters of the length of every window. */
export interface WindowPlan {
  readonly rule: WindowRule;
  readonly bptt: number;
  readonly seed: number;
}

/** The row of `windowRule`. The row of `bptt` is beside that of `batch` (training/settings/). */
export const windowSettings = [
  {
    name: "windowRule",
    group: "lanes and windows",
    type: "choice",
    default: "fixed",
    choices: Object.keys(windowRules),
    help: "window length: bptt, varied as in AWD-LSTM, or varied as in fastai 0.7",
  },
] as const satisfies readonly SettingRow[];

/** The length of a window by its number, unless the lanes end before. */
export function windowLength(rule: WindowRule, bptt: number, seed: number, window: number): number {
  return windowRules[rule].length(bptt, seed, window);
}

/** The longest window of a rule, for which buffers are planned. */
export function maxWindow(rule: WindowRule, bptt: number): number {
  return windowRules[rule].max(bptt);
}

/** The largest number of windows in an epoch; Infinity if windows go on until the lanes end. */
export function mostWindows(rule: WindowRule, bptt: number, positions: number): number {
  const { most }: Rule = windowRules[rule];
  return most?.(bptt, positions) ?? Number.POSITIVE_INFINITY;
}

/** Whether the windows of a rule differ in length. */
export function varies(rule: WindowRule): boolean {
  const { varies: differ }: Rule = windowRules[rule];
  return differ === true;
}

/** Whether a rule scales the learning rate with the window's length by itself. */
export function rescales(rule: WindowRule): boolean {
  const { rescales: scales }: Rule = windowRules[rule];
  return scales === true;
}

/** One window of an epoch: its number over all epochs, its first position, and its length. */
export interface WindowRange {
  readonly window: number;
  readonly at: number;
  readonly steps: number;
}

/**
 * The windows of an epoch over lanes of `positions`, from window number `window`. The last one has the remaining
 * positions, and is never empty.
 */
export function* epochWindows(plan: WindowPlan, positions: number, window: number): Generator<WindowRange> {
  let at = 0;
  for (let left = mostWindows(plan.rule, plan.bptt, positions); left > 0 && at < positions; left--) {
    const steps = Math.min(windowLength(plan.rule, plan.bptt, plan.seed, window), positions - at);
    yield { window, at, steps };
    at += steps;
    window += 1;
  }
}

/**
 * Number of windows in `epochs` whole epochs that begin with window number `firstWindow`. It iterates over them all.
 */
export function countWindows(plan: WindowPlan, positions: number, epochs: number, firstWindow = 0): number {
  let next = firstWindow;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { window } of epochWindows(plan, positions, next)) next = window + 1;
  }
  return next - firstWindow;
}
