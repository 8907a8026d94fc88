// Baselines of a model: a uniform distribution and an n-gram, on the same tokens and with the same vocabulary as the
// network. Screens and logs show them next to the network's loss.

import { newIds, type TokenSource } from "../../text/storage/tokens.js";
import { type Score, type ScoredPieces, score, type TextSizes } from "../scoring/evaluate.js";
import { fitNgram, ngramOrders, readNgram, uniformNats } from "./ngram.js";

/** The texts, and the sizes of the scored one. */
export interface BaselineOptions extends TextSizes {
  readonly vocabulary: number;
  /** The training text, and the text that is scored. */
  readonly train: TokenSource;
  readonly scored: TokenSource;
  /** The n-gram counts at most this many ids, the last of the training text (`countLimit`). */
  readonly limit: number;
  /** The pieces in which the model reads the scored text. */
  readonly pieces: ScoredPieces;
  /** The id of `<end>`; no n-gram crosses it. */
  readonly end?: number | undefined;
}

/** What simple predictors reach on the same text, to compare a model with. */
export interface Baseline {
  /** Score of a uniform guess over the vocabulary. */
  readonly uniform: Score;
  /** Score of an interpolated n-gram of the training text (Kneser-Ney). */
  readonly ngram: Score;
  /** Order of the n-gram, chosen on the last tenth of the training text. */
  readonly order: number;
}

/** Counts the n-gram and scores both baselines. Takes about a second for a million characters. */
export async function baseline(request: BaselineOptions): Promise<Baseline> {
  const { vocabulary, train, scored, limit, pieces, end, characters, bytes, spelling } = request;
  const counted = newIds(Math.min(train.length, limit), vocabulary);
  const first = train.length - counted.length;
  for await (const [ids, at] of chunks(train, first)) counted.set(ids, at - first);
  const ngram = fitNgram(counted, vocabulary, ngramOrders, end);
  const reading = readNgram(ngram, pieces.before, pieces.positions);
  for await (const [ids] of chunks(scored, 0)) reading.read(ids);
  const total = reading.total();
  const text = { tokens: total.scored, characters, bytes, spelling };
  return {
    uniform: score(total.scored * uniformNats(vocabulary), text),
    ngram: score(total.nats, text),
    order: ngram.order,
  };
}

/**
 * Ids of the training text that are counted at most: its last ones, which are nearest to the scored text. Fewer of a
 * text that is not in memory, so that the n-gram needs little memory compared with the text.
 */
const COUNT_LIMITS = { inMemory: 1 << 24, streamed: 1 << 20 } as const;

/** The most ids of this training text that are counted. */
export function countLimit(train: TokenSource): number {
  return train.cursor === undefined ? COUNT_LIMITS.inMemory : COUNT_LIMITS.streamed;
}

/** Memory that counting takes, in bytes: 70 to 85 an id, for every unit. */
export function baselineBytes(train: TokenSource): number {
  return 85 * Math.min(train.length, countLimit(train));
}

const CHUNK = 1 << 18;

/** The ids of a source from `from` on in chunks, each with its position. */
async function* chunks(source: TokenSource, from: number): AsyncGenerator<[ids: Int32Array, at: number]> {
  for (let at = from; at < source.length; at += CHUNK) {
    yield [await source.read(at, Math.min(at + CHUNK, source.length)), at];
  }
}
