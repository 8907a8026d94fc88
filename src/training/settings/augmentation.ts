// Data augmentation of the training stream, from settings: documents in a new order, then inserted slices, then a
// shift. The validation text is never augmented. The functions themselves are in text/windows/.

import { usageError } from "../../base/errors.js";
import type { SettingRow } from "../../base/setting.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import { documentsIn, reordered } from "../../text/windows/document-order.js";
import { inserted, insertedLength } from "../../text/windows/insertion.js";
import { shifted } from "../../text/windows/shift.js";
import type { CheckedSettings } from "./settings.js";

export const augmentationSettings = [
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
] as const satisfies readonly SettingRow[];

/** Throws a usage error for settings that contradict each other. */
export function checkAugmentation(k: CheckedSettings): void {
  if (k.insertLength !== undefined && k.insertEvery === undefined) {
    throw usageError(
      "insertLength does nothing without `insertEvery`.",
      "Set how far apart the slices are, for example `insertEvery: 1024`.",
      "insertLength",
    );
  }
}

/** Length of the augmented training stream, in tokens. */
export function augmentedLength(tokens: number, k: CheckedSettings): number {
  const { insertEvery: every, insertLength, bptt } = k;
  return every === undefined ? tokens : insertedLength(tokens, { every, length: insertLength ?? bptt });
}

/** The augmented training stream. Throws a usage error if documents are to be shuffled and the text has none. */
export function augmented(source: TokenSource, k: CheckedSettings): TokenSource {
  const { seed, shuffleDocuments: shuffle } = k;
  const { end } = source;
  if (shuffle && end === undefined) {
    throw usageError(
      "shuffleDocuments wants documents, and this text has none.",
      "Say what a document is with `documents`, or leave it out.",
      "shuffleDocuments",
    );
  }
  const ordered = shuffle ? reordered(source, { end: end!, seed }) : undefined;
  let stream: TokenSource = ordered ?? source;
  if (k.insertEvery !== undefined) {
    const documents = ordered?.documents ?? (end === undefined ? undefined : documentsIn(source, end));
    stream = inserted(stream, {
      every: k.insertEvery,
      length: k.insertLength ?? k.bptt,
      seed,
      ...(documents && { documents }),
    });
  }
  return k.shiftLanes ? shifted(stream, seed) : stream;
}
