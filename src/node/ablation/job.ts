// A process of an ablation: it measures variants, or trains runs and scores them, one task after another, and says how
// far it is. What is compared is the weights at a run's end, on text that nothing was chosen on.

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
  /** Set where runs go side by side. No bit depends on it. */
  readonly threads: number | undefined;
}

export type AblationTask =
  | { readonly kind: "measure"; readonly variant: string; readonly seed: number }
  /** In a folder, for so many windows. */
  | {
      readonly kind: "run";
      readonly variant: string;
      readonly seed: number;
      readonly at: string;
      readonly windows: number;
    };

/** How far a run is: windows done, their smoothed loss, and seconds since this process began with it. */
export interface AblationSaid {
  readonly window: number;
  readonly nats: number;
  readonly seconds: number;
}

/** Seconds of a window, or a run's score. */
export type AblationResult = number | RunScore;

const TELL_MS = 100;

serveJobs<AblationSetup, AblationTask, AblationSaid, AblationResult>(async ({ recipe, threads }, stopping) => {
  const corpus = await readAblationText(recipe, () => {});
  const engineName = settingsOf(recipe, BASE, recipe.seeds[0]!, 1).engine;
  const { engine } = nodeEngine(engineName);
  const limited = threads !== undefined && { threads };
  return async (task, say) => {
    const { variant, seed } = task;
    if (task.kind === "measure") {
      const options = { engine, pause, threads: nodeThreads(), stopping };
      const settings = { ...settingsOf(recipe, variant, seed, 1), ...limited };
      const found = await processorSecondsPerWindow(corpus, settings, options, recipe.seconds);
      return stopping() ? undefined : found;
    }
    const { at, windows } = task;
    const ended = await train(recipe, at, { ...settingsOf(recipe, variant, seed, windows), ...limited }, stopping, say);
    if (ended === undefined) return undefined;
    const about = { variant, seed, windows, seconds: ended.seconds };
    if (ended.diverged !== undefined) return { ...about, diverged: ended.diverged, stretches: [], characters: 0 };
    return { ...about, ...(await scoreRun(at, corpus, engineName, () => {})) };
  };
});

/** Trains one run to its end. Undefined where it was stopped before. */
async function train(
  { text, valid }: Ablation,
  at: string,
  settings: CheckedSettings,
  stopping: () => boolean,
  say: (said: AblationSaid) => void,
): Promise<{ seconds: number | null; diverged?: string } | undefined> {
  const control = { stopping, alone: true };
  const resumed = await hasRun(nodeRunPorts.fs, at);
  const run = resumed
    ? await resumeRun(at, control)
    : await startRun({ ...control, paths: text, ...(valid && { valid }), out: at, settings, cell: undefined });
  let [begun, seconds, told] = [processorSeconds(), 0, 0];
  try {
    for await (const event of run.events) {
      const now = processorSeconds();
      if (event.kind === "start") begun = now;
      if (event.kind !== "window") continue;
      seconds = now - begun;
      if (performance.now() - told < TELL_MS) continue;
      told = performance.now();
      say({ window: event.window, nats: event.smooth, seconds: event.clock.seconds });
    }
  } catch (error) {
    if (error instanceof LonghandError && error.code === "diverged") return { seconds: null, diverged: error.message };
    throw error;
  }
  if (!run.trainingRun.trainer.stateInPlace().ended) return undefined;
  return { seconds: resumed ? null : seconds };
}
