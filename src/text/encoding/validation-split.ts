// The split of a text into a training and a validation part. It splits no document (the nearest document end is
// searched, in pieces, since the text may be larger than memory) and, if tokens are bytes, no character.

import { usageError } from "../../base/errors.js";
import { Purpose, shuffled, uniform } from "../../base/random.js";
import { type Notice, wholeLength } from "../reading/utf8.js";
import type { Order } from "../storage/arranged.js";
import type { TokenStore } from "../storage/tokens.js";
import type { Unit } from "./tokenizer.js";

export interface Split {
  /** End of the training part, which begins at 0. */
  readonly trainEnd: number;
  /** Begin of the validation part: `trainEnd`, or with documents the `<end>` before it, which belongs to both parts. */
  readonly validBegin: number;
  /** The order in which both parts are contiguous; absent where they are so as the text stands. */
  readonly order?: Order | undefined;
}

/** Which part of a text is held out: its end, some blocks all over it, or documents that are drawn. */
export const validSplits = ["end", "blocks", "shuffle"] as const;
export type ValidSplit = (typeof validSplits)[number];

/** Refuses a split that does not suit the text. `apart`: its documents are kept apart. */
export function checkSplit(split: ValidSplit, apart: boolean): void {
  if (split === "shuffle" && !apart) {
    throw usageError(
      "validSplit shuffle draws documents, and the text has none.",
      'Set `validSplit: "blocks"`, or `documents`.',
      "validSplit",
    );
  }
  if (split === "blocks" && apart) {
    throw usageError("validSplit blocks would cut documents.", 'Set `validSplit: "shuffle"`.', "validSplit");
  }
}

export interface SplitRule {
  readonly unit: Unit;
  readonly validFraction: number;
  /** The number of `<end>`, if documents are kept apart. */
  readonly end: number | undefined;
  readonly split: ValidSplit;
  readonly seed: number;
  /** Offsets at which documents begin; of very many, some of them (`documentMarks`). */
  readonly marks: readonly number[];
  /** The number of a line end, if lines have one. */
  readonly newline: number | undefined;
}

/**
 * The first ⌊N · (1 − validFraction)⌋ of N numbers are for training; of bytes up to three fewer, if that would split a
 * character. With `end`, the training part ends at the document end nearest to that offset: at least one document is
 * for training and, unless the fraction is 0, at least one for validation. A text of one document has no validation
 * part.
 */
export async function findSplit(store: TokenStore, length: number, rule: SplitRule, notice: Notice): Promise<Split> {
  const { unit, validFraction, end } = rule;
  const wanted = Math.floor(length * (1 - validFraction));
  if (wanted === length) return { trainEnd: wanted, validBegin: wanted };
  if (rule.split === "shuffle" && rule.marks.length > 1) return drawnDocuments(length, length - wanted, rule);
  if (rule.split === "blocks") return spreadBlocks(store, length, length - wanted, rule);
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

/** Documents drawn by the seed until they have `held` tokens, about; at least one, and not all. */
function drawnDocuments(length: number, held: number, { marks, seed }: SplitRule): Split {
  const isHeld = new Array<boolean>(marks.length).fill(false);
  let total = 0;
  for (let i = 0; i < marks.length - 1; i++) {
    const unit = shuffled(seed, Purpose.validation, 0, i, marks.length);
    const size = (marks[unit + 1] ?? length) - marks[unit]!;
    if (total > 0 && total + size - held > held - total) continue; // nearer without it
    isHeld[unit] = true;
    total += size;
    if (total >= held) break;
  }
  const ranges = marks.map((from, unit) => ({ from, to: marks[unit + 1] ?? length, held: isHeld[unit]! }));
  // The <end> before the first document belongs to the training part.
  const split = inOrder([{ from: 0, to: marks[0]!, held: false }, ...ranges]);
  return { ...split, validBegin: split.trainEnd - 1 };
}

/** Blocks that the validation part is made of. */
const BLOCKS = 10;
/** A block begins at a line's start, if there is one within so many tokens. */
const LINE = 4096;

/** Ten blocks, one at a drawn place in each tenth of the text, of `held` tokens together. */
async function spreadBlocks(store: TokenStore, length: number, held: number, rule: SplitRule): Promise<Split> {
  const { seed, newline, unit } = rule;
  const edge = async (at: number) => {
    const after = newline === undefined ? undefined : await firstFrom(store, at, Math.min(length, at + LINE), newline);
    if (after !== undefined) return after + 1;
    return unit === "byte" ? characterBegin(store, at) : at;
  };
  const count = Math.max(1, Math.min(BLOCKS, held));
  const ranges: Held[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const from = Math.floor((length * i) / count);
    const next = Math.floor((length * (i + 1)) / count);
    const size = Math.floor(held / count);
    const drawn = from + Math.floor(uniform(seed, Purpose.validation, i) * (next - from - size));
    const begin = Math.max(at, await edge(drawn));
    const end = Math.min(length, Math.max(begin, await edge(begin + size - 1)));
    ranges.push({ from: at, to: begin, held: false }, { from: begin, to: end, held: true });
    at = end;
  }
  return inOrder([...ranges, { from: at, to: length, held: false }]);
}

interface Held {
  readonly from: number;
  readonly to: number;
  readonly held: boolean;
}

/** The training ranges, then those that are held out; neighbours are one range. */
function inOrder(ranges: readonly Held[]): Split {
  const parts: Record<"train" | "valid", number[]> = { train: [], valid: [] };
  for (const { from, to, held } of ranges) {
    if (from === to) continue;
    const part = held ? parts.valid : parts.train;
    if (part.at(-1) === from) part[part.length - 1] = to;
    else part.push(from, to);
  }
  const trainEnd = parts.train.reduce((sum, each, i) => sum + (i % 2 === 0 ? -each : each), 0);
  return { trainEnd, validBegin: trainEnd, order: [...parts.train, ...parts.valid] };
}

/** Most documents that are told apart; of more, each mark stands for several. */
const MOST_MARKS = 65536;

/** Collects where documents begin in numbers that are read one after another. */
export function documentMarks(end: number | undefined): {
  read(numbers: ArrayLike<number> & { indexOf(number: number, from: number): number }): void;
  marks(length: number): number[];
} {
  let marks: number[] = [];
  let each = 1;
  let ends = 0;
  let before = 0;
  return {
    read(numbers) {
      if (end === undefined) return;
      for (let at = numbers.indexOf(end, 0); at >= 0; at = numbers.indexOf(end, at + 1)) {
        if (ends++ % each === 0) marks.push(before + at + 1);
        if (marks.length > MOST_MARKS) {
          marks = marks.filter((_, i) => i % 2 === 0);
          each *= 2;
        }
      }
      before += numbers.length;
    },
    marks: (length) => (marks.at(-1) === length ? marks.slice(0, -1) : marks), // behind the last <end> is no document
  };
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
