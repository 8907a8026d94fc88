// A trial: a training run that is thrown away when something is measured. It is a run like any other, on the same
// threads.

import { quantile } from "../base/statistics.js";
import type { Reals } from "../compute/arena.js";
import type { Corpus } from "../text/encoding/corpus.js";
import type { OpenSettings } from "./settings/settings.js";
import { prepare, type TrainingRun, type TrainingRunOptions } from "./training-run.js";

/** Longer than any trial. */
export const NEVER = 2 ** 40;

export interface TrialOptions {
  /** The weights to start from; the seed's where absent. */
  readonly weights?: Reals | undefined;
  /** Asked after each window, with the windows done so far: false ends the trial. */
  readonly goOn?: (windows: number) => boolean;
}

export interface Trial {
  readonly trainingRun: TrainingRun;
  /** Seconds, norm of the mean gradient and loss of each window. Windows after a retry are counted again. */
  readonly windows: readonly { readonly seconds: number; readonly norm: number; readonly nats: number }[];
  /** Numbers stopped being finite. */
  readonly broken: boolean;
}

/** Trains on the training part alone, until its steps are done or `goOn` ends it. */
export async function runTrial(
  { valid: _, ...corpus }: Corpus,
  settings: OpenSettings,
  options: TrainingRunOptions,
  o: TrialOptions = {},
): Promise<Trial> {
  const trainingRun = prepare({ ...corpus, valid: undefined }, settings, {
    ...options,
    cell: options.cell,
    throwaway: true,
  });
  const { trainer } = trainingRun;
  if (o.weights) trainer.model.setWeights(o.weights);
  const windows: Trial["windows"][number][] = [];
  let broken = false;
  let last = performance.now();
  for await (const event of trainer.events()) {
    const now = performance.now();
    if (event.kind === "window") {
      windows.push({ seconds: (now - last) / 1000, norm: event.norm, nats: event.nats });
      if (o.goOn && !o.goOn(windows.length)) break;
    }
    if (event.kind === "diverged") broken = true;
    last = now;
  }
  return { trainingRun, windows, broken };
}

/** Seconds until the engine's code is compiled at its best. */
export const WARM = 0.7;

export interface TimingOptions {
  /** Seconds so far, of wall time or of processor time. */
  readonly clock: () => number;
  /** Seconds that are not counted, at first; and seconds that are. */
  readonly warm: number;
  readonly measured: number;
  /** If the trial diverges before all is measured, the median of the windows before. */
  readonly partial?: boolean;
}

/**
 * Seconds of a window of a run with these settings. Infinity where it is stopped or diverges: then the run itself will
 * say so.
 */
export async function secondsPerWindow(
  corpus: Corpus,
  settings: OpenSettings,
  options: TrainingRunOptions,
  { clock, warm, measured, partial }: TimingOptions,
): Promise<number> {
  const endless = { ...settings, steps: NEVER, sampleEvery: NEVER, validateEvery: NEVER };
  let begun: number | undefined;
  let since: { readonly at: number; readonly windows: number } | undefined;
  let seconds = Number.POSITIVE_INFINITY;
  const goOn = (windows: number): boolean => {
    const now = clock();
    begun ??= now;
    if (since === undefined) {
      if (now - begun >= warm) since = { at: now, windows };
      return true;
    }
    if (now - since.at < measured && !options.stopping?.()) return true;
    seconds = (now - since.at) / (windows - since.windows);
    return false;
  };
  const { windows } = await runTrial(corpus, endless, options, { goOn });
  if (partial && !Number.isFinite(seconds) && windows.length > 0) {
    return quantile(
      windows.map((each) => each.seconds),
      0.5,
    );
  }
  return seconds;
}
