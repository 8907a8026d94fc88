// A line made of parts, some of which may be left out where the row is short. Widths are of plain text: paint comes last.

export interface Part {
  readonly text: string;
  readonly paint?: (text: string) => string;
  /** Parts of the highest rank go first; those without one stay. */
  readonly rank?: number;
}

/** The parts that fit in `width` characters, with two spaces between. */
export function fitParts(parts: readonly Part[], width: number): readonly Part[] {
  let kept = parts.filter(({ text }) => text !== "");
  while (widthOf(kept) > width) {
    const rank = Math.max(...kept.map((part) => part.rank ?? 0));
    if (rank === 0) return kept;
    kept = kept.filter((part) => (part.rank ?? 0) < rank);
  }
  return kept;
}

export function widthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { text }) => sum + text.length, 2 * Math.max(0, parts.length - 1));
}

/** The parts as one painted line, cut hard where even those that stay are too wide. */
export function joinParts(parts: readonly Part[], width: number): string {
  let room = width;
  return parts
    .map(({ text, paint = (plain: string) => plain }, i) => {
      const gap = i === 0 ? "" : "  ".slice(0, Math.max(0, room));
      room -= gap.length;
      const shown = text.slice(0, Math.max(0, room));
      room -= shown.length;
      return gap + paint(shown);
    })
    .join("");
}
