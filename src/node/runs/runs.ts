// Starts and resumes runs in Node: text from files, the fastest engine, the n-gram in its own thread.
// training/run/run.ts trains and keeps the run's folder.

import { resolve } from "node:path";
import { LonghandError, usageError } from "../../base/errors.js";
import { checkOptions } from "../../base/options.js";
import { joinPath } from "../../base/ports.js";
import type { Cell } from "../../model/cells/cell.js";
import { modelDigest } from "../../model/file/model-digest.js";
import type { StoredModel } from "../../model/file/model-file.js";
import type { Transfer } from "../../model/file/transfer.js";
import type { Corpus } from "../../text/encoding/corpus.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { WindowTransform } from "../../text/windows/transform.js";
import type { Advice } from "../../training/adviser/adviser.js";
import type { TrainEvent } from "../../training/loop/events.js";
import { expectedSeconds, measureWindows } from "../../training/measure.js";
import {
  continuedSettings,
  describeGrowth,
  describeOrigin,
  requireTransform,
  vocabularyDifference,
} from "../../training/run/resume.js";
import { loadRun, RunFile, type RunPorts, refuseExisting, runTraining } from "../../training/run/run.js";
import { RUN_FORMAT, type RunConfig } from "../../training/run/run-state.js";
import { fitToText } from "../../training/settings/fitted.js";
import { settingsFromModel } from "../../training/settings/from-model.js";
import type { OpenSettings, Settings } from "../../training/settings/settings.js";
import { checkSettings } from "../../training/settings/values.js";
import { prepare, type TrainingRun } from "../../training/training-run.js";
import { nodeEngine } from "../engine/engine.js";
import { nodeThreads } from "../engine/threads.js";
import { type NamedSource, textName } from "../files/inputs.js";
import { readKeptText, type TextPlaces } from "../files/kept-text.js";
import { loadModel } from "../files/models.js";
import { type ReadingProgress, type RunText, readRunText } from "../files/texts.js";
import { nodeFileSystem } from "../system/filesystem.js";
import { nodeHash } from "../system/hash.js";
import { usableMemory } from "../system/memory.js";
import { recordedPath } from "../system/paths.js";
import { pause } from "../system/pause.js";
import { nodeProcesses } from "../system/processes.js";
import { adviseCorpus } from "./advise.js";
import { countValidation } from "./baseline.js";
import { repeatedToo, trainedToo } from "./overlap.js";

export interface RunControl {
  /** Called between windows: true stops the run, which can then be resumed. */
  readonly stopping?: () => boolean;
  /** Receives sentences for the user before the first event. */
  readonly notice?: (text: string) => void;
  /** Changes the inputs that the model reads in training. The run's record names it, and a resume requires it. */
  readonly transform?: WindowTransform;
  /** Profile phases and kernels; an event at the end has the times. */
  readonly profile?: boolean;
  /** Measure how long the run will take. */
  readonly timed?: boolean;
  /** Receives the progress of reading the text. */
  readonly reading?: ReadingProgress;
  /** Count no n-gram. */
  readonly withoutBaseline?: boolean;
}

/** Settings of a run, with those of its own cell if there is one. */
export type RunSettings =
  | { readonly settings?: Settings | undefined; readonly cell?: undefined }
  | { readonly settings?: OpenSettings | undefined; readonly cell: Cell | undefined };

export type StartOptions = StartControl & RunSettings;

export interface StartControl extends RunControl {
  /** Files, folders, or `-` for standard input. */
  readonly paths: readonly NamedSource[];
  /** Texts to validate on. */
  readonly valid?: readonly NamedSource[] | undefined;
  /** The run's folder; by default `runs/` and the text's name. */
  readonly out?: string;
  /** Begin from the weights of a model: a run's folder, a model file, or a model that is loaded. */
  readonly from?: string | StoredModel | undefined;
  /** Replace an existing run. */
  readonly force?: boolean;
  /**
   * Ask the adviser first, and train with its values of the settings that are not given. Receives stages and advice.
   */
  readonly advise?: (advice: Advice | undefined, stage: string) => void;
}

export interface Run {
  readonly folder: string;
  readonly config: RunConfig;
  readonly trainingRun: TrainingRun;
  /** Seconds that the run will take, where that was measured. */
  readonly seconds?: number | undefined;
  /** Engines that were skipped, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Trains, saves, and writes the log. */
  readonly events: AsyncGenerator<TrainEvent, void, void>;
}

export const nodeRunPorts: RunPorts = { fs: nodeFileSystem(), newHash: nodeHash, processes: nodeProcesses };

/** Names of options that starting and resuming share. */
const controlNames = [
  "stopping",
  "notice",
  "transform",
  "profile",
  "reading",
  "withoutBaseline",
  "timed",
  "settings",
  "cell",
];

/** Reads the text and prepares the run; it trains when `events` is consumed. */
export async function startRun(o: StartOptions): Promise<Run> {
  checkOptions(o, [...controlNames, "paths", "valid", "out", "from", "force", "advise"], "startRun");
  const notice = o.notice ?? (() => {});
  const folder = o.out ?? joinPath("runs", textName(o.paths));
  const from = typeof o.from === "string" ? await loadModel(o.from, o.cell && [o.cell]) : o.from;
  const given = from ? settingsFromModel(from, o.settings ?? {}) : (o.settings ?? {});
  let settings = checkSettings(given, o.cell);
  if (!o.force) await refuseExisting(nodeRunPorts.fs, folder); // before the text is read, and again under the lock
  const text = await readRunText(folder, { paths: o.paths, valid: o.valid, settings }, notice, o.reading);
  const { chunks } = text.text;
  const warning = text.valid ? trainedToo(chunks, text.valid.chunks) : repeatedToo(chunks, text.heldOut);
  if (warning !== undefined) notice(warning);
  try {
    const { corpus } = text;
    const { engine, skipped } = nodeEngine(settings.engine);
    const options = { ...shared(o), engine, profile: o.profile === true };
    const advice = o.advise && (await askAdviser(corpus, given, o));
    if (advice !== undefined) {
      settings = checkSettings({ ...given, ...advice.advised }, o.cell);
      await text.place(RunFile.advice, new TextEncoder().encode(`${JSON.stringify(advice)}\n`));
    }
    if (settings.minutes !== undefined && settings.steps === undefined) {
      const left = Math.max(settings.minutes / 2, settings.minutes - (advice?.spent ?? 0) / 60); // of the minutes
      settings = { ...settings, steps: await measureWindows(corpus, settings, options, left) };
    }
    settings = fitToText(settings, corpus.train.length);
    const trainingRun = prepare(corpus, settings, { ...options, from, cell: o.cell });
    const timing = { ...options, cell: o.cell };
    const seconds = o.timed === true ? await expectedSeconds(trainingRun, settings, timing) : undefined;
    const origin = from && trainingRun.transfer && originOf(o.from, from, trainingRun.transfer);
    if (origin) notice(describeOrigin(origin, typeof o.from === "string" ? o.from : origin.name));
    const config: RunConfig = {
      format: RUN_FORMAT,
      settings,
      text: text.text,
      ...(text.valid && { valid: text.valid }),
      ...(o.transform && { transform: o.transform.url }),
      ...(origin && { from: origin }),
      vocabulary: await digestOf(JSON.stringify(corpus.vocab)),
      warmup: trainingRun.settings.warmup,
      engine: `${engine.name} ${engine.level}`,
    };
    const replace = o.force === true;
    const events = runTraining(nodeRunPorts, { ...runOf(folder, config, trainingRun, text), resumed: false, replace });
    return { folder, config, trainingRun, seconds, skipped, events: closing(events, text) };
  } catch (error) {
    await text.close();
    throw error;
  }
}

/** What the record of a run says of the model that it began from. */
function originOf(given: StartOptions["from"], from: StoredModel, transfer: Transfer): NonNullable<RunConfig["from"]> {
  const name = typeof given === "string" ? recordedPath(resolve(given)) : "a model in memory";
  return { name, digest: modelDigest(from.spec, from, from.weights), ...transfer };
}

/** The adviser over the run's own text, and who is told of it. */
async function askAdviser(corpus: Corpus, settings: OpenSettings, { cell, advise }: StartOptions): Promise<Advice> {
  const stage = (text: string) => advise?.(undefined, text);
  const advice = await adviseCorpus(corpus, settings, { ...(cell && { cell }), stage });
  advise?.(advice, "");
  return advice;
}

/** Goes on with the run in a folder. `settings` may only hold what a continuation may change, or what is as it was. */
export async function resumeRun(folder: string, o: RunControl & RunSettings & TextPlaces = {}): Promise<Run> {
  checkOptions(o, [...controlNames, "trainingText", "valid"], "resumeRun");
  const warnings: string[] = [];
  const { config: was, trainer } = await loadRun(nodeRunPorts, folder, (text) => warnings.push(text));
  const continued = continuedSettings(was, o.settings ?? {}, folder, o.cell);
  const { lengthened } = continued;
  let { settings } = continued;
  requireTransform(was.transform, o.transform?.url, folder);
  const text = await readKeptText(folder, was, settings, { ...o, notice: o.notice ?? (() => {}) });
  try {
    const { vocab } = text.corpus;
    if ((await digestOf(JSON.stringify(vocab))) !== was.vocabulary) {
      const before = await vocabularyOf(folder, was, o.cell);
      const difference = before ? vocabularyDifference(before, vocab) : `${vocab.size} tokens`;
      throw usageError(
        `${folder} cannot go on: the vocabulary of the same text is another one: ${difference} (this version ` +
          "or this Node cuts text differently).",
        "Go on with the version it began with, or train anew with `force`.",
      );
    }
    const { engine, skipped } = nodeEngine(settings.engine);
    const present = `${engine.name} ${engine.level}`;
    if (present !== was.engine) {
      warnings.push(
        `This run was on ${was.engine} and goes on with ${present}: from here on its last digits are others ` +
          "than they would have been.",
      );
    }
    const profile = o.profile === true;
    const done = trainer.position.window;
    if (continued.minutes !== undefined) {
      const measured = await measureWindows(text.corpus, settings, { ...shared(o), engine }, continued.minutes);
      settings = { ...settings, steps: done + measured };
    }
    const resume = { state: trainer, warmup: was.warmup, lengthened };
    const trainingRun = prepare(text.corpus, settings, { ...shared(o), cell: o.cell, engine, resume, profile });
    const texts = { text: text.text, ...(text.valid && { valid: text.valid }) };
    if (lengthened.length > (was.lengthened?.length ?? 0)) {
      const { windows, earlierEnds } = trainingRun.settings;
      warnings.push(describeGrowth(settings, { done, planned: earlierEnds.at(-1)!, windows }));
    }
    const growth = lengthened.length > 0 && { lengthened };
    const config = { ...was, ...texts, ...growth, settings, engine: present };
    const events = runTraining(nodeRunPorts, { ...runOf(folder, config, trainingRun, text), resumed: true, warnings });
    return { folder, config, trainingRun, skipped, events: closing(events, text) };
  } catch (error) {
    await text.close();
    throw error;
  }
}

/** The vocabulary that a run began with, if its model is there to tell. */
async function vocabularyOf(
  folder: string,
  { vocabulary }: RunConfig,
  cell: Cell | undefined,
): Promise<Vocab | undefined> {
  try {
    const { vocab } = await loadModel(folder, cell && [cell]);
    return (await digestOf(JSON.stringify(vocab))) === vocabulary ? vocab : undefined;
  } catch (error) {
    if (error instanceof LonghandError) return undefined;
    throw error;
  }
}

function runOf(folder: string, config: RunConfig, trainingRun: TrainingRun, { placed, lock }: RunText) {
  return { folder, config, trainingRun, placed, lock, saveEvery: config.settings.saveEvery };
}

async function* closing(events: AsyncGenerator<TrainEvent, void, void>, text: RunText): Run["events"] {
  try {
    yield* events;
  } finally {
    await text.close();
  }
}

/** What every run of this Node gets. */
function shared(o: RunControl) {
  return {
    ...(o.transform && { transform: o.transform }),
    ...(o.stopping && { stopping: o.stopping }),
    ...(o.notice && { notice: o.notice }),
    threads: nodeThreads(),
    room: usableMemory(),
    ...(!o.withoutBaseline && { baseline: countValidation }),
    pause,
  };
}

async function digestOf(text: string): Promise<string> {
  const hash = nodeHash();
  hash.update(new TextEncoder().encode(text));
  return hash.hex();
}
