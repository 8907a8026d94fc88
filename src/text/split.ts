// Where a text that was read is cut in a part to train on and one to validate on. Documents are never cut: the nearest end of one
// is looked for, in pieces, for the text may be larger than memory.

import type { TokenStore } from "./tokens.js";
import type { Notice } from "./utf8.js";

export interface Split {
  /** Training is the numbers before this. */
  readonly cut: number;
  /** Validation begins here: at `cut`, or with documents at the `<end>` before it, which is both's. */
  readonly from: number;
}

/**
 * The first ⌊N · (1 − fraction)⌋ of N numbers are for training. With `end`, the number of `<end>`, whole documents are: those up
 * to the end nearest to there, at least one and, where the fraction is not 0, not all. Of one document nothing is for validation.
 */
export async function findSplit(
  store: TokenStore,
  length: number,
  fraction: number,
  end: number | undefined,
  notice: Notice,
): Promise<Split> {
  const cut = Math.floor(length * (1 - fraction));
  if (end === undefined || cut === length) return { cut, from: cut };
  const after = await firstFrom(store, Math.max(1, cut), length - 1, end); // the one at 0 ends nothing
  const before = await lastBefore(store, cut, end);
  const [near] = [after, before].filter((at) => at !== undefined).sort((a, b) => Math.abs(a - cut) - Math.abs(b - cut));
  if (near !== undefined) return { cut: near + 1, from: near };
  notice("The text is one document, so there is no validation: name another text for it with --valid.");
  return { cut: length, from: length };
}

const PIECE = 1 << 16;

/** The first place of `end` in [from, to). */
async function firstFrom(store: TokenStore, from: number, to: number, end: number): Promise<number | undefined> {
  for (let at = from; at < to; at += PIECE) {
    const found = (await store.read(at, Math.min(at + PIECE, to))).indexOf(end);
    if (found >= 0) return at + found;
  }
  return undefined;
}

/** The last place of `end` in [1, to). */
async function lastBefore(store: TokenStore, to: number, end: number): Promise<number | undefined> {
  for (let at = to; at > 1; at -= PIECE) {
    const from = Math.max(1, at - PIECE);
    const found = (await store.read(from, at)).lastIndexOf(end);
    if (found >= 0) return from + found;
  }
  return undefined;
}
