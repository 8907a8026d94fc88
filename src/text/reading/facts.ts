// Facts that the stages find in a text: they go into a report, or become notices.

import type { Facts } from "./report.js";
import type { ReadingContext } from "./rules.js";
import { droppedMark } from "./utf8.js";

/** The sentences of a fact. */
const sentences: { readonly [Kind in keyof Facts]: (fact: Facts[Kind], name: string) => readonly string[] } = {
  gzip: (_, name) => [`${name} is compressed by gzip; it was unpacked while it was read.`],
  encoding({ name: encoding, by }, name) {
    const upper = encoding.toUpperCase();
    if (by === "mark") return [`${name} is in ${upper}, and was read so.`];
    return by === "look" ? [`${name} has no byte order mark and looks like ${upper}; it was read so.`] : [];
  },
  marks: ({ first, lines, within }, name) => [
    ...(first ? [droppedMark(name)] : []),
    ...(lines > 0 ? [`${name}: ${several(lines)} (U+FEFF) at the start of lines ${were(lines)} dropped.`] : []),
    ...(within > 0 ? [`${name}: ${several(within)} (U+FEFF) within lines ${were(within)} kept, as characters.`] : []),
  ],
  lineEnds({ crlf, cr, kept }, name) {
    const ends = [...(crlf > 0 ? [`${crlf} CR LF`] : []), ...(cr > 0 ? [`${cr} CR`] : [])];
    const how = kept ? "kept" : 'read as LF (`lineEnds: "keep"` keeps them)';
    return [`${name}: ${ends.join(" and ")} at line ends, ${how}.`];
  },
  composed: (_, name) => [
    `${name}: some characters are read in their composed form, NFC (\`normalize: "none"\` keeps all).`,
  ],
  emptyRows: ({ count, column }, name) => [
    `${name}: ${count} ${count === 1 ? "row has" : "rows have"} no text in the column ${column}.`,
  ],
  blankLines: (count, name) => [`${name}: ${count} ${count === 1 ? "blank line is" : "blank lines are"} no document.`],
};

const several = (count: number) => `${count} byte order mark${count === 1 ? "" : "s"}`;
const were = (count: number) => (count === 1 ? "was" : "were");

/** Passes a fact on: to the report where there is one, else as notices. */
export function report<Kind extends keyof Facts>(
  { report: builder, notice = () => {} }: Pick<ReadingContext, "report" | "notice">,
  name: string,
  kind: Kind,
  fact: Facts[Kind],
): void {
  if (builder) builder.add(kind, fact);
  else for (const sentence of sentences[kind](fact, name)) notice(sentence);
}
