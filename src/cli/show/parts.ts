// A terminal line made of parts, some of which are left out on a narrow terminal. Widths are columns of the text
// without colours.

import { columnsOf, cutToColumns } from "./width.js";

export interface LinePart {
  readonly text: string;
  readonly paint?: (text: string) => string;
  /** Parts of the highest rank are left out first; those without a rank always stay. */
  readonly rank?: number;
}

/** The parts that fit in `width` columns, with two spaces between them. */
export function fitParts(parts: readonly LinePart[], width: number): readonly LinePart[] {
  let kept = parts.filter(({ text }) => text !== "");
  while (widthOf(kept) > width) {
    const rank = Math.max(...kept.map((part) => part.rank ?? 0));
    if (rank === 0) return kept;
    kept = kept.filter((part) => (part.rank ?? 0) < rank);
  }
  return kept;
}

export function widthOf(parts: readonly LinePart[]): number {
  return parts.reduce((sum, { text }) => sum + columnsOf(text), 2 * Math.max(0, parts.length - 1));
}

/** The parts as one painted line, cut off if the remaining parts are too wide. */
export function joinParts(parts: readonly LinePart[], width: number): string {
  let left = width;
  return parts
    .map(({ text, paint = (plain: string) => plain }, i) => {
      const gap = i === 0 ? "" : "  ".slice(0, Math.max(0, left));
      left -= gap.length;
      const shown = cutToColumns(text, left);
      left -= columnsOf(shown);
      return gap + paint(shown);
    })
    .join("");
}
