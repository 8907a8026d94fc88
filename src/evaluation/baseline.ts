// What counting alone reaches: a uniform guess and the n-gram, on the same tokens and with the same vocabulary as the network.
// Every number the network reaches is shown beside these two.

import { type Score, type ScoredText, score } from "./evaluate.js";
import { fitNgram, scoreNgram, uniformNats } from "./ngram.js";
import type { Ids } from "./ngram-counts.js";

/** Plain data, so that it can be sent to a worker. */
export interface BaselineRequest {
  readonly vocabulary: number;
  /** Ids of the training part, and of the text that is scored. */
  readonly train: Ids;
  readonly scored: Ids;
  /** Fed before the text, whose first token is then scored too. */
  readonly before: number | undefined;
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
export function baseline(request: BaselineRequest): Baseline {
  const { vocabulary, before, characters, bytes } = request;
  const ngram = fitNgram(request.train, vocabulary);
  const found = scoreNgram(ngram, request.scored, before);
  const text: ScoredText = { tokens: found.scored, characters, bytes };
  return {
    uniform: score(found.scored * uniformNats(vocabulary), text),
    ngram: score(found.nats, text),
    order: ngram.order,
  };
}

/** At most so much of the training text is counted: its end, which is nearest to what is scored. */
export const BASELINE_BYTES = 16 * 1024 * 1024;

/** Memory that counting takes, in bytes, for a training text of so many: 70 to 85 a byte, whatever the unit. */
export function baselineBytes(text: number): number {
  return 85 * Math.min(text, BASELINE_BYTES);
}

/** The part of the training ids that is counted. */
export function countedPart(train: Ids, bytes: number): Ids {
  if (bytes <= BASELINE_BYTES) return train;
  return train.subarray(train.length - Math.floor((train.length * BASELINE_BYTES) / bytes));
}
