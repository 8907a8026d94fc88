// Augmentation: what is changed in the stream that is trained on, from settings. Validation never sees any of it. The transforms
// are the text floor's; here they are put together, in this order: documents, inserted rows, shift; then slips of a hand.

import { usageError } from "../../base/errors.js";
import { flagOf, type SettingRow, type SettingValues } from "../../base/setting.js";
import type { Notice } from "../../text/encoding/utf8.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import { documentsIn, reordered } from "../../text/windows/document-order.js";
import { inserted, insertedLength } from "../../text/windows/insertion.js";
import type { LaneReader } from "../../text/windows/lanes.js";
import { noisy, type SlipTable, slipTable } from "../../text/windows/noise.js";
import { shifted } from "../../text/windows/shift.js";

export const augmentationSettings: readonly SettingRow[] = [
  {
    name: "insertEvery",
    group: "augmentation",
    type: "integer",
    default: undefined,
    min: 1,
    max: 2 ** 31,
    unit: "tokens",
    help: "into each stretch of so many a slice from elsewhere in the text is put, at a random place; unset: none",
  },
  {
    name: "insertLength",
    group: "augmentation",
    type: "integer",
    default: undefined,
    min: 1,
    max: 2 ** 31,
    unit: "tokens",
    help: "length of such a slice; unset: bptt",
  },
  {
    name: "shiftLanes",
    group: "augmentation",
    type: "flag",
    default: false,
    help: "lanes begin elsewhere in every epoch: the text is turned as a ring",
  },
  {
    name: "shuffleDocuments",
    group: "augmentation",
    type: "flag",
    default: false,
    help: "documents come in another order in every epoch",
  },
  {
    name: "caseNoise",
    group: "augmentation",
    type: "number",
    default: 0,
    min: 0,
    max: 1,
    help: "chance that a character is read in its other case; what is predicted stays as it is; for characters",
  },
  {
    name: "typingNoise",
    group: "augmentation",
    type: "number",
    default: 0,
    min: 0,
    max: 1,
    help: "chance of a slip: a neighbouring key is read, or two characters in the wrong order; what is predicted stays as it is; for characters",
  },
];

/** Refuses what makes no sense together. */
export function checkAugmentation(k: SettingValues): void {
  if (k.insertLength !== undefined && k.insertEvery === undefined) {
    throw usageError(
      "--insert-length does nothing without insertions.",
      "Say how far apart they are: --insert-every 1024.",
    );
  }
  const noise = ["caseNoise", "typingNoise"].find((name) => Number(k[name]) > 0);
  if (noise !== undefined && k.unit !== "char") {
    throw usageError(
      `${flagOf({ name: noise })} wants characters; got --unit ${k.unit}.`,
      "Leave it out, or say --unit char.",
    );
  }
  if (Number(k.caseNoise) > 0 && k.lower === true) {
    throw usageError("--case-noise does nothing with --lower on: there is one case.", "Leave one of them out.");
  }
}

/** Tokens of the stream that is trained on, of so many in the training part. */
export function augmentedLength(tokens: number, k: SettingValues): number {
  return k.insertEvery === undefined ? tokens : insertedLength(tokens, insertionOf(k));
}

/** The stream that is trained on. Throws a usage error where documents are wanted and there are none. */
export function augmented(source: TokenSource, k: SettingValues): TokenSource {
  const seed = Number(k.seed);
  const { end } = source;
  const shuffle = k.shuffleDocuments === true;
  if (shuffle && end === undefined) {
    throw usageError(
      "--shuffle-documents on wants documents, and this text has none.",
      "Say what a document is, with --documents, or leave it out.",
    );
  }
  const ordered = shuffle ? reordered(source, { end: end!, seed }) : undefined;
  let stream: TokenSource = ordered ?? source;
  if (k.insertEvery !== undefined) {
    const documents = ordered?.documents ?? (end === undefined ? undefined : documentsIn(source, end));
    stream = inserted(stream, { ...insertionOf(k), seed, ...(documents && { documents }) });
  }
  return k.shiftLanes === true ? shifted(stream, seed) : stream;
}

/** The windows with slips in what is read, where they are asked for. `notice` hears where a vocabulary allows none. */
export function noised<R extends LaneReader>(reader: R, k: SettingValues, vocab: Vocab, notice?: Notice): R {
  const [caseRate, typingRate] = [Number(k.caseNoise), Number(k.typingNoise)];
  if (!(caseRate > 0 || typingRate > 0)) return reader;
  const table = slipTable(vocab);
  if (caseRate > 0 && !hasCases(table)) {
    notice?.("No character of this text stands in it in its other case too: --case-noise changes nothing.");
  }
  return noisy(reader, table, { caseRate, typingRate, seed: Number(k.seed), carried: k.sections !== true });
}

function insertionOf(k: SettingValues) {
  return { every: Number(k.insertEvery), length: Number(k.insertLength ?? k.bptt) };
}

function hasCases({ otherCase }: SlipTable): boolean {
  return otherCase.some((other, id) => other !== id);
}
