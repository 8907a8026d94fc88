// What counting alone reaches: a uniform guess and the n-gram, on the same tokens and with the same vocabulary as the network.
// Every number the network reaches is shown beside these two.

import { newIds, type TokenSource } from "../../text/storage/tokens.js";
import { type Score, type ScoredText, score } from "../scoring/evaluate.js";
import { fitNgram, ngramOrders, readNgram, uniformNats } from "./ngram.js";

export interface BaselineRequest {
  readonly vocabulary: number;
  /** The training part, and the text that is scored. */
  readonly train: TokenSource;
  readonly scored: TokenSource;
  /** So many ids of the training part are counted, its last: `mostCounted`. */
  readonly most: number;
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
export async function baseline(request: BaselineRequest): Promise<Baseline> {
  const { vocabulary, train, scored, most, before, end, characters, bytes } = request;
  const counted = newIds(Math.min(train.length, most), vocabulary);
  const first = train.length - counted.length;
  for await (const [ids, at] of pieces(train, first)) counted.set(ids, at - first);
  const ngram = fitNgram(counted, vocabulary, ngramOrders, end);
  const reading = readNgram(ngram, before);
  for await (const [ids] of pieces(scored, 0)) reading.read(ids);
  const found = reading.found();
  const text: ScoredText = { tokens: found.scored, characters, bytes };
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
const COUNTED = { inMemory: 1 << 24, fromAfar: 1 << 20 } as const;

/** How many ids of a training text are counted at most. */
export function mostCounted(train: TokenSource): number {
  return train.cursor === undefined ? COUNTED.inMemory : COUNTED.fromAfar;
}

/** Memory that counting takes, in bytes: 70 to 85 an id, whatever the unit. */
export function baselineBytes(train: TokenSource): number {
  return 85 * Math.min(train.length, mostCounted(train));
}

const PIECE = 1 << 18;

/** A source from `from` on, with the place of each piece. */
async function* pieces(source: TokenSource, from: number): AsyncGenerator<[ids: Int32Array, at: number]> {
  for (let at = from; at < source.length; at += PIECE) {
    yield [await source.read(at, Math.min(at + PIECE, source.length)), at];
  }
}
