// train and resume in Node.

import { existsSync } from "node:fs";
import { shown, usageError } from "../../base/errors.js";
import type { Model } from "../../face/model.js";
import { Run, type RunStart, type RunWork } from "../../face/run.js";
import type { TextSource } from "../../face/text-source.js";
import {
  openMemoryRun,
  planTraining,
  quietSettings,
  refuseFolderSettings,
  type TrainOptions,
  type TrainPlan,
} from "../../face/train.js";
import { loadModel } from "../files/models.js";
import { type Run as RunInFolder, resumeRun, startRun } from "../runs/runs.js";
import { namedSources, nodePlatform } from "./platform.js";

/** How a model is trained in Node. */
export interface NodeTrainOptions extends Omit<TrainOptions, "from"> {
  /**
   * A model to begin from, or its run's folder or file: its shape, its rules of reading, and its weights, matched by
   * token.
   */
  readonly from?: Model | string | undefined;
  /** Folder for the run, which can then be resumed. Without it, nothing is written to disk. */
  readonly out?: string | undefined;
  /** Replace a run that is in the folder. */
  readonly force?: boolean | undefined;
}

/**
 * How a run is resumed: its settings stay as they are, but for those that may change (`epochs`, `threads`, `saveEvery`
 * …).
 */
export interface ResumeOptions extends Omit<TrainOptions, "from"> {
  /**
   * Where the training text is now, if not at its recorded place. A run needs it only where its token file is damaged:
   * it is held to the recorded digest. `valid` is the same for a validation text of its own.
   */
  readonly trainingText?: TextSource | undefined;
}

/**
 * Trains a model on a text. Returns at once; training begins when the first event, or the model, is asked for.
 *
 * @param text a string (the text itself), bytes, `{ file: "my.txt" }`, a URL, a stream, or a list of these
 * @param options settings such as `cell`, `hidden`, `minutes`; `out` for a run that can be resumed; `valid`, `signal`,
 * `notice`
 * @throws LonghandError `usage` for an unknown option or a setting outside its range
 * @example
 * const run = train({ file: "my.txt" }, { hidden: 256, minutes: 3, out: "runs/my" });
 * for await (const event of run) if (event.kind === "validation") console.log(event.nats);
 * const model = await run.model();
 */
export function train(text: TextSource, options: NodeTrainOptions = {}): Run {
  const { out, force, from, ...rest } = options;
  const path = typeof from === "string" ? from : undefined;
  const given = typeof from === "string" ? rest : { ...rest, from };
  const plan = planTraining(given, [], "train");
  refusePath(text);
  quietSettings(plan);
  if (out !== undefined) {
    const folder = { out, force: force === true, from: path };
    return new Run(out, (start) => openFolderRun(text, plan, folder, start), nodePlatform, plan.control);
  }
  if (force !== undefined)
    throw usageError("force does nothing without a folder.", "Give `out` as well, or leave it out.", "force");
  refuseFolderSettings(plan.settings);
  const open = async (start: RunStart) => {
    const begun = path === undefined ? plan : { ...plan, from: await loadModel(path, plan.cell && [plan.cell]) };
    return openMemoryRun(text, begun, nodePlatform, start);
  };
  return new Run(undefined, open, nodePlatform, plan.control);
}

/**
 * Resumes the run in a folder. It ends with the same bits as if it had never stopped.
 *
 * @param folder the `out` of the run
 * @param options settings that a resume may change (`epochs`, `threads`, `saveEvery` …); the run's own cell, if it has
 * one; `signal`
 * @throws LonghandError `usage` for a setting that may not change, or a text that has changed
 * @example
 * const model = await resume("runs/my").model();
 */
export function resume(folder: string, options: ResumeOptions = {}): Run {
  const plan = planTraining(options, ["trainingText"], "resume");
  if (plan.from !== undefined) throw usageError("resume takes no `from`: a run goes on from its own weights.");
  const sourcesOf = async (text: TextSource | undefined) => (text === undefined ? undefined : namedSources(text));
  const open = async (start: RunStart) => {
    const places = { trainingText: await sourcesOf(options.trainingText), valid: await sourcesOf(plan.valid) };
    return inFolder(await resumeRun(folder, { ...controlOf(plan, start), ...places, settings: plan.settings }), plan);
  };
  return new Run(folder, open, nodePlatform, plan.control);
}

async function openFolderRun(
  text: TextSource,
  plan: TrainPlan,
  { out, force, from }: { readonly out: string; readonly force: boolean; readonly from: string | undefined },
  start: RunStart,
): Promise<RunWork> {
  const paths = await namedSources(text);
  const valid = plan.valid === undefined ? undefined : await namedSources(plan.valid);
  const settings = quietSettings(plan);
  return inFolder(
    await startRun({ ...controlOf(plan, start), paths, valid, out, settings, from: from ?? plan.from, force }),
    plan,
  );
}

function inFolder({ folder, events }: RunInFolder, { cell }: TrainPlan): RunWork {
  return {
    events,
    best: async () => ({ stored: await loadModel(folder, cell && [cell]), origin: folder }),
  };
}

function controlOf({ cell, transform }: TrainPlan, { stopping, notice }: RunStart) {
  return { stopping, notice, cell, ...(transform && { transform }) };
}

/** A short string that is the name of a file here is a path by mistake: a string is the text itself. */
export function refusePath(text: TextSource): void {
  if (typeof text !== "string" || text.length > 300 || text.includes("\n") || !existsSync(text)) return;
  throw usageError(
    `A string is the text itself, and ${shown(text)} is the name of a file.`,
    `To read the file, give { file: ${shown(text)} }.`,
  );
}
