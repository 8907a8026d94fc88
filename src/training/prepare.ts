// From a corpus and some settings to a trainer that is ready to run: model, lanes, settings, samples. The portable way
// to train; a run folder (run.ts) is built on it.

import { LonghandError } from "../base/errors.js";
import type { Threads } from "../base/ports.js";
import { binarySize } from "../base/size.js";
import type { Engine } from "../compute/arena.js";
import type { ProfileReport } from "../compute/profile.js";
import { type Baseline, baselineBytes } from "../evaluation/baseline/baseline.js";
import { createSession } from "../generation/create-session.js";
import { Session } from "../generation/session.js";
import { writeOn } from "../generation/write.js";
import type { Cell } from "../model/cells/cell.js";
import { checkVocabularyFits, type StoredModel } from "../model/file/model-file.js";
import { LanguageModel } from "../model/language-model.js";
import type { Corpus } from "../text/encoding/corpus.js";
import type { WindowTransform } from "../text/windows/transform.js";
import { Trainer } from "./loop/trainer.js";
import type { TrainerState } from "./loop/trainer-state.js";
import { type Footprint, type MemoryBudget, planMemory, requireMemory, writing } from "./memory.js";
import { trainingReader, validationReader } from "./settings/reading.js";
import type { OpenSettings, Settings } from "./settings/settings.js";
import { type ResolvedSettings, resolveSettings } from "./settings/training-settings.js";
import { checkSettings } from "./settings/values.js";
import { createPool } from "./step/threads.js";

export interface TrainingRunOptions {
  readonly engine: Engine;
  /** A cell of one's own: its kind may then be the setting `cell`. */
  readonly cell?: Cell | undefined;
  /** Changes the inputs that the model reads in training; targets and the validation text stay as they are. */
  readonly transform?: WindowTransform;
  readonly resume?: { readonly state: TrainerState; readonly warmup: number };
  readonly baseline?: (corpus: Corpus) => Promise<Baseline>;
  readonly stopping?: () => boolean;
  /** Other threads to compute on; the caller's alone where absent. */
  readonly threads?: Threads;
  readonly pause?: () => Promise<void>;
  /** Memory that this process may still take; where absent, only the engine's limit is known. */
  readonly room?: MemoryBudget;
  /** A sentence for the user: fewer lanes than asked, say. */
  readonly notice?: (text: string) => void;
  /** Count where the time of steps goes; it costs a little, and changes no bit. */
  readonly profile?: boolean;
  /**
   * To be measured and thrown away: room is wanted for two such models, for this one may go later than the next comes.
   */
  readonly twice?: boolean;
}

/** Options with a cell of one's own, whose settings stand beside the others. */
export type OwnCellOptions = TrainingRunOptions & { readonly cell: Cell | undefined };

export interface TrainingRun {
  readonly trainer: Trainer;
  readonly settings: ResolvedSettings;
  readonly corpus: Corpus;
  /** How many threads compute. */
  readonly threads: number;
  /** Bytes that were planned, those of other threads among them. */
  readonly memory: Footprint;
  /** Where the time of the steps so far went; undefined where it was not asked for. */
  profile(): ProfileReport | undefined;
  /** The model with its present weights, for a file. */
  stored(): StoredModel;
  /** As `stored`, over the weights themselves: good until the trainer goes on. */
  storedInPlace(): StoredModel;
  /** A session over a copy of the present weights. */
  session(): Session;
}

/**
 * Throws a usage error for settings that make no sense together, a text that is too short, or a model that has no room.
 */
export function prepare(
  corpus: Corpus,
  given: Settings,
  o: TrainingRunOptions & { readonly cell?: undefined },
): TrainingRun;
export function prepare(corpus: Corpus, given: OpenSettings, o: OwnCellOptions): TrainingRun;
export function prepare(corpus: Corpus, given: OpenSettings, o: TrainingRunOptions): TrainingRun {
  const values = checkSettings(given, o.cell);
  const { train, valid, vocab } = corpus;
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
    twice: o.twice,
  });
  // What is told of a run is the same on any number of threads.
  const { threads: ofThreads, measured: _, total, ...own } = memory;
  const reader = trainingReader(train, values, lanes, vocab, o.transform);
  const settings = resolveSettings(values, reader.positions, o.resume);
  const wanted = { ...threading, profile: o.profile };
  const { model, pool, profile } = createPool(spec, engine, options, wanted);

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

  const trainer = new Trainer({
    model,
    pool,
    profile,
    settings,
    memory: { ...own, total: total - ofThreads },
    train: reader,
    about: { trainTokens: train.length, validTokens: valid?.length ?? 0, trimmed: reader.trimmed },
    ...(valid && { valid: validationReader(valid, values, options, vocab.newlineId) }),
    baseline: isCounted(corpus, memory, o) ? o.baseline?.(corpus) : undefined,
    sample: settings.sampleLength > 0 ? sample : undefined,
    decode: (ids) => vocab.decode(ids),
    resume: o.resume?.state,
    ...(o.stopping && { stopping: o.stopping }),
    ...(pause && { pause }),
  });
  return {
    trainer,
    settings,
    corpus,
    threads: pool.threads,
    memory,
    profile: () => profile?.report(),
    stored: () => ({ ...about, weights: model.weights() }),
    storedInPlace: () => ({ ...about, weights: model.weightsInPlace() }),
    session: () => createSession({ ...about, weights: model.weightsInPlace() }, engine),
  };
}

/**
 * Is the n-gram counted beside the run? Not where it was told already, and not where it would take the memory of the
 * run.
 */
function isCounted(
  { train, valid }: Corpus,
  planned: Footprint,
  { resume, baseline, room, engine, threads, notice }: TrainingRunOptions,
) {
  if (!valid || !baseline || resume?.state.baselineTold) return false;
  const wanted = baselineBytes(train) + (threads?.bytes?.(engine.name) ?? 0);
  if (room === undefined || planned.total + wanted <= room.bytes) return true;
  const left = binarySize(room.bytes - planned.total);
  notice?.(
    `The n-gram is not counted: it takes ${binarySize(wanted)} of memory, and beside this run there are ${left}.`,
  );
  return false;
}
