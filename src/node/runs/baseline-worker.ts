// The module of the n-gram's worker thread: counts it while the run trains.

import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { type Baseline, baseline } from "../../evaluation/baseline/baseline.js";
import type { ScoredPieces, TextSizes } from "../../evaluation/scoring/evaluate.js";
import type { TokenSource } from "../../text/storage/tokens.js";

/** First message to the thread. */
export interface BaselineTask extends TextSizes {
  readonly vocabulary: number;
  readonly limit: number;
  readonly pieces: ScoredPieces;
  readonly end: number | undefined;
  /** Tokens of each text. */
  readonly train: number;
  readonly scored: number;
}

/** Message from the thread. */
export type FromBaseline =
  | { readonly kind: "read"; readonly what: "train" | "scored"; readonly from: number; readonly to: number }
  | { readonly kind: "found"; readonly found: Baseline };

const port = parentPort!;
const { train, scored, ...task } = workerData as BaselineTask;

/** Ids that the parent thread sends on request. */
const remote = (what: "train" | "scored", length: number): TokenSource => ({
  length,
  async read(from, to) {
    post({ kind: "read", what, from, to });
    const [ids] = (await once(port, "message")) as [Int32Array];
    return ids;
  },
});
const post = (message: FromBaseline) => port.postMessage(message);

const found = await baseline({ ...task, train: remote("train", train), scored: remote("scored", scored) });
post({ kind: "found", found });
