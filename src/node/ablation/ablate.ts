// An ablation on this machine: every variant with every seed for the same seconds, each a run in a folder; then what
// each change is worth. Processes do it, one or several side by side. Stopped anywhere, the same call goes on.
//
//   ablation.json            the recipe, and how many windows each variant has
//   insert-2/                the run of the variant insert with seed 2
//   insert-2/held-out.json   what it scored, stretch by stretch

import { usageError } from "../../base/errors.js";
import { joinPath } from "../../base/ports.js";
import { writeAtomic } from "../../checkpoint/atomic-write.js";
import { windowsIn } from "../../training/measure.js";
import { type Ablation, ablationDifference, runsOf, variantsOf } from "../../training/settings/ablation.js";
import { ROUNDS } from "../runs/processor-time.js";
import { requireUnread } from "../scoring/scored.js";
import { usableCores } from "../system/cores.js";
import { nodeFileSystem } from "../system/filesystem.js";
import { type Heard, sideBySide } from "../system/jobs.js";
import type { AblationResult, AblationSaid, AblationSetup, AblationTask } from "./job.js";
import { type Ablated, ablationResult, type RunScore } from "./result.js";
import { readAblationText } from "./text.js";

export interface AblateOptions {
  /** Asked now and then: true ends it after what runs can save. */
  readonly stopping?: () => boolean;
  /** A sentence for the user. */
  readonly notice?: (text: string) => void;
  /** Runs side by side, each on one thread; 1, with the threads that the recipe says, where absent. */
  readonly jobs?: number | undefined;
}

export type AblationEvent =
  | { readonly kind: "measuring"; readonly runs: number }
  | { readonly kind: "measured"; readonly windows: Readonly<Record<string, number>> }
  /** How far a run is; `number` counts from 1 in the order of the runs. */
  | ({ readonly kind: "training"; readonly number: number; readonly task: AblationRun } & AblationSaid)
  | { readonly kind: "scored"; readonly number: number; readonly score: RunScore }
  | { readonly kind: "result"; readonly result: Ablated };

type AblationRun = Extract<AblationTask, { kind: "run" }>;

const fs = nodeFileSystem();

/** Goes on where it was left; ends with `result`, or before it where `stopping` said so. */
export async function* ablate(
  a: Ablation,
  folder: string,
  o: AblateOptions = {},
): AsyncGenerator<AblationEvent, void, void> {
  const kept = await readPlan(folder, a);
  await readAblationText(a, o.notice ?? (() => {})); // what is wrong with it is told once, before anything begins
  if (a.valid) await requireUnread(a.text, a.valid);
  const doing = openWorkshop(a, o);
  let windows = kept;
  if (windows === undefined) {
    yield { kind: "measuring", runs: variantsOf(a).length };
    windows = await measure(a, doing);
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
  const places = new Map(runs.map(({ at }, i) => [at, i]));
  for await (const heard of doing(runs.filter((_, i) => scores[i] === undefined))) {
    const task = heard.task as AblationRun;
    const place = places.get(task.at)!;
    if ("said" in heard) yield { kind: "training", number: place + 1, task, ...heard.said };
    else {
      const score = heard.result as RunScore;
      await writeJson(joinPath(task.at, SCORE), score);
      scores[place] = score;
      yield { kind: "scored", number: place + 1, score };
    }
  }
  const whole = scores.filter((score) => score !== undefined);
  if (whole.length === runs.length) yield { kind: "result", result: ablationResult(a, folder, whole) };
}

type Doing = (tasks: readonly AblationTask[]) => AsyncGenerator<Heard<AblationTask, AblationSaid, AblationResult>>;

/** One process with the threads of the recipe, or several with one each. */
function openWorkshop(recipe: Ablation, { jobs = 1, stopping, notice }: AblateOptions): Doing {
  const cores = usableCores();
  if (jobs > cores)
    notice?.(`Of ${jobs} jobs ${cores} can compute at a time: so many cores there are for this process.`);
  const setup: AblationSetup = { recipe, threads: jobs > 1 ? 1 : undefined };
  const module = new URL("./job.js", import.meta.url);
  return (tasks) => sideBySide(tasks, { module, setup, count: jobs, stopping });
}

/** How many windows of each variant fit in its seconds. Undefined where it was stopped. */
async function measure(a: Ablation, doing: Doing): Promise<Record<string, number> | undefined> {
  const seed = a.seeds[0]!;
  const once = variantsOf(a).map((variant): AblationTask => ({ kind: "measure", variant, seed }));
  const tasks = Array.from({ length: ROUNDS }, () => once).flat();
  const measured = new Map<string, number[]>();
  let done = 0;
  for await (const heard of doing(tasks)) {
    if (!("result" in heard)) continue;
    const { variant } = heard.task;
    measured.set(variant, [...(measured.get(variant) ?? []), heard.result as number]);
    done++;
  }
  if (done < tasks.length) return undefined;
  return Object.fromEntries([...measured].map(([variant, each]) => [variant, windowsIn(a.seconds, each)]));
}

const PLAN = "ablation.json";
const SCORE = "held-out.json";

/** The windows of each variant where the ablation was begun before. Throws where it was another one. */
async function readPlan(folder: string, a: Ablation): Promise<Record<string, number> | undefined> {
  const kept = (await readJson(joinPath(folder, PLAN))) as
    | { recipe: Ablation; windows: Record<string, number> }
    | undefined;
  const other = kept && ablationDifference(kept.recipe, a);
  if (other !== undefined) {
    throw usageError(
      `${folder} holds an ablation with another ${other}.`,
      "Give this one another folder with `out`. Only seeds can be added to one that was begun.",
    );
  }
  return kept?.windows;
}

async function readJson(path: string): Promise<unknown> {
  if ((await fs.stat(path)) === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(await fs.read(path)));
  } catch {
    return undefined; // it is made again
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeAtomic(fs, path, [new TextEncoder().encode(`${JSON.stringify(value)}\n`)]);
}
