// Document boundaries: a table of rules, and a splitter that finds lines and paragraphs in a text that arrives in
// pieces. document-marks.ts finds separators that the user names, document-encoder.ts makes tokens of documents, and
// lanes.ts marks where they start.

import type { SettingRow } from "../../base/setting.js";

/** The token before the first document of a text and after each. No tokenizer produces it from text. */
export const END = "<end>";

/**
 * What a document is: a `line`, a paragraph between blank lines (`blank-line`), or a whole `file`; `none`: the text has
 * no documents; any other string: what stands between two of these strings.
 */
export type DocumentRule = string;

export const documentsSetting = {
  name: "documents",
  common: true,
  group: "text",
  type: "text",
  default: "none",
  form: "none | line | blank-line | file | a separator",
  help: "split into documents that each start from a zero state and end with <end>",
} as const satisfies SettingRow;

/** The rules that have a name, and the text that separates two of their documents. `<end>` counts with its size. */
const separators: ReadonlyMap<DocumentRule, string> = new Map([
  ["none", ""],
  ["line", "\n"],
  ["blank-line", "\n\n"],
  ["file", ""],
]);

export const namedRules: readonly DocumentRule[] = [...separators.keys()];

/** Whether a separator counts only alone on a line: it consists of visible signs, as `***` or `%`, without a letter. */
export function standsAlone(mark: DocumentRule): boolean {
  return /\S/u.test(mark) && !/[\p{L}\p{N}\p{C}\u2028\u2029]/u.test(mark);
}

/** The text that separates two documents of a rule. */
export function separatorOf(rule: DocumentRule): string {
  return separators.get(rule) ?? (standsAlone(rule) ? `\n${rule}\n` : rule);
}

/** Whether a rule finds documents within a file. */
export function looksInside(rule: DocumentRule): boolean {
  return rule !== "none" && rule !== "file";
}

/** Operations of the splitter on its pieces, which are strings or token numbers. */
export interface Pieces<P> {
  /** Index of the next `end` at or after `at`, or −1. */
  indexOf(piece: P, end: "\n" | "\r", at: number): number;
  slice(piece: P, from: number, to: number): P;
  length(piece: P): number;
  /** Whether the piece is white space only. */
  blank(piece: P): boolean;
}

/** A line end of a text. */
export type LineEnd = "\n" | "\r" | "\r\n";

/** Receives the parts of each document. A slice is valid until `push` returns. */
export interface DocumentSink<P> {
  push(part: P): void;
  /** A line end inside a document. */
  newline(end: LineEnd): void;
  end(): void;
}

export interface DocumentSplitter<P> {
  push(piece: P): void;
  /** Ends the text and its last document. */
  end(): void;
  /** The current line, from 1. */
  readonly line: number;
  /** Number of blank lines skipped so far, if each line is a document. */
  readonly blank: number;
}

/**
 * Splits a text, given in pieces of any size, into lines (`line`) or paragraphs (`blank-line`). A line of white space
 * is blank: it is no document under `line`, and separates documents under `blank-line`. CR LF and CR end a line as LF
 * does. The rest of a document is passed on unchanged.
 */
export function documentSplitter<P>(rule: DocumentRule, pieces: Pieces<P>, sink: DocumentSink<P>): DocumentSplitter<P> {
  let held: P[] = []; // white space at the start of this line
  let begun = false; // a part of this line was passed on
  let open = false; // a part of this document was passed on
  let pending: LineEnd | undefined; // passed on if the document continues
  let afterCr = false; // the last piece ended in CR
  let line = 1;
  let blank = 0;

  function part(piece: P): void {
    if (pieces.length(piece) === 0) return;
    if (!begun && pieces.blank(piece)) {
      held.push(pieces.slice(piece, 0, pieces.length(piece)));
      return;
    }
    if (pending !== undefined) sink.newline(pending);
    pending = undefined;
    begun = true;
    open = true;
    for (const each of held) sink.push(each);
    held = [];
    sink.push(piece);
  }
  function endDocument(): void {
    if (open) sink.end();
    open = false;
    pending = undefined;
  }
  function endLine(end: LineEnd): void {
    if (rule === "line" && !begun) blank += 1;
    if (rule === "line" || !begun) endDocument();
    else pending = end;
    held = [];
    begun = false;
    line += 1;
  }
  return {
    get line() {
      return line;
    },
    get blank() {
      return blank;
    },
    push(piece) {
      const length = pieces.length(piece);
      if (length === 0) return;
      let lf = pieces.indexOf(piece, "\n", 0);
      let cr = pieces.indexOf(piece, "\r", 0);
      let at = 0;
      if (afterCr && lf === 0) {
        if (pending !== undefined) pending = "\r\n";
        at = 1;
        lf = pieces.indexOf(piece, "\n", at);
      }
      afterCr = false;
      while (lf >= 0 || cr >= 0) {
        const isCr = cr >= 0 && (lf < 0 || cr < lf);
        const to = isCr ? cr : lf;
        const both = isCr && lf === cr + 1;
        part(pieces.slice(piece, at, to));
        endLine(both ? "\r\n" : isCr ? "\r" : "\n");
        at = to + (both ? 2 : 1);
        afterCr = isCr && at === length;
        if (lf >= 0 && lf < at) lf = pieces.indexOf(piece, "\n", at);
        if (isCr) cr = pieces.indexOf(piece, "\r", at);
      }
      part(pieces.slice(piece, at, length));
    },
    end() {
      held = [];
      begun = false;
      endDocument();
    },
  };
}

/** Pieces that are strings; those of `bytes` have a character for each byte, of which ASCII's can be white. */
export function stringPieces(bytes: boolean): Pieces<string> {
  const blank = bytes ? /^[ \t-\r]*$/ : /^[\s\x85]*$/;
  return {
    indexOf: (text, end, at) => text.indexOf(end, at),
    slice: (text, from, to) => text.slice(from, to),
    length: (text) => text.length,
    blank: (text) => blank.test(text),
  };
}
