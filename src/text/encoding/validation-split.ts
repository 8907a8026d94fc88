// Where a text that was read is cut in a part to train on and one to validate on. Documents are never cut: the nearest end of one
// is looked for, in pieces, for the text may be larger than memory. Nor are characters, where tokens are bytes.

import type { TokenStore } from "../storage/tokens.js";
import type { Unit } from "./tokenizer.js";
import { type Notice, wholeLength } from "./utf8.js";

export interface Split {
  /** Training is the numbers before this. */
  readonly cut: number;
  /** Validation begins here: at `cut`, or with documents at the `<end>` before it, which is both's. */
  readonly from: number;
}

export interface SplitRule {
  readonly unit: Unit;
  readonly validFraction: number;
  /** Where documents are kept apart, the number of `<end>`. */
  readonly end: number | undefined;
}

/**
 * The first ⌊N · (1 − validFraction)⌋ of N numbers are for training; of bytes up to three fewer, where that place is inside a
 * character. With `end` whole documents are: those up to the end nearest to there, at least one and, where the fraction is not 0,
 * not all. Of one document nothing is for validation.
 */
export async function findSplit(
  store: TokenStore,
  length: number,
  { unit, validFraction, end }: SplitRule,
  notice: Notice,
): Promise<Split> {
  const cut = Math.floor(length * (1 - validFraction));
  if (cut === length) return { cut, from: cut };
  if (end === undefined) {
    const whole = unit === "byte" ? await characterAt(store, cut) : cut;
    return { cut: whole, from: whole };
  }
  const after = await firstFrom(store, Math.max(1, cut), length - 1, end); // the one at 0 ends nothing
  const before = await lastBefore(store, cut, end);
  const [near] = [after, before].filter((at) => at !== undefined).sort((a, b) => Math.abs(a - cut) - Math.abs(b - cut));
  if (near !== undefined) return { cut: near + 1, from: near };
  notice("The text is one document, so there is no validation: name another text for it with --valid.");
  return { cut: length, from: length };
}

/** Where the character begins that the byte at `cut` is of. Bytes that are no UTF-8 may be cut up to three before, too. */
async function characterAt(store: TokenStore, cut: number): Promise<number> {
  const from = Math.max(0, cut - 3);
  return from + wholeLength(Uint8Array.from(await store.read(from, cut)));
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
