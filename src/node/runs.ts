// Starts a run in a folder, and goes on with one: text from files, the engine of this Node, the n-gram in its own thread. What a
// run is and how it is kept is training/run.ts.

import { resolve } from "node:path";
import { usageError } from "../base/errors.js";
import type { KnobValues } from "../base/knob.js";
import { joinPath } from "../base/ports.js";
import type { EngineName } from "../compute/engines.js";
import type { Cell } from "../model/cell.js";
import { type Corpus, readCorpus } from "../text/corpus.js";
import type { Vocab } from "../text/vocab.js";
import type { TrainEvent } from "../training/events.js";
import { checkKnobs } from "../training/knob-values.js";
import { type Prepared, prepare } from "../training/prepare.js";
import { continuedKnobs, textDifferences } from "../training/resume.js";
import { loadRun, RunFile, type RunPorts, refuseExisting, runTraining } from "../training/run.js";
import type { RunConfig } from "../training/run-state.js";
import { fieldOf } from "../training/settings.js";
import { type TextRecord, watchText } from "../training/text-record.js";
import { countBaseline } from "./baseline.js";
import { nodeEngine } from "./engine.js";
import { nodeFileSystem } from "./filesystem.js";
import { nodeHash } from "./hash.js";
import { findSources, type Source, STANDARD_INPUT, textName, toInput } from "./inputs.js";
import { measureWindows } from "./measure.js";
import { pause } from "./pause.js";
import { nodeProcesses } from "./processes.js";
import { usableMemory } from "./room.js";
import { nodeThreads } from "./threads.js";

export interface RunControl {
  /** Asked between windows: true ends the run, which can then be resumed. */
  readonly stopping?: () => boolean;
  /** A sentence for the user before the first event. */
  readonly notice?: (text: string) => void;
  readonly cell?: Cell;
  /** Count where the time goes: the last event tells it. */
  readonly profile?: boolean;
}

export interface StartOptions extends RunControl {
  /** Files, folders, or `-` for standard input. */
  readonly paths: readonly string[];
  /** Texts to validate on. */
  readonly valid?: readonly string[];
  /** The run's folder; `runs/` and the text's name where absent. */
  readonly out?: string;
  readonly knobs?: KnobValues;
  /** Replace a run that is there. */
  readonly force?: boolean;
}

export interface Run {
  readonly folder: string;
  readonly config: RunConfig;
  readonly prepared: Prepared;
  /** Engines that were passed over, with the reason. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
  /** Trains, and keeps the folder. */
  readonly events: AsyncGenerator<TrainEvent, void, void>;
}

export const nodeRunPorts: RunPorts = { fs: nodeFileSystem(), newHash: nodeHash, processes: nodeProcesses };

/** Reads the text and makes ready; nothing is trained before `events` is consumed. */
export async function startRun(o: StartOptions): Promise<Run> {
  const notice = o.notice ?? (() => {});
  const folder = o.out ?? joinPath("runs", textName(o.paths));
  let knobs = checkKnobs(o.knobs ?? {}, o.cell);
  if (!o.force) await refuseExisting(nodeRunPorts.fs, folder); // and again under the lock: now, to say it before reading
  if (o.valid?.includes(STANDARD_INPUT)) {
    throw usageError("Standard input can be the text to train on, not the one to validate on.", "Give --valid a file.");
  }
  const sources = await findSources(o.paths, notice);
  const validSources = o.valid && (await findSources(o.valid, notice));
  const texts = await readTexts(sources, validSources, knobs, notice);
  const { engine, passedOver } = nodeEngine(knobs.engine as EngineName);

  const options = { ...shared(o), engine, profile: o.profile === true };
  if (typeof knobs.minutes === "number" && knobs.steps === undefined) {
    knobs = { ...knobs, steps: await measureWindows(texts.corpus, knobs, options, knobs.minutes) };
  }
  const prepared = prepare(texts.corpus, knobs, options);
  const config: RunConfig = {
    format: 1,
    knobs,
    text: texts.text,
    ...(texts.valid && { valid: texts.valid }),
    vocabulary: await digestOf(JSON.stringify(texts.corpus.vocab)),
    warmup: prepared.settings.warmup,
    engine: `${engine.name} ${engine.level}`,
  };
  const input = sources.find((source) => source.kind === "stdin")?.bytes;
  const events = runTraining(nodeRunPorts, {
    folder,
    config,
    prepared,
    resumed: false,
    replace: o.force === true,
    ...(input && { input }),
    saveEvery: Number(knobs.saveEvery),
  });
  return { folder, config, prepared, passedOver, events };
}

/** Goes on with the run in a folder. `knobs` may only hold what a continuation may change, or what is as it was. */
export async function resumeRun(folder: string, o: RunControl & { readonly knobs?: KnobValues } = {}): Promise<Run> {
  const warnings: string[] = [];
  const { config: was, trainer } = await loadRun(nodeRunPorts, folder, (text) => warnings.push(text));
  const knobs = continuedKnobs(was.knobs, o.knobs ?? {}, folder, o.cell);
  const sources = await keptSources(was.text, folder);
  const validSources = was.valid && (await keptSources(was.valid, folder));
  const texts = await readTexts(sources, validSources, knobs, () => {});
  const vocabulary = await digestOf(JSON.stringify(texts.corpus.vocab));
  const differences = [
    ...textDifferences("text", was.text, texts.text),
    ...(was.valid && texts.valid ? textDifferences("validation text", was.valid, texts.valid) : []),
  ];
  if (differences.length === 0 && vocabulary !== was.vocabulary) {
    differences.push(
      "the vocabulary of the same text is another one (this version or this Node cuts text differently)",
    );
  }
  if (differences.length > 0) {
    throw usageError(
      `${folder} cannot go on: ${differences.join("; ")}.`,
      "Put the text back as it was, or train anew with --force.",
    );
  }
  const { engine, passedOver } = nodeEngine(knobs.engine as EngineName);
  const present = `${engine.name} ${engine.level}`;
  if (present !== was.engine) {
    warnings.push(
      `This run was on ${was.engine} and goes on with ${present}: from here on its last digits are others than they would have been.`,
    );
  }
  const profile = o.profile === true;
  const resume = { state: trainer, warmup: was.warmup };
  const prepared = prepare(texts.corpus, knobs, { ...shared(o), engine, resume, profile });
  const config = { ...was, knobs, engine: present };
  const saveEvery = Number(knobs.saveEvery);
  const events = runTraining(nodeRunPorts, { folder, config, prepared, resumed: true, saveEvery, warnings });
  return { folder, config, prepared, passedOver, events };
}

/** The files of a text that was recorded; one that is gone is told. */
export async function keptSources(record: TextRecord, folder: string): Promise<Source[]> {
  // A run's own copy of standard input is named without a folder: it goes where the run's folder goes.
  const paths = record.names.map((name) => (name === RunFile.text ? joinPath(folder, name) : name));
  for (const path of paths) {
    if ((await nodeRunPorts.fs.stat(path))?.kind === "file") continue;
    throw usageError(`The text that ${folder} is trained on is gone: ${path}.`, "Put it back at that place.");
  }
  return paths.map((path) => ({ kind: "file", path }));
}

/** The training text of a run, read again with the vocabulary of its model. Throws where it is gone or has changed. */
export async function trainingTextOf(folder: string, config: RunConfig, vocab: Vocab): Promise<Corpus> {
  const sources = await keptSources(config.text, folder);
  const watched = watchText(sources.map(toInput), nodeHash);
  // With a validation text of its own, all of the text was for training.
  const validFraction = config.valid ? 0 : Number(config.knobs.validFraction);
  const corpus = await readCorpus(watched.inputs, { field: fieldOf(config.knobs), vocab, validFraction });
  const [difference] = textDifferences("training text", config.text, await watched.record());
  if (difference !== undefined) throw usageError(`${difference}.`);
  return corpus;
}

/** What every run of this Node gets. */
function shared(o: RunControl) {
  return {
    ...(o.cell && { cell: o.cell }),
    ...(o.stopping && { stopping: o.stopping }),
    ...(o.notice && { notice: o.notice }),
    threads: nodeThreads(),
    room: usableMemory(),
    baseline: (corpus: Corpus) => countBaseline(corpus, corpus.valid ?? corpus.train),
    pause,
  };
}

async function readTexts(
  sources: readonly Source[],
  validSources: readonly Source[] | undefined,
  knobs: KnobValues,
  notice: (text: string) => void,
): Promise<{ corpus: Corpus; text: TextRecord; valid: TextRecord | undefined }> {
  const train = watchText(sources.map(toInput), nodeHash);
  const valid = validSources && watchText(validSources.map(toInput), nodeHash);
  const corpus = await readCorpus(train.inputs, {
    field: fieldOf(knobs),
    validFraction: Number(knobs.validFraction),
    ...(valid && { validInputs: valid.inputs }),
    notice,
  });
  const place = (source: Source) => (source.kind === "file" ? resolve(source.path) : RunFile.text);
  const named = (record: TextRecord, from: readonly Source[]) => ({ ...record, names: from.map(place) });
  return {
    corpus,
    text: named(await train.record(), sources),
    valid: valid && validSources && named(await valid.record(), validSources),
  };
}

async function digestOf(text: string): Promise<string> {
  const hash = nodeHash();
  hash.update(new TextEncoder().encode(text));
  return hash.hex();
}
