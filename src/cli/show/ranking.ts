// Ranking of documents by surprisal, as a table or as JSON lines, for `score --documents`.

import type { DocumentSurprisal } from "../../evaluation/scoring/ranking.js";
import type { Field } from "../../text/encoding/field.js";
import { jsonLine } from "./json.js";
import { counted, oneLine } from "./terminal.js";
import { CHARGED } from "./unknown.js";
import { shorten } from "./width.js";

/** Measures of a ranking: nats of the whole document, spelling included, or nats per character. */
export const measures = {
  total: (d: DocumentSurprisal) => d.nats + d.spelling,
  character: (d: DocumentSurprisal) => (d.nats + d.spelling) / d.characters,
} as const;
export type Measure = keyof typeof measures;

/** The `top` most surprising documents; of equals, the first in the text comes first. */
export function ranked(all: readonly DocumentSurprisal[], by: Measure, top: number): DocumentSurprisal[] {
  return all.toSorted((a, b) => measures[by](b) - measures[by](a) || a.line - b.line).slice(0, top);
}

export function rankingTable(rows: readonly DocumentSurprisal[], width: number): string {
  const lines = rows.map((d, i) => {
    const each = bpcOf(d).toFixed(2);
    const text = shorten(oneLine(d.text), width);
    return (
      `${String(i + 1).padStart(6)}  ${String(d.line).padStart(6)}  ${measures.total(d).toFixed(1).padStart(7)}  ${each.padStart(10)} ` +
      `${d.unknown > 0 ? "?" : " "} ${text}`
    );
  });
  const marked = rows.filter(({ unknown }) => unknown > 0).length;
  const note = marked > 0 ? [`? marks ${counted(marked, "document")} with unknown tokens: ${CHARGED}.`] : [];
  return `${["  rank    line     nats   bits/char   text", ...lines, ...note].join("\n")}\n`;
}

export function rankingJson(rows: readonly DocumentSurprisal[]): string {
  return rows.map((d, i) => jsonLine("document", { rank: i + 1, ...d, bpc: bpcOf(d) })).join("");
}

/** A warning if the model was not trained on such documents. */
export function ruleWarning({ documents }: Field, asked: string): string | undefined {
  if (documents === asked) return undefined;
  const start = documents === "none" ? "after a newline" : "after <end>";
  return (
    `This model was trained with --documents ${documents}. Here it reads each ${asked === "line" ? "line" : "paragraph"} ` +
    `${start} from a zero state, which it has not learned. A model trained with --documents ${asked} ranks better.`
  );
}

function bpcOf(d: DocumentSurprisal): number {
  return measures.character(d) / Math.LN2;
}
