// How long each window is: a table of rules, and the walk over one epoch's windows. A length is a function of the seed and
// the window's number, counted over all epochs, so that a resumed run cuts as the whole one did.

import { normal, Purpose, uniform } from "../../base/random.js";
import type { SettingRow } from "../../base/setting.js";

interface Rule {
  /** Positions of a window, before the end of the lanes cuts it. */
  length(bptt: number, seed: number, window: number): number;
  /** The most that `length` gives. */
  max(bptt: number): number;
  /** Windows of an epoch over lanes of so many positions, at most; where absent, until the lanes end. */
  most?(bptt: number, positions: number): number;
}

/** AWD-LSTM's draw (Merity, Keskar, Socher 2017, main.py): mostly bptt, now and then half of it, with noise, and at least 5. */
function varied(bptt: number, seed: number, window: number): number {
  const base = uniform(seed, Purpose.windowLength, window) < 0.95 ? bptt : bptt / 2;
  return Math.max(5, Math.trunc(base + 5 * normal(seed, Purpose.windowLength, window, 0, 1)));
}

export const windowRules = {
  fixed: { length: (bptt) => bptt, max: (bptt) => bptt },
  /** AWD-LSTM, with fastai's upper bound. */
  awd: {
    length: (bptt, seed, window) => Math.min(varied(bptt, seed, window), bptt + 25),
    max: (bptt) => bptt + 25,
  },
  /**
   * fastai 0.7's LanguageModelLoader (nlp.py): AWD-LSTM's draw, and an epoch ends after ⌊n / bptt⌋ − 1 windows, n tokens a
   * lane, also where the lanes have more. It has no upper bound; buffers want one, eight deviations away.
   */
  lesson: {
    length: (bptt, seed, window) => Math.min(varied(bptt, seed, window), bptt + 40),
    max: (bptt) => bptt + 40,
    most: (bptt, positions) => Math.max(1, Math.floor((positions + 1) / bptt) - 1),
  },
} as const satisfies Record<string, Rule>;

export type WindowRule = keyof typeof windowRules;

/** What decides every window's length. */
export interface WindowPlan {
  readonly rule: WindowRule;
  readonly bptt: number;
  readonly seed: number;
}

/** `windowRule` alone; `bptt` stands beside `batch` where lanes are chosen. */
export const windowSettings = [
  {
    name: "windowRule",
    group: "lanes and windows",
    type: "choice",
    default: "fixed",
    choices: Object.keys(windowRules),
    help: "how long windows are: always bptt; varied around it as AWD-LSTM does; or so, and with fastai 0.7's early end of an epoch",
  },
] as const satisfies readonly SettingRow[];

/** The length of a window by its number, before the end of the lanes cuts it. */
export function windowLength(rule: WindowRule, bptt: number, seed: number, window: number): number {
  return windowRules[rule].length(bptt, seed, window);
}

/** The longest window a rule can give: what buffers are made for. */
export function maxWindow(rule: WindowRule, bptt: number): number {
  return windowRules[rule].max(bptt);
}

/** The most windows of an epoch: Infinity where it goes on until its lanes end. */
export function mostWindows(rule: WindowRule, bptt: number, positions: number): number {
  const { most }: Rule = windowRules[rule];
  return most?.(bptt, positions) ?? Number.POSITIVE_INFINITY;
}

/** One window of an epoch: its number over all epochs, its first position, and how many positions it has. */
export interface WindowPlace {
  readonly window: number;
  readonly at: number;
  readonly steps: number;
}

/**
 * The windows of one epoch over lanes of `positions`, from window number `window` at position `at` on, `done` windows of it
 * being over. The last one takes what is left, and is never empty.
 */
export function* epochWindows(
  plan: WindowPlan,
  positions: number,
  window: number,
  at = 0,
  done = 0,
): Generator<WindowPlace> {
  for (let left = mostWindows(plan.rule, plan.bptt, positions) - done; left > 0 && at < positions; left--) {
    const steps = Math.min(windowLength(plan.rule, plan.bptt, plan.seed, window), positions - at);
    yield { window, at, steps };
    at += steps;
    window += 1;
  }
}

/** How many windows whole epochs take, from window number `firstWindow` at an epoch's beginning: counted by walking them. */
export function countWindows(plan: WindowPlan, positions: number, epochs: number, firstWindow = 0): number {
  let next = firstWindow;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { window } of epochWindows(plan, positions, next)) next = window + 1;
  }
  return next - firstWindow;
}
