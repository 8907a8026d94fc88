// Starts the n-gram's thread.

import { Worker } from "node:worker_threads";
import { type Baseline, type BaselineRequest, countedPart } from "../evaluation/baseline.js";
import { scoredLanes } from "../evaluation/evaluate.js";
import type { Corpus } from "../text/corpus.js";
import type { Tokens } from "../text/tokens.js";

/** What uniform and n-gram reach on `scored`, the n-gram counted on the corpus' training part. */
export function countBaseline(corpus: Corpus, scored: Tokens): Promise<Baseline> {
  const before = corpus.vocab.newlineId;
  const { characters, bytes } = scoredLanes(scored, 1, before);
  const request: BaselineRequest = {
    vocabulary: corpus.vocab.size,
    train: countedPart(corpus.train.ids, corpus.train.bytes).slice(),
    scored: scored.ids,
    before,
    characters,
    bytes,
  };
  return new Promise<Baseline>((resolve, reject) => {
    const worker = new Worker(new URL("./baseline-worker.js", import.meta.url), {
      workerData: request,
      execArgv: [], // the process's own, --input-type say, may not suit a file
    });
    worker.unref(); // a run that ends early does not wait for it
    worker.once("message", (found: Baseline) => resolve(found));
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the n-gram's thread ended with code ${code}`)));
  });
}
