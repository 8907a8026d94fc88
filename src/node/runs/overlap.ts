// How much of one text stands in another, in words.

import { type ChunkSketch, overlap } from "../../text/matching/fingerprints.js";

/** "37%" of a share; "Less than 1%" of a small one. */
export const percentOf = (share: number): string => (share < 0.01 ? "Less than 1%" : `${Math.round(100 * share)}%`);

/** A sentence where a run would validate on what it trains on. */
export function trainedToo(training: ChunkSketch, valid: ChunkSketch): string | undefined {
  const share = overlap(training, valid) ?? 0;
  if (share === 0) return undefined;
  return `warning: ${percentOf(share).toLowerCase()} of the text to validate on stands in the text to train on; what it remembers is not what it can predict.`;
}
