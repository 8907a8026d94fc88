// What the portable face needs of a platform: an engine, threads, hashes, and how texts and runs are opened there.

import type { NewHash, Threads } from "../base/ports.js";
import type { EngineChoice, EngineName } from "../compute/engines.js";
import type { Baseline } from "../evaluation/baseline/baseline.js";
import type { ScoredPieces } from "../evaluation/scoring/evaluate.js";
import type { StoredModel } from "../model/file/model-file.js";
import type { Corpus } from "../text/encoding/corpus.js";
import type { ReadingContext } from "../text/reading/rules.js";
import type { MemoryBudget } from "../training/memory.js";
import type { Evaluated, EvaluateOptions } from "./evaluate.js";
import type { TextOpener, TextSource } from "./text-source.js";

/** A platform: Node or a browser. */
export interface Platform {
  readonly texts: TextOpener;
  /** Unpacks gzip; undefined where the platform cannot. */
  readonly gunzip: ReadingContext["gunzip"];
  engine(name?: EngineName): EngineChoice;
  threads(): Threads;
  /** Lets the event loop turn. */
  pause(): Promise<void>;
  /** SHA-256; undefined where the runtime has none. */
  readonly newHash: NewHash | undefined;
  /** Memory that this process may still take; undefined where that is not known. */
  memory(): MemoryBudget | undefined;
  /** Counts the n-gram beside a run; undefined where nothing can count it without blocking the run. */
  readonly baseline: ((corpus: Corpus, pieces: ScoredPieces) => Promise<Baseline>) | undefined;
  /** Evaluates a model on a text; without a text, on the validation part of the run that the model is from. */
  evaluate(model: EvaluatedModel, text: TextSource | undefined, options: EvaluateOptions): Promise<Evaluated>;
}

/** A model to evaluate. */
export interface EvaluatedModel {
  readonly stored: StoredModel;
  /** The run's folder or the file that the model is from. */
  readonly origin: string | undefined;
  readonly engine: EngineName | undefined;
}

/** Longest time in ms that the face computes before it lets the event loop turn. */
export const SLICE_MS = 12;
