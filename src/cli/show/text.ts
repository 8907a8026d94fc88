// The lines about a run's text. What is ordinary (UTF-8, LF, nothing changed) is not said.

import { binarySize } from "../../base/size.js";
import { type CorpusReading, describeSkipped, type ReadingReport } from "../../text/reading/report.js";
import type { TrainEvent } from "../../training/loop/events.js";
import { isKeptText } from "../../training/run/run.js";
import { withFlags } from "../flags.js";
import { counted, grouped } from "./terminal.js";
import { percent } from "./unknown.js";
import { columnsOf, shorten } from "./width.js";

const WIDTH = 80;
const INDENT = " ".repeat(8);

/** Parts after a head, broken between them so that a terminal of 80 columns shows each part whole. */
export function wrapped(head: string, parts: readonly string[], between: string): string[] {
  const lines = [head];
  for (const part of parts) {
    const last = lines.at(-1)!;
    const next = last === head ? last + part : last + between + part;
    if (columnsOf(next) < WIDTH || last === head) lines[lines.length - 1] = next;
    else {
      lines[lines.length - 1] = (last + between).trimEnd();
      lines.push(INDENT + part);
    }
  }
  return lines;
}

type Start = Extract<TrainEvent, { kind: "start" }>;

/** How texts of these names were read, their tokens, documents and unknown tokens. */
export function textLines(
  event: Start,
  reading: CorpusReading | undefined,
  { texts, validTexts }: { readonly texts: readonly string[]; readonly validTexts?: readonly string[] | undefined },
): string[] {
  const ownValid = reading?.valid;
  const lines = [
    ...(reading ? readingLines(reading.train, texts, "") : []),
    ...(ownValid ? readingLines(ownValid, validTexts ?? [], "validation: ") : []),
    ...wrapped(INDENT, sizes(event, ownValid !== undefined), "; "),
  ];
  return [`text${lines[0]!.slice(4)}`, ...lines.slice(1)];
}

const places = { end: "", blocks: " in ten blocks", shuffle: "" } as const;

function sizes({ trainTokens, validTokens, trimmed, text }: Start, ownValid: boolean): string[] {
  const rest = trimmed > 0 ? ` (and ${grouped(trimmed)} left over)` : "";
  const { train, valid, validSplit } = text;
  const where = valid && !ownValid ? places[validSplit] : "";
  return [
    `${grouped(trainTokens)} training tokens${rest}, ${grouped(validTokens)} validation tokens${where}`,
    ...documents(text),
    ...unknown(train, "the training tokens"),
    ...(valid ? unknown(valid, "the validation tokens") : []),
  ];
}

function documents({ train, valid, validSplit }: Start["text"]): string[] {
  if (train.documents === undefined) return [];
  const drawn = validSplit === "shuffle" ? ", drawn" : "";
  const rest = valid?.documents === undefined ? "" : `, ${grouped(valid.documents)} for validation${drawn}`;
  return [`${counted(train.documents, "document")} for training${rest}`];
}

function unknown({ unknown: count, tokens }: Start["text"]["train"], what: string): string[] {
  return count === 0 ? [] : [`${percent(count / tokens)} of ${what} are unknown`];
}

function readingLines(report: ReadingReport, names: readonly string[], title: string): string[] {
  const { files, bytes, encodings, gzip, marks, lineEnds, composed, emptyRows, blankLines, skipped } = report;
  const one = files === 1;
  const name = one ? `${shorten(nameOf(names[0] ?? "the text"), 40)}: ` : `${counted(files, "file")}, `;
  const of = (count: number, what: string) => (one ? what : `${grouped(count)} ${what}`);
  const others = Object.entries(encodings).filter(([encoding]) => encoding !== "utf-8");
  const ends = [...(lineEnds.crlf > 0 ? ["CR LF"] : []), ...(lineEnds.cr > 0 ? ["CR"] : [])].join(" and ");
  const parts = [
    [
      binarySize(bytes),
      ...others.map(([encoding, count]) => of(count, `in ${encoding.toUpperCase()}`)),
      ...(gzip > 0 ? [of(gzip, "packed by gzip")] : []),
    ].join(", "),
    ...(ends === "" ? [] : [`${ends} ${lineEnds.kept ? "kept" : "read as LF"}`]),
    ...(marks.dropped > 0 ? [`${counted(marks.dropped, "byte order mark")} dropped`] : []),
    ...(marks.kept > 0 ? [`${grouped(marks.kept)} U+FEFF within lines kept`] : []),
    ...(composed > 0 ? [one ? "composed to NFC" : `${grouped(composed)} composed to NFC`] : []),
    ...(emptyRows > 0 ? [`${counted(emptyRows, "row")} without text left out`] : []),
    ...(blankLines > 0 ? [`${counted(blankLines, "blank line")} left out`] : []),
  ];
  const left = describeSkipped(skipped).map((each) => withFlags(each));
  return [
    ...wrapped(INDENT + title + name, parts, "; "),
    ...(left.length > 0 ? wrapped(`${INDENT}skipped: `, left, ", ") : []),
  ];
}

/** The last part of a path; standard input where its copy is kept. */
function nameOf(name: string): string {
  return isKeptText(name) ? "standard input" : (name.split(/[/\\]/).at(-1) ?? name);
}
