// Counts the n-gram in a worker thread, and sends it the ids that it requests: the text may be larger than memory.

import { Worker } from "node:worker_threads";
import { type Baseline, countLimit } from "../../evaluation/baseline/baseline.js";
import { type ScoredPieces, scoredLanes } from "../../evaluation/scoring/evaluate.js";
import type { Corpus } from "../../text/encoding/corpus.js";
import type { Tokens } from "../../text/storage/tokens.js";
import type { BaselineTask, FromBaseline } from "./baseline-worker.js";

/**
 * Losses of a uniform guess and an n-gram on `scored`, which it reads in the model's pieces; the n-gram is counted on
 * the corpus's training part.
 */
export function countBaseline(
  { train, vocab }: Corpus,
  scored: Tokens,
  pieces: ScoredPieces = { before: vocab.newlineId, positions: Number.POSITIVE_INFINITY },
): Promise<Baseline> {
  const { lanes: _, ...sizes } = scoredLanes(scored, 1, pieces.before);
  const lengths = { train: train.length, scored: scored.length };
  const limit = countLimit(train);
  const task: BaselineTask = { vocabulary: vocab.size, limit, pieces, end: vocab.endId, ...sizes, ...lengths };
  const texts = { train, scored };
  return new Promise<Baseline>((resolve, reject) => {
    const worker = new Worker(new URL("./baseline-worker.js", import.meta.url), {
      workerData: task,
      execArgv: [], // the process's own options, such as --input-type, may not suit a file
    });
    worker.unref(); // a run that ends early does not wait for it
    worker.on("message", (message: FromBaseline) => {
      if (message.kind === "found") resolve(message.found);
      else
        Promise.resolve(texts[message.what].read(message.from, message.to)).then(
          (ids) => worker.postMessage(ids),
          reject,
        );
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the n-gram's thread ended with code ${code}`)));
  });
}

/** The n-gram's score on the validation part. */
export function countValidation(corpus: Corpus, pieces: ScoredPieces): Promise<Baseline> {
  return countBaseline(corpus, corpus.valid ?? corpus.train, pieces);
}
