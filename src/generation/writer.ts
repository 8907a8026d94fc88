// A model that writes, with threads that take their part of its products: how many are worth it, and how they are called.

import type { Threads } from "../base/ports.js";
import type { Engine } from "../compute/arena.js";
import type { EngineIdentity } from "../compute/engines.js";
import { openSplit, type SplitSetup } from "../compute/split.js";
import { NO_SHARING, reasonOf } from "../compute/worker-pool.js";
import type { StoredModel } from "../model/file/model-file.js";
import { LanguageModel } from "../model/language-model.js";
import { type ModelSpec, modelParameters } from "../model/layout/spec.js";
import { Session } from "./session.js";

export interface WriterOptions {
  readonly threads?: Threads | undefined;
  /** So many threads, even where they gain nothing. Unset: as many as the model gains from. */
  readonly asked?: number | undefined;
  readonly notice?: ((text: string) => void) | undefined;
  /** How many tokens of fed text go through at once. */
  readonly steps?: number;
}

/** It takes parts of the products of a model that writes. */
export interface WriterSetup extends SplitSetup {
  readonly kind: "writer";
  readonly engine: EngineIdentity;
}

export interface Writer {
  readonly session: Session;
  /** How many compute. */
  readonly threads: number;
  /** Sends the threads home; the session goes on without them. */
  end(): void;
}

/** Elements of matrices that are worth a thread, where one row goes through them at a time. */
const WORTH = 2 ** 20;

/** A session of its own over a stored model. Its bits, and those of `writeSamples` over it, are the same on any number of threads. */
export function openWriter(stored: StoredModel, engine: Engine, o: WriterOptions = {}): Writer {
  const options = { lanes: 1, steps: o.steps ?? 32 };
  const wanted = countWriters(stored.spec, o);
  const obstacle = wanted > 1 ? obstacleOf(engine, o) : undefined;
  if (obstacle !== undefined) o.notice?.(`One thread computes: ${obstacle}.`);
  const threads = obstacle === undefined ? wanted : 1;
  const { name, level } = engine;
  const identity = { kind: "writer", engine: { name, level } } as const;
  const split =
    threads > 1
      ? openSplit(engine, {
          threads,
          spawn: (setup, failed) => o.threads!.spawn({ ...setup, ...identity } satisfies WriterSetup, failed),
          refused: (error) => o.notice?.(`One thread computes: another could not go on (${reasonOf(error)}).`),
        })
      : undefined;
  const model = new LanguageModel(stored.spec, engine, options, split?.open);
  model.setWeights(stored.weights);
  return { session: new Session(model, stored), threads, end: () => split?.end() };
}

function countWriters(spec: ModelSpec, { asked, threads }: WriterOptions): number {
  const matrices = modelParameters(spec).reduce((sum, p) => sum + (p.packed ? p.rows * p.cols : 0), 0);
  return Math.max(1, asked ?? Math.min(threads?.available ?? 1, Math.floor(matrices / WORTH)));
}

function obstacleOf(engine: Engine, o: WriterOptions): string | undefined {
  if (o.threads === undefined) return "this way of writing starts no threads";
  return engine.attach === undefined ? NO_SHARING : undefined;
}
