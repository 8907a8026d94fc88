// Measures the speed of a run in a short trial: turns minutes into a number of windows, so that the run itself has a
// fixed length and can be repeated, and tells how long a run will take.

import { usageError } from "../base/errors.js";
import { quantile } from "../base/statistics.js";
import type { Corpus } from "../text/encoding/corpus.js";
import type { CheckedSettings } from "./settings/settings.js";
import { prepare, type TrainingRun, type TrainingRunOptions } from "./training-run.js";
import { NEVER, secondsPerWindow, WARM } from "./trial.js";

/** Seconds of wall time that are measured. */
const MEASURED = 2;

/** How many windows `minutes` hold on this machine now. Throws a usage error if no window of the trial can be timed. */
export async function measureWindows(
  corpus: Corpus,
  settings: CheckedSettings,
  options: TrainingRunOptions,
  minutes: number,
): Promise<number> {
  const { stopping: _, baseline: __, notice: ___, ...rest } = options;
  const timing = { clock: () => performance.now() / 1000, warm: WARM, measured: MEASURED, partial: true };
  return windowsIn(minutes * 60, [await secondsPerWindow(corpus, settings, rest, timing)]);
}

/** Windows in so many seconds, by the median of the measured seconds of a window: at least 1. */
export function windowsIn(seconds: number, measured: readonly number[]): number {
  const each = quantile(measured, 0.5);
  if (!Number.isFinite(each)) {
    throw usageError(
      "minutes cannot be turned into windows: the short measurement diverged in its first window.",
      "Lower `lr`, or set `steps` or `epochs` in place of minutes.",
      "minutes",
    );
  }
  return Math.max(1, Math.round(seconds / each));
}

/** The measurement of a run's time takes at most so long, in seconds; a tenth of a short run. */
const TIMING = { warm: 0.4, most: 2, share: 0.1 } as const;

/**
 * Seconds that a run will take with its validations and samples, from a trial of a second or two in which each window
 * is validated. Undefined where the run is over in a few windows, or where the trial gave nothing.
 */
export async function expectedSeconds(
  { settings: own, corpus }: TrainingRun,
  settings: CheckedSettings,
  { baseline: _, notice: __, stopping, profile: ___, ...options }: TrainingRunOptions,
): Promise<number | undefined> {
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const { windows, epochs, validateEvery, sampleEvery } = own;
  if (windows < 20) return undefined;
  let over = false;
  const trial = prepare(
    corpus,
    { ...settings, epochs: undefined, minutes: undefined, steps: NEVER, validateEvery: 1, sampleEvery: 1, tries: 0 },
    {
      ...options,
      cell: options.cell,
      throwaway: true,
      stopping: () => over || stopping?.() === true || elapsed() > TIMING.most,
    },
  );
  const times: Record<"window" | "validation" | "sample", number[]> = { window: [], validation: [], sample: [] };
  let last = performance.now();
  for await (const event of trial.trainer.events()) {
    const now = performance.now();
    const { kind } = event;
    if (kind === "window" || kind === "validation" || kind === "sample") {
      if (elapsed() > TIMING.warm || times[kind].length === 0) times[kind].push((now - last) / 1000);
    }
    over ||= kind === "diverged" || times.window.length > TIMING.share * windows;
    last = now;
  }
  const typical = (each: readonly number[]) => (each.length === 0 ? 0 : quantile(each, 0.5));
  if (times.window.length < 2) return undefined;
  const often = (every: number) => (every > 0 ? windows / every : Math.min(epochs, windows));
  // A validation that the trial had no time for reads the part once, without gradients.
  const unread = (corpus.valid?.length ?? 0) / Math.max(1, corpus.train.length);
  const validation =
    times.validation.length > 0 ? typical(times.validation) : (0.4 * unread * windows * typical(times.window)) / epochs;
  return (
    windows * typical(times.window) +
    often(validateEvery) * validation +
    often(sampleEvery > 0 ? sampleEvery : validateEvery) * typical(times.sample)
  );
}
