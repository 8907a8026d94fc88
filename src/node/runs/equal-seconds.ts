// How many windows of each of several runs fit in the same seconds. Processor seconds, of all threads together: what others do on the
// machine moves them little. To be measured in rounds, all runs in turn, so that a disturbance meets all alike; then the runs
// themselves are decided by a number of windows and can be repeated.

import { quantile } from "../../base/statistics.js";
import type { Corpus } from "../../text/encoding/corpus.js";
import { prepare, type TrainingRunOptions } from "../../training/prepare.js";
import type { CheckedSettings } from "../../training/settings/settings.js";

/** The middle of five is off by a percent or two where one is by five; what is left is a bias that no seed averages out. */
export const ROUNDS = 5;

/** Seconds of processor time of this process so far. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The middle of what the rounds measured, as windows in so many seconds: at least 1. */
export function windowsIn(seconds: number, measured: readonly number[]): number {
  return Math.max(1, Math.round(seconds / quantile(measured, 0.5)));
}

/**
 * Seconds of a window of a throwaway run, over a tenth of the `seconds` of the run itself and no more than 10; what it takes until its
 * code is compiled at its best is not counted. Infinity where it was stopped, or diverged: then the run itself will say so.
 */
export async function secondsOfWindow(
  { valid: _, ...trainOnly }: Corpus,
  settings: CheckedSettings,
  options: TrainingRunOptions,
  seconds: number,
): Promise<number> {
  const [warm, long] = [Math.min(0.7, seconds / 20), Math.min(10, seconds / 10)];
  const endless = { ...settings, steps: 2 ** 40 };
  const { trainer } = prepare({ ...trainOnly, valid: undefined }, endless, {
    ...options,
    cell: options.cell,
    twice: true,
  });
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
  return Number.POSITIVE_INFINITY;
}
