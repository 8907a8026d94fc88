// Processor time of this process, of all threads together: other programs on the machine change it little. By it,
// several runs get the same share of the machine.

import type { Corpus } from "../../text/encoding/corpus.js";
import type { CheckedSettings } from "../../training/settings/settings.js";
import type { TrainingRunOptions } from "../../training/training-run.js";
import { secondsPerWindow, WARM } from "../../training/trial.js";

/** Rounds of a measurement that compares runs: all runs are measured in turn, so that a disturbance meets all alike. */
export const ROUNDS = 5;

/** Seconds of processor time so far. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Processor seconds of a window, measured over a tenth of the `seconds` of the run itself and no more than 10. */
export function processorSecondsPerWindow(
  corpus: Corpus,
  settings: CheckedSettings,
  options: TrainingRunOptions,
  seconds: number,
): Promise<number> {
  const timing = { clock: processorSeconds, warm: Math.min(WARM, seconds / 20), measured: Math.min(10, seconds / 10) };
  return secondsPerWindow(corpus, settings, options, timing);
}
