// An ablation on this machine: trains every variant with every seed for the same seconds, each as a run in a folder,
// and compares each variant with base. One or several processes train. After a stop, the same call continues.
//
//   ablation.json            the recipe, and the number of windows of each variant
//   insert-2/                the run of the variant insert with seed 2
//   insert-2/held-out.json   its loss on each block of the held-out text

import { usageError } from "../../base/errors.js";
import { joinPath } from "../../base/ports.js";
import { writeAtomic } from "../../checkpoint/atomic-write.js";
import { windowsIn } from "../../training/measure.js";
import {
  type Ablation,
  ablationDifference,
  BASE,
  runsOf,
  settingsOf,
  variantsOf,
} from "../../training/settings/ablation.js";
import { readingRulesOf } from "../../training/settings/training-settings.js";
import { ROUNDS } from "../runs/processor-time.js";
import { requireUnread } from "../scoring/scored.js";
import { usableCores } from "../system/cores.js";
import { nodeFileSystem } from "../system/filesystem.js";
import { type JobMessage, runJobs } from "../system/jobs.js";
import type { AblationProgress, AblationResult, AblationSetup, AblationTask } from "./job.js";
import { type Ablated, ablationResult, type RunScore } from "./result.js";
import { readAblationText } from "./text.js";

/** How an ablation runs. */
export interface AblateOptions {
  /** Called regularly: true stops the ablation after the runs have saved. */
  readonly stopping?: () => boolean;
  /** Receives sentences for the user. */
  readonly notice?: (text: string) => void;
  /** Number of runs at a time, each on one thread. By default 1, with the threads of the recipe. */
  readonly jobs?: number | undefined;
}

/** An event of an ablation: its plan, the progress of a run, or the result. */
export type AblationEvent =
  | { readonly kind: "measuring"; readonly runs: number }
  | { readonly kind: "measured"; readonly windows: Readonly<Record<string, number>> }
  /** Progress of a run; `number` counts the runs from 1. */
  | ({ readonly kind: "training"; readonly number: number; readonly task: AblationRun } & AblationProgress)
  | { readonly kind: "scored"; readonly number: number; readonly score: RunScore }
  | { readonly kind: "result"; readonly result: Ablated };

/** Task of an ablation: one run of a variant with a seed. */
export type AblationRun = Extract<AblationTask, { kind: "run" }>;

const fs = nodeFileSystem();

/** Continues where it stopped. The last event is `result`, unless `stopping` ended it before. */
export async function* ablate(
  a: Ablation,
  folder: string,
  o: AblateOptions = {},
): AsyncGenerator<AblationEvent, void, void> {
  const planned = await readPlan(folder, a);
  await readAblationText(a, o.notice ?? (() => {})); // refuses a bad text before any run begins
  if (a.valid) await requireUnread(a.text, a.valid, readingRulesOf(settingsOf(a, BASE, a.seeds[0]!, 1)));
  const runTasks = createTaskRunner(a, o);
  let windows = planned;
  if (windows === undefined) {
    yield { kind: "measuring", runs: variantsOf(a).length };
    windows = await measure(a, runTasks);
    if (windows === undefined) return;
    await fs.makeFolder(folder);
    await writeJson(joinPath(folder, PLAN), { recipe: a, windows });
    yield { kind: "measured", windows };
  } else await writeJson(joinPath(folder, PLAN), { recipe: a, windows }); // seeds may have grown

  const runs = runsOf(a).map(({ variant, seed }): AblationRun => {
    const at = joinPath(folder, `${variant}-${seed}`);
    return { kind: "run", variant, seed, at, windows: windows[variant]! };
  });
  const scores: (RunScore | undefined)[] = [];
  for (const { at } of runs) scores.push((await readJson(joinPath(at, SCORE))) as RunScore | undefined);
  const indices = new Map(runs.map(({ at }, i) => [at, i]));
  for await (const message of runTasks(runs.filter((_, i) => scores[i] === undefined))) {
    const task = message.task as AblationRun;
    const index = indices.get(task.at)!;
    if ("progress" in message) yield { kind: "training", number: index + 1, task, ...message.progress };
    else {
      const score = message.result as RunScore;
      await writeJson(joinPath(task.at, SCORE), score);
      scores[index] = score;
      yield { kind: "scored", number: index + 1, score };
    }
  }
  const whole = scores.filter((score) => score !== undefined);
  if (whole.length === runs.length) yield { kind: "result", result: ablationResult(a, folder, whole) };
}

type RunTasks = (
  tasks: readonly AblationTask[],
) => AsyncGenerator<JobMessage<AblationTask, AblationProgress, AblationResult>>;

/** One process with the threads of the recipe, or several with one each. */
function createTaskRunner(recipe: Ablation, { jobs = 1, stopping, notice }: AblateOptions): RunTasks {
  const cores = usableCores();
  if (jobs > cores) notice?.(`This process may use ${cores} cores; ${jobs} jobs at a time share them.`);
  const setup: AblationSetup = { recipe, threads: jobs > 1 ? 1 : undefined };
  const module = new URL("./job.js", import.meta.url);
  return (tasks) => runJobs(tasks, { module, setup, count: jobs, stopping });
}

/** Number of windows of each variant that fit in its seconds. Undefined after a stop. */
async function measure(a: Ablation, runTasks: RunTasks): Promise<Record<string, number> | undefined> {
  const seed = a.seeds[0]!;
  const once = variantsOf(a).map((variant): AblationTask => ({ kind: "measure", variant, seed }));
  const tasks = Array.from({ length: ROUNDS }, () => once).flat();
  const measured = new Map<string, number[]>();
  let done = 0;
  for await (const message of runTasks(tasks)) {
    if (!("result" in message)) continue;
    const { variant } = message.task;
    measured.set(variant, [...(measured.get(variant) ?? []), message.result as number]);
    done++;
  }
  if (done < tasks.length) return undefined;
  return Object.fromEntries([...measured].map(([variant, each]) => [variant, windowsIn(a.seconds, each)]));
}

const PLAN = "ablation.json";
const SCORE = "held-out.json";

/** Windows of each variant, if the ablation began before. Throws if the folder holds another ablation. */
async function readPlan(folder: string, a: Ablation): Promise<Record<string, number> | undefined> {
  const saved = (await readJson(joinPath(folder, PLAN))) as
    | { recipe: Ablation; windows: Record<string, number> }
    | undefined;
  const other = saved && ablationDifference(saved.recipe, a);
  if (other !== undefined) {
    throw usageError(
      `${folder} holds an ablation with another ${other}.`,
      "Give this one another folder with `out`. An ablation that has begun can only get more seeds.",
    );
  }
  return saved?.windows;
}

async function readJson(path: string): Promise<unknown> {
  if ((await fs.stat(path)) === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(await fs.read(path)));
  } catch {
    return undefined; // damaged: it is made again
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeAtomic(fs, path, [new TextEncoder().encode(`${JSON.stringify(value)}\n`)]);
}
