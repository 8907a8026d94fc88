// A worker process of an ablation: times variants, or trains runs and scores them, and reports its progress. It scores
// the last weights of a run on held-out text, on which nothing was chosen.

import { LonghandError } from "../../base/errors.js";
import { hasRun } from "../../training/run/run.js";
import { type Ablation, BASE, settingsOf } from "../../training/settings/ablation.js";
import type { CheckedSettings } from "../../training/settings/settings.js";
import { nodeEngine } from "../engine/engine.js";
import { nodeThreads } from "../engine/threads.js";
import { processorSeconds, processorSecondsPerWindow } from "../runs/processor-time.js";
import { nodeRunPorts, resumeRun, startRun } from "../runs/runs.js";
import { serveJobs } from "../system/jobs.js";
import { pause } from "../system/pause.js";
import type { RunScore } from "./result.js";
import { readAblationText, scoreRun } from "./text.js";

export interface AblationSetup {
  readonly recipe: Ablation;
  /** Set if several runs train at a time. No bit depends on it. */
  readonly threads: number | undefined;
}

export type AblationTask =
  | { readonly kind: "measure"; readonly variant: string; readonly seed: number }
  /** Trains in the folder `at`, for a number of windows. */
  | {
      readonly kind: "run";
      readonly variant: string;
      readonly seed: number;
      readonly at: string;
      readonly windows: number;
    };

/** Progress of a run: windows done, smoothed loss, and seconds since this process began it. */
export interface AblationProgress {
  readonly window: number;
  readonly nats: number;
  readonly seconds: number;
}

/** Processor seconds of a window, or a run's score. */
export type AblationResult = number | RunScore;

const REPORT_MS = 100;

serveJobs<AblationSetup, AblationTask, AblationProgress, AblationResult>(async ({ recipe, threads }, stopping) => {
  const corpus = await readAblationText(recipe, () => {});
  const engineName = settingsOf(recipe, BASE, recipe.seeds[0]!, 1).engine;
  const { engine } = nodeEngine(engineName);
  const limited = threads !== undefined && { threads };
  return async (task, report) => {
    const { variant, seed } = task;
    if (task.kind === "measure") {
      const options = { engine, pause, threads: nodeThreads(), stopping };
      const settings = { ...settingsOf(recipe, variant, seed, 1), ...limited };
      const found = await processorSecondsPerWindow(corpus, settings, options, recipe.seconds);
      return stopping() ? undefined : found;
    }
    const { at, windows } = task;
    const ended = await train(
      recipe,
      at,
      { ...settingsOf(recipe, variant, seed, windows), ...limited },
      stopping,
      report,
    );
    if (ended === undefined) return undefined;
    const about = { variant, seed, windows, seconds: ended.seconds };
    if (ended.diverged !== undefined)
      return { ...about, diverged: ended.diverged, blocks: [], characters: 0, spelling: 0 };
    return { ...about, ...(await scoreRun(at, corpus, engineName, () => {})) };
  };
});

/** Trains one run to its end. Undefined if it was stopped before. */
async function train(
  { text, valid }: Ablation,
  at: string,
  settings: CheckedSettings,
  stopping: () => boolean,
  report: (progress: AblationProgress) => void,
): Promise<{ seconds: number | null; diverged?: string } | undefined> {
  const control = { stopping, withoutBaseline: true };
  const resumed = await hasRun(nodeRunPorts.fs, at);
  const run = resumed
    ? await resumeRun(at, control)
    : await startRun({ ...control, paths: text, ...(valid && { valid }), out: at, settings, cell: undefined });
  let begun = processorSeconds();
  let seconds = 0;
  let reported = 0;
  try {
    for await (const event of run.events) {
      const now = processorSeconds();
      if (event.kind === "start") begun = now;
      if (event.kind !== "window") continue;
      seconds = now - begun;
      if (performance.now() - reported < REPORT_MS) continue;
      reported = performance.now();
      report({ window: event.window, nats: event.smooth, seconds: event.clock.seconds });
    }
  } catch (error) {
    if (error instanceof LonghandError && error.code === "diverged") return { seconds: null, diverged: error.message };
    throw error;
  }
  if (!run.trainingRun.trainer.stateInPlace().ended) return undefined;
  return { seconds: resumed ? null : seconds };
}
