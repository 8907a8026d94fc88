// The documents of a text as a table, most surprising first: for `score --documents`.

import type { DocumentSurprisal } from "../../evaluation/scoring/ranking.js";
import type { Field } from "../../text/encoding/field.js";
import { oneLine } from "./terminal.js";
import { shorten } from "./width.js";

/** What a ranking goes by: all nats of a document, or those of a character. */
export const measures = {
  total: (d: DocumentSurprisal) => d.nats,
  character: (d: DocumentSurprisal) => d.nats / d.characters,
} as const;
export type Measure = keyof typeof measures;

/** The `top` most surprising, the first of equals first. */
export function ranked(all: readonly DocumentSurprisal[], by: Measure, top: number): DocumentSurprisal[] {
  return all.toSorted((a, b) => measures[by](b) - measures[by](a) || a.line - b.line).slice(0, top);
}

export function rankingTable(rows: readonly DocumentSurprisal[], width: number): string {
  const lines = rows.map((d, i) => {
    const each = bpcOf(d).toFixed(2);
    const text = shorten(oneLine(d.text), width);
    return (
      `${String(i + 1).padStart(6)}  ${String(d.line).padStart(6)}  ${d.nats.toFixed(1).padStart(7)}  ${each.padStart(10)} ` +
      `  ${text}`
    );
  });
  return `${["  rank    line     nats   bits/char   text", ...lines].join("\n")}\n`;
}

export function rankingJson(rows: readonly DocumentSurprisal[]): string {
  return rows.map((d, i) => `${JSON.stringify({ rank: i + 1, ...d, bpc: bpcOf(d) })}\n`).join("");
}

/** What to say of a model that was not trained on such documents; undefined where it was. */
export function misfit({ documents }: Field, asked: string): string | undefined {
  if (documents === asked) return undefined;
  const fed = documents === "none" ? "after a newline" : "after <end>";
  return (
    `This model was trained with --documents ${documents}: each ${asked === "line" ? "line" : "paragraph"} is ` +
    `read ${fed} from a state of zeros, which it has not learned. Train one with --documents ${asked} to rank ` +
    "better."
  );
}

function bpcOf({ nats, characters }: DocumentSurprisal): number {
  return nats / Math.LN2 / characters;
}
