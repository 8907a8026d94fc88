// Converts minutes into a number of windows: a short trial measures the run. The run itself then has a fixed length and
// can be repeated.

import { quantile } from "../base/statistics.js";
import type { Corpus } from "../text/encoding/corpus.js";
import type { CheckedSettings } from "./settings/settings.js";
import type { TrainingRunOptions } from "./training-run.js";
import { secondsPerWindow, WARM } from "./trial.js";

/** Seconds of wall time that are measured. */
const MEASURED = 2;

/** How many windows `minutes` hold on this machine now: at least 1. */
export async function measureWindows(
  corpus: Corpus,
  settings: CheckedSettings,
  options: TrainingRunOptions,
  minutes: number,
): Promise<number> {
  const { stopping: _, baseline: __, notice: ___, ...rest } = options;
  const timing = { clock: () => performance.now() / 1000, warm: WARM, measured: MEASURED };
  return windowsIn(minutes * 60, [await secondsPerWindow(corpus, settings, rest, timing)]);
}

/** Windows in so many seconds, by the median of the measured seconds of a window: at least 1. */
export function windowsIn(seconds: number, measured: readonly number[]): number {
  return Math.max(1, Math.round(seconds / quantile(measured, 0.5)));
}
