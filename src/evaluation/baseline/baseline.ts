// What counting alone reaches: a uniform guess and the n-gram, on the same tokens and with the same vocabulary as the network.
// Every number the network reaches is shown beside these two.

import { newIds, type TokenSource } from "../../text/storage/tokens.js";
import { type Score, type ScoredSizes, score } from "../scoring/evaluate.js";
import { fitNgram, ngramOrders, readNgram, uniformNats } from "./ngram.js";

export interface BaselineOptions {
  readonly vocabulary: number;
  /** The training part, and the text that is scored. */
  readonly train: TokenSource;
  readonly scored: TokenSource;
  /** So many ids of the training part are counted, its last: `mostCounted`. */
  readonly limit: number;
  /** Fed before the text, whose first token is then scored too. */
  readonly before: number | undefined;
  /** The id of `<end>`, which the n-gram does not look past. */
  readonly end?: number | undefined;
  /** Characters and bytes of what is scored. */
  readonly characters: number;
  readonly bytes: number;
}

export interface Baseline {
  readonly uniform: Score;
  readonly ngram: Score;
  /** Of the n-gram: chosen on the last tenth of the training part. */
  readonly order: number;
}

/** Counts the n-gram and scores both. A second or so for a million characters. */
export async function baseline(request: BaselineOptions): Promise<Baseline> {
  const { vocabulary, train, scored, limit, before, end, characters, bytes } = request;
  const counted = newIds(Math.min(train.length, limit), vocabulary);
  const first = train.length - counted.length;
  for await (const [ids, at] of chunks(train, first)) counted.set(ids, at - first);
  const ngram = fitNgram(counted, vocabulary, ngramOrders, end);
  const reading = readNgram(ngram, before);
  for await (const [ids] of chunks(scored, 0)) reading.read(ids);
  const found = reading.found();
  const text: ScoredSizes = { tokens: found.scored, characters, bytes };
  return {
    uniform: score(found.scored * uniformNats(vocabulary), text),
    ngram: score(found.nats, text),
    order: ngram.order,
  };
}

/**
 * At most so many ids of the training text are counted, the last, which are nearest to what is scored; fewer of a text that is
 * not in memory, so that its n-gram is small beside what that spares.
 */
const COUNT_LIMITS = { inMemory: 1 << 24, fromAfar: 1 << 20 } as const;

/** How many ids of a training text are counted at most. */
export function countLimit(train: TokenSource): number {
  return train.cursor === undefined ? COUNT_LIMITS.inMemory : COUNT_LIMITS.fromAfar;
}

/** Memory that counting takes, in bytes: 70 to 85 an id, whatever the unit. */
export function baselineBytes(train: TokenSource): number {
  return 85 * Math.min(train.length, countLimit(train));
}

const CHUNK = 1 << 18;

/** A source from `from` on, with the place of each piece. */
async function* chunks(source: TokenSource, from: number): AsyncGenerator<[ids: Int32Array, at: number]> {
  for (let at = from; at < source.length; at += CHUNK) {
    yield [await source.read(at, Math.min(at + CHUNK, source.length)), at];
  }
}
