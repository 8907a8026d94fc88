// Columns of a terminal: how many a text takes, and the part of a text that fits. A Chinese character and an emoji take
// two columns, a combining accent none.

import { eastAsianWidth } from "get-east-asian-width";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const PLAIN = /^[\x20-\x7e]*$/;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
const INVISIBLE = /^[\p{Cc}\p{Cf}\p{Mn}\p{Me}]+$/u;

/** Columns that a text on one line takes. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += columnsOfGrapheme(segment);
  return columns;
}

/** The longest beginning of a text that fits in so many columns. */
export function cutToColumns(text: string, width: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, width));
  let columns = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    columns += columnsOfGrapheme(segment);
    if (columns > width) return text.slice(0, index);
  }
  return text;
}

/** The same, ended with "…" where something is left out. */
export function shorten(text: string, width: number): string {
  return columnsOf(text) <= width ? text : `${cutToColumns(text, width - 1)}…`;
}

function columnsOfGrapheme(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  return EMOJI.test(grapheme) ? 2 : eastAsianWidth(grapheme.codePointAt(0)!);
}
