// A training run: from a corpus and settings to a trainer that is ready, with its model, lanes and samples. It works on
// any platform and writes no files; run/run.ts saves it in a folder.

import { LonghandError } from "../base/errors.js";
import type { Threads } from "../base/ports.js";
import { binarySize } from "../base/size.js";
import type { Engine } from "../compute/arena.js";
import type { ProfileReport } from "../compute/profile.js";
import { type Baseline, baselineBytes } from "../evaluation/baseline/baseline.js";
import type { ScoredPieces } from "../evaluation/scoring/evaluate.js";
import { createSession } from "../generation/create-session.js";
import { Session } from "../generation/session.js";
import { writeOn } from "../generation/write.js";
import type { Cell } from "../model/cells/cell.js";
import { checkVocabularyFits, type StoredModel } from "../model/file/model-file.js";
import { type Transfer, transferWeights } from "../model/file/transfer.js";
import { LanguageModel } from "../model/language-model.js";
import type { Corpus } from "../text/encoding/corpus.js";
import { textReport } from "../text/encoding/text-report.js";
import type { Vocab } from "../text/encoding/vocab.js";
import type { WindowTransform } from "../text/windows/transform.js";
import { type RecoverableState, RecoveringTrainer } from "./divergence/recovering-trainer.js";
import { type Footprint, type MemoryBudget, planMemory, requireMemory, writing } from "./memory.js";
import { fitToText } from "./settings/fitted.js";
import { CHOOSING, trainingReader, validationReader } from "./settings/reading.js";
import type { OpenSettings, Settings } from "./settings/settings.js";
import { type EarlierPlans, partsOf, type ResolvedSettings, resolveSettings } from "./settings/training-settings.js";
import { checkSettings } from "./settings/values.js";
import { createPool } from "./step/threads.js";

export interface TrainingRunOptions {
  readonly engine: Engine;
  /** A cell of the user's own: its kind is then a value of the setting `cell`. */
  readonly cell?: Cell | undefined;
  /** Changes the inputs that the model reads in training; targets and the validation text stay as they are. */
  readonly transform?: WindowTransform;
  /** A model of the same shape to begin from: its weights, by token. */
  readonly from?: StoredModel | undefined;
  readonly resume?: EarlierPlans & { readonly state: RecoverableState };
  readonly baseline?: (corpus: Corpus, pieces: ScoredPieces) => Promise<Baseline>;
  readonly stopping?: () => boolean;
  /** Threads to compute on; the caller's alone where absent. */
  readonly threads?: Threads;
  readonly pause?: () => Promise<void>;
  /** Memory that this process may still take; where absent, only the engine's limit is known. */
  readonly room?: MemoryBudget;
  /** A sentence for the user: fewer lanes than asked, say. */
  readonly notice?: (text: string) => void;
  /** Measure where the time goes; it costs a little, and changes no bit. */
  readonly profile?: boolean;
  /**
   * The run is measured and thrown away: it needs memory for two, since the next may begin before this one is
   * collected.
   */
  readonly throwaway?: boolean;
}

/** Options with a cell of one's own, whose settings stand beside the others. */
export type OwnCellOptions = TrainingRunOptions & { readonly cell: Cell | undefined };

export interface TrainingRun {
  readonly trainer: RecoveringTrainer;
  readonly settings: ResolvedSettings;
  readonly corpus: Corpus;
  /** The weights that the run keeps: those of the best validation, or the last. */
  readonly kept: "best" | "last";
  /** What was taken from the model to begin from. */
  readonly transfer: Transfer | undefined;
  /** Number of threads that compute. */
  readonly threads: number;
  /** Planned bytes, including those of other threads. */
  readonly memory: Footprint;
  /** Where the time so far went; undefined where `profile` was not asked for. */
  profile(): ProfileReport | undefined;
  /** The model with its present weights, for a file. */
  stored(): StoredModel;
  /** As `stored`, over the weights themselves: valid until the trainer continues. */
  storedInPlace(): StoredModel;
  /** A session over a copy of the present weights. */
  session(): Session;
}

/**
 * Throws a usage error for settings that contradict each other, a text that is too short, or a model too large for
 * memory.
 */
export function prepare(
  corpus: Corpus,
  given: Settings,
  o: TrainingRunOptions & { readonly cell?: undefined },
): TrainingRun;
export function prepare(corpus: Corpus, given: OpenSettings, o: OwnCellOptions): TrainingRun;
export function prepare(corpus: Corpus, given: OpenSettings, o: TrainingRunOptions): TrainingRun {
  const { train, valid, vocab } = corpus;
  const values = fitToText(checkSettings(given, o.cell), train.length);
  const counts = [...corpus.counts];
  checkVocabularyFits(vocab, counts);
  const { spec, options } = planMemory(train, vocab.size, values, o.cell, o.notice);
  const { lanes } = options;
  const { engine, pause, notice } = o;
  const asked = values.threads;
  const threading = { threads: o.threads, asked, pause, notice };
  const memory = requireMemory({
    text: train,
    vocabulary: vocab.size,
    settings: values,
    cell: o.cell,
    engine,
    pool: threading,
    room: o.room,
    settled: o.resume !== undefined,
    throwaway: o.throwaway,
  });
  // The `start` event is the same on any number of threads.
  const { threads: ofThreads, measured: _, total, ...own } = memory;
  const reader = trainingReader(train, values, lanes, vocab, o.transform);
  const settings = resolveSettings(values, reader.positions, o.resume);
  const wanted = { ...threading, profile: o.profile };
  const { model, pool, profile } = createPool(spec, engine, options, wanted);

  const initial = o.from && o.resume === undefined ? initialFrom(o.from, model, settings.seed, vocab) : undefined;

  const about = { spec, field: corpus.field, vocab, counts };
  // One model for all samples: a WebAssembly memory reserves much address space until it is collected.
  let writer: LanguageModel | undefined;
  const sample = async (from: LanguageModel, number: number) => {
    writer ??= new LanguageModel(spec, engine, writing);
    writer.setWeights(from.weightsInPlace());
    const session = new Session(writer, about);
    try {
      return writeOn(session, { length: settings.sampleLength, seed: settings.seed, sample: number });
    } catch (error) {
      if (error instanceof LonghandError) return undefined; // scores that are not finite: the next loss will say so
      throw error;
    }
  };

  const validation = valid && validationReader(valid, values, options, vocab.newlineId);
  const kept = validation === undefined || valid!.length < CHOOSING ? "last" : "best";
  const trainer = new RecoveringTrainer({
    model,
    pool,
    profile,
    settings,
    memory: { ...own, total: total - ofThreads },
    train: reader,
    about: {
      trainTokens: train.length,
      validTokens: valid?.length ?? 0,
      trimmed: reader.trimmed,
      text: textReport(corpus, partsOf(values).validSplit),
    },
    ...(validation && { valid: validation }),
    kept,
    baseline: validation && isCounted(corpus, memory, o) ? o.baseline?.(corpus, validation.pieces) : undefined,
    sample: settings.sampleLength > 0 ? sample : undefined,
    decode: (ids) => vocab.decode(ids),
    resume: o.resume?.state,
    initial: initial?.weights,
    ...(o.stopping && { stopping: o.stopping }),
    ...(pause && { pause }),
  });
  return {
    trainer,
    settings,
    corpus,
    kept,
    transfer: initial?.transfer,
    threads: pool.threads,
    memory,
    profile: () => profile?.report(),
    stored: () => ({ ...about, weights: model.weights() }),
    storedInPlace: () => ({ ...about, weights: model.weightsInPlace() }),
    session: () => createSession({ ...about, weights: model.weightsInPlace() }, engine),
  };
}

/** The weights of a new model from the seed, with those of another laid over them. */
function initialFrom(from: StoredModel, model: LanguageModel, seed: number, vocab: Vocab) {
  model.initialize(seed);
  const weights = model.weights();
  return { weights, transfer: transferWeights(from, model.spec, vocab, weights) };
}

/**
 * Is the n-gram counted during the run? Not if its event was emitted already, nor if it would take the memory of the
 * run.
 */
function isCounted(
  { train, valid }: Corpus,
  planned: Footprint,
  { resume, baseline, room, engine, threads, notice }: TrainingRunOptions,
) {
  if (!valid || !baseline || resume?.state.baselineEmitted) return false;
  const wanted = baselineBytes(train) + (threads?.bytes?.(engine.name) ?? 0);
  if (room === undefined || planned.total + wanted <= room.bytes) return true;
  const left = binarySize(room.bytes - planned.total);
  notice?.(
    `The n-gram is not counted: it takes ${binarySize(wanted)} of memory, and beside this run there are ${left}.`,
  );
  return false;
}
