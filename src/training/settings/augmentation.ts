// Data augmentation of the training stream, from settings: documents in a new order, then inserted slices, then a shift. The
// validation text is never augmented. The functions themselves are in text/windows/.

import { usageError } from "../../base/errors.js";
import type { SettingRow, SettingValues } from "../../base/setting.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import { documentsIn, reordered } from "../../text/windows/document-order.js";
import { inserted, insertedLength } from "../../text/windows/insertion.js";
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
    help: "insert a random slice of the text once per this many tokens; unset: never",
  },
  {
    name: "insertLength",
    group: "augmentation",
    type: "integer",
    default: undefined,
    min: 1,
    max: 2 ** 31,
    unit: "tokens",
    help: "length of an inserted slice; unset: bptt",
  },
  {
    name: "shiftLanes",
    group: "augmentation",
    type: "flag",
    default: false,
    help: "rotate the text by a random amount in every epoch, so that lanes begin elsewhere",
  },
  {
    name: "shuffleDocuments",
    group: "augmentation",
    type: "flag",
    default: false,
    help: "read the documents in a new random order in every epoch",
  },
];

/** Throws a usage error for settings that contradict each other. */
export function checkAugmentation(k: SettingValues): void {
  if (k.insertLength !== undefined && k.insertEvery === undefined) {
    throw usageError(
      "--insert-length does nothing without insertions.",
      "Say how far apart they are: --insert-every 1024.",
    );
  }
}

/** Length of the augmented training stream, in tokens. */
export function augmentedLength(tokens: number, k: SettingValues): number {
  return k.insertEvery === undefined ? tokens : insertedLength(tokens, insertionOf(k));
}

/** The augmented training stream. Throws a usage error if documents are to be shuffled and the text has none. */
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

function insertionOf(k: SettingValues) {
  return { every: Number(k.insertEvery), length: Number(k.insertLength ?? k.bptt) };
}
