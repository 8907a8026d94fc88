// The split of a text into a training and a validation part. It splits no document (the nearest document end is
// searched, in pieces, since the text may be larger than memory) and, if tokens are bytes, no character.

import { type Notice, wholeLength } from "../reading/utf8.js";
import type { TokenStore } from "../storage/tokens.js";
import type { Unit } from "./tokenizer.js";

export interface Split {
  /** End of the training part, which begins at 0. */
  readonly trainEnd: number;
  /** Begin of the validation part: `trainEnd`, or with documents the `<end>` before it, which belongs to both parts. */
  readonly validBegin: number;
}

export interface SplitRule {
  readonly unit: Unit;
  readonly validFraction: number;
  /** The number of `<end>`, if documents are kept apart. */
  readonly end: number | undefined;
}

/**
 * The first ⌊N · (1 − validFraction)⌋ of N numbers are for training; of bytes up to three fewer, if that would split a
 * character. With `end`, the training part ends at the document end nearest to that offset: at least one document is
 * for training and, unless the fraction is 0, at least one for validation. A text of one document has no validation
 * part.
 */
export async function findSplit(
  store: TokenStore,
  length: number,
  { unit, validFraction, end }: SplitRule,
  notice: Notice,
): Promise<Split> {
  const wanted = Math.floor(length * (1 - validFraction));
  if (wanted === length) return { trainEnd: wanted, validBegin: wanted };
  if (end === undefined) {
    const whole = unit === "byte" ? await characterBegin(store, wanted) : wanted;
    return { trainEnd: whole, validBegin: whole };
  }
  const after = await firstFrom(store, Math.max(1, wanted), length - 1, end); // the <end> at 0 ends no document
  const before = await lastBefore(store, wanted, end);
  const distance = (at: number) => Math.abs(at - wanted);
  const [nearest] = [after, before].filter((at) => at !== undefined).sort((a, b) => distance(a) - distance(b));
  if (nearest !== undefined) return { trainEnd: nearest + 1, validBegin: nearest };
  notice("The text is one document, so there is no validation: name a validation text with `valid`.");
  return { trainEnd: length, validBegin: length };
}

/**
 * The begin of the character that contains the byte at `offset`; at most three bytes before it, also if the bytes are
 * not UTF-8.
 */
async function characterBegin(store: TokenStore, offset: number): Promise<number> {
  const from = Math.max(0, offset - 3);
  return from + wholeLength(Uint8Array.from(await store.read(from, offset)));
}

const PIECE = 1 << 16;

/** The first offset of `end` in [from, to). */
async function firstFrom(store: TokenStore, from: number, to: number, end: number): Promise<number | undefined> {
  for (let at = from; at < to; at += PIECE) {
    const index = (await store.read(at, Math.min(at + PIECE, to))).indexOf(end);
    if (index >= 0) return at + index;
  }
  return undefined;
}

/** The last offset of `end` in [1, to). */
async function lastBefore(store: TokenStore, to: number, end: number): Promise<number | undefined> {
  for (let at = to; at > 1; at -= PIECE) {
    const from = Math.max(1, at - PIECE);
    const index = (await store.read(from, at)).lastIndexOf(end);
    if (index >= 0) return from + index;
  }
  return undefined;
}
