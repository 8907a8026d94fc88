// Document boundaries: a table of rules, and a splitter that finds lines and paragraphs in a text that arrives in
// pieces. document-encoder.ts makes tokens of documents; lanes.ts marks where they start.

import type { SettingRow } from "../../base/setting.js";

/** The token before the first document of a text and after each. No tokenizer produces it from text. */
export const END = "<end>";

/** What a document is: a line, a paragraph between blank lines, or a whole file; `none`: the text has no documents. */
export type DocumentRule = "none" | "line" | "blank-line" | "file";

export const documentsSetting = {
  name: "documents",
  common: true,
  group: "text",
  type: "choice",
  default: "none",
  choices: ["none", "line", "blank-line", "file"],
  help: "split into documents that each start from a zero state and end with <end>",
} as const satisfies SettingRow;

/** The text that separates two documents. `<end>` counts with its size. */
export const separators: Readonly<Record<DocumentRule, string>> = {
  none: "",
  line: "\n",
  "blank-line": "\n\n",
  file: "",
};

/** Rules that find documents within a file. */
export type InnerRule = "line" | "blank-line";

function looksInside(rule: DocumentRule): rule is InnerRule {
  return rule === "line" || rule === "blank-line";
}

/** Operations of the splitter on its pieces, which are strings or token numbers. */
export interface Pieces<P> {
  /** Index of the next "\n" at or after `at`, or −1. */
  lineEnd(piece: P, at: number): number;
  slice(piece: P, from: number, to: number): P;
  length(piece: P): number;
  /** Whether the piece is ASCII white space only. */
  blank(piece: P): boolean;
  endsInCr(piece: P): boolean;
}

/** Receives the parts of each document. A slice is valid until `push` returns. */
export interface DocumentSink<P> {
  push(part: P): void;
  /** A line end inside a document. */
  newline(): void;
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
 * Splits a text, given in pieces of any size, into documents. A line of white space is blank: it is no document under
 * `line`, and separates documents under `blank-line`. "\r\n" ends a line as "\n" does. The rest of a document is passed
 * on unchanged.
 */
export function documentSplitter<P>(rule: InnerRule, pieces: Pieces<P>, sink: DocumentSink<P>): DocumentSplitter<P> {
  let held: P[] = []; // of this line: leading white space, or a "\r" that may belong to its end
  let begun = false; // a part of this line was passed on
  let open = false; // a part of this document was passed on
  let pendingNewline = false; // passed on if the document continues
  let line = 1;
  let blank = 0;

  function part(piece: P): void {
    if (pieces.length(piece) === 0) return;
    if (!begun && pieces.blank(piece)) {
      held.push(pieces.slice(piece, 0, pieces.length(piece)));
      return;
    }
    if (pendingNewline) sink.newline();
    pendingNewline = false;
    begun = true;
    open = true;
    for (const each of held) sink.push(each);
    const whole = pieces.endsInCr(piece) ? pieces.length(piece) - 1 : pieces.length(piece);
    held = whole < pieces.length(piece) ? [pieces.slice(piece, whole, pieces.length(piece))] : [];
    if (whole > 0) sink.push(pieces.slice(piece, 0, whole));
  }
  function endDocument(): void {
    if (open) sink.end();
    open = false;
    pendingNewline = false;
  }
  function endLine(): void {
    if (rule === "line" && !begun) blank += 1;
    if (rule === "line" || !begun) endDocument();
    else pendingNewline = true;
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
      let at = 0;
      for (let to = pieces.lineEnd(piece, at); to >= 0; to = pieces.lineEnd(piece, at)) {
        part(pieces.slice(piece, at, to));
        endLine();
        at = to + 1;
      }
      part(pieces.slice(piece, at, pieces.length(piece)));
    },
    end() {
      if (begun) for (const each of held) sink.push(each);
      held = [];
      begun = false;
      endDocument();
    },
  };
}

/** Pieces that are strings. */
export const stringPieces: Pieces<string> = {
  lineEnd: (text, at) => text.indexOf("\n", at),
  slice: (text, from, to) => text.slice(from, to),
  length: (text) => text.length,
  blank: (text) => BLANK.test(text),
  endsInCr: (text) => text.endsWith("\r"),
};
const BLANK = /^[ \t\r\v\f]*$/;

export interface TextDocument {
  /** Without the separator after it. */
  readonly text: string;
  /** The line it begins in, from 1. */
  readonly line: number;
}

/** The documents of a whole text, and the number of blank lines that were skipped. */
export function documentsOf(rule: DocumentRule, text: string): { documents: TextDocument[]; blank: number } {
  if (!looksInside(rule)) return { documents: text === "" ? [] : [{ text, line: 1 }], blank: 0 };
  const documents: TextDocument[] = [];
  let current = "";
  let first = 0;
  const splitter = documentSplitter(rule, stringPieces, {
    push(part) {
      if (current === "") first = splitter.line;
      current += part;
    },
    newline() {
      current += "\n";
    },
    end() {
      documents.push({ text: current, line: first });
      current = "";
    },
  });
  splitter.push(text);
  splitter.end();
  return { documents, blank: splitter.blank };
}
