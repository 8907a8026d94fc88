// Processor time of this process, over all threads. Other programs hardly change it, so runs that are compared get the
// same processor time.

import type { Corpus } from "../../text/encoding/corpus.js";
import type { CheckedSettings } from "../../training/settings/settings.js";
import type { TrainingRunOptions } from "../../training/training-run.js";
import { secondsPerWindow, WARM } from "../../training/trial.js";

/** Rounds of a timing that compares runs: all are timed in turn, so that a disturbance meets all alike. */
export const ROUNDS = 5;

/** Processor seconds so far. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Processor seconds of a window, measured for a tenth of the run's `seconds` and at most 10. */
export function processorSecondsPerWindow(
  corpus: Corpus,
  settings: CheckedSettings,
  options: TrainingRunOptions,
  seconds: number,
): Promise<number> {
  const timing = { clock: processorSeconds, warm: Math.min(WARM, seconds / 20), measured: Math.min(10, seconds / 10) };
  return secondsPerWindow(corpus, settings, options, timing);
}
