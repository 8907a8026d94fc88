// The report of a text: the sizes of its parts. The `start` event of a run has it.

import type { Tokens } from "../storage/tokens.js";
import type { Corpus } from "./corpus.js";
import type { ValidSplit } from "./validation-split.js";

/** Sizes of the parts of a text. */
export interface TextReport {
  readonly train: PartReport;
  readonly valid?: PartReport | undefined;
  /** Which part of the text is held out, unless validation has a text of its own. */
  readonly validSplit: ValidSplit;
}

/** Sizes of a part. */
export interface PartReport {
  readonly tokens: number;
  /** Characters and bytes, those of unknown tokens too. */
  readonly characters: number;
  readonly bytes: number;
  /** Number of tokens outside the vocabulary. */
  readonly unknown: number;
  /** Number of documents. Absent if the field keeps none apart, or validation has its own text. */
  readonly documents?: number | undefined;
}

export function textReport(corpus: Corpus, validSplit: ValidSplit): TextReport {
  const { vocab, counts, train, valid, documents } = corpus;
  const part = ({ length: tokens, characters, bytes, unknown }: Tokens, ofDocuments: number): PartReport => ({
    tokens,
    characters,
    bytes,
    unknown,
    ...(ofDocuments > 0 && { documents: ofDocuments }),
  });
  // An <end> closes each document, and one more stands before the first.
  const ofTrain = vocab.endId === undefined ? 0 : counts[vocab.endId]! - 1;
  const ofValid = vocab.endId === undefined ? 0 : documents - ofTrain;
  return {
    train: part(train, ofTrain),
    ...(valid && { valid: part(valid, ofValid) }),
    validSplit,
  };
}
