// Sentences on the share of one text that occurs in another.

import { type ChunkSketch, overlap } from "../../text/matching/fingerprints.js";

/** "37%" of a share; "Less than 1%" of a small one. */
export const percentOf = (share: number): string => (share < 0.01 ? "Less than 1%" : `${Math.round(100 * share)}%`);

/** A warning if the validation text occurs in the training text. */
export function trainedToo(training: ChunkSketch, valid: ChunkSketch): string | undefined {
  const share = overlap(training, valid) ?? 0;
  if (share === 0) return undefined;
  return (
    `warning: ${percentOf(share).toLowerCase()} of the validation text occurs in the training text; the loss there ` +
    "shows what the model remembers, not what it predicts."
  );
}

/** A smaller share of a held-out part may repeat the rest: `evaluate` accepts it too. */
const REPEATED = 0.05;

/** A warning if the part that is held out of a text stands in the rest of it too. */
export function repeatedToo(training: ChunkSketch, heldOut: ChunkSketch | undefined): string | undefined {
  const share = heldOut && overlap(training, heldOut);
  if (share === undefined || share < REPEATED) return undefined;
  return (
    `warning: the text repeats itself: ${percentOf(share)} of the validation part stands in the training part too; the ` +
    "loss there shows what the model remembers, not what it predicts. Take the repeats out, or give a validation text " +
    "with `valid`."
  );
}
