// How many windows of each of several runs fit in the same seconds. Processor seconds, of all threads together: what others do on the
// machine moves them little. Measured in rounds, all runs in turn, so that a disturbance meets all alike; then the runs themselves
// are decided by a number of windows and can be repeated.

import type { KnobValues } from "../base/knob.js";
import type { Corpus } from "../text/corpus.js";
import { type PrepareOptions, prepare } from "../training/prepare.js";

/** The middle of five is off by a percent or two where one is by five; what is left is a bias that no seed averages out. */
const ROUNDS = 5;

/** Seconds of processor time of this process so far. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The middle of the rounds for each, as windows in so many seconds: at least 1. Undefined where `stopping` came first. */
export async function windowsInSeconds(
  corpus: Corpus,
  runs: readonly KnobValues[],
  options: PrepareOptions,
  seconds: number,
): Promise<number[] | undefined> {
  const measured: number[][] = runs.map(() => []);
  const [warm, long] = [Math.min(0.7, seconds / 20), Math.min(10, seconds / 10)];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, knobs] of runs.entries()) {
      measured[i]!.push(await secondsOfWindow(corpus, knobs, options, warm, long));
      if (options.stopping?.()) return undefined;
    }
  }
  const middle = (all: readonly number[]) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)]!;
  return measured.map((all) => Math.max(1, Math.round(seconds / middle(all))));
}

/** Of a throwaway run; what it takes until its code is compiled at its best is not counted. */
async function secondsOfWindow(
  { valid: _, ...trainOnly }: Corpus,
  knobs: KnobValues,
  options: PrepareOptions,
  warm: number,
  long: number,
): Promise<number> {
  const endless = { ...knobs, steps: 2 ** 40 };
  const { trainer } = prepare({ ...trainOnly, valid: undefined }, endless, { ...options, twice: true });
  const begun = processorSeconds();
  let since: { readonly at: number; readonly window: number } | undefined;
  let window = 0; // counted here: a run whose numbers break goes back
  for await (const event of trainer.events()) {
    if (event.kind !== "window") continue;
    window += 1;
    const now = processorSeconds();
    if (since === undefined) {
      if (now - begun >= warm) since = { at: now, window };
    } else if ((now - since.at >= long && window > since.window) || options.stopping?.()) {
      return (now - since.at) / (window - since.window);
    }
  }
  return Number.POSITIVE_INFINITY; // it was stopped, or diverged; then the run itself will say so
}
