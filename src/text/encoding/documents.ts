// Where one document of a text ends and the next begins: a table of rules, and the cutter that finds lines and paragraphs in a
// text that comes in pieces. It makes no tokens (document-encoder.ts); what becomes of a document's start lanes.ts knows.

import type { SettingRow } from "../../base/setting.js";

/** The token before a text's first document and after each. No unit ever cuts it out of a text. */
export const END = "<end>";

/** What a document is: nothing is one (the text goes on and on), a line, what stands between blank lines, a whole file. */
export type DocumentRule = "none" | "line" | "blank-line" | "file";

export const documentsSetting = {
  name: "documents",
  group: "text",
  type: "choice",
  default: "none",
  choices: ["none", "line", "blank-line", "file"],
  help: "what is read by itself, from a state of zeros and to a token <end>, which is learned: a line, what stands between blank lines, a file, or none",
} as const satisfies SettingRow;

/** What stands in the text where a document ends. Its size is that of `<end>`; how it is cut is the machine's affair. */
export const separators: Readonly<Record<DocumentRule, string>> = {
  none: "",
  line: "\n",
  "blank-line": "\n\n",
  file: "",
};

/** The rules that look into a text. */
export type InnerRule = "line" | "blank-line";

export function looksInside(rule: DocumentRule): rule is InnerRule {
  return rule === "line" || rule === "blank-line";
}

/** How the cutter looks at its pieces: strings, or numbers of tokens. */
export interface Pieces<P> {
  /** Where the next "\n" is from `at` on, or −1. */
  lineEnd(piece: P, at: number): number;
  slice(piece: P, from: number, to: number): P;
  length(piece: P): number;
  /** Nothing but white space (in ASCII). */
  blank(piece: P): boolean;
  endsInCr(piece: P): boolean;
}

/** Told what a document is made of. A slice is good until `push` returns. */
export interface DocumentSink<P> {
  push(part: P): void;
  /** A line's end inside a document. */
  newline(): void;
  end(): void;
}

export interface DocumentCutter<P> {
  push(piece: P): void;
  /** The text is over, and so is its last document. */
  end(): void;
  /** The line at hand, from 1. */
  readonly line: number;
  /** How many blank lines were passed over so far, where a line is a document. */
  readonly blank: number;
}

/**
 * Cuts pieces of a text into documents; where a piece ends never shows. A line of white space alone is blank: no document of its
 * own, and between two of `blank-line`. "\r\n" ends a line as "\n" does. Everything else of a document is passed on as it is.
 */
export function documentCutter<P>(rule: InnerRule, pieces: Pieces<P>, sink: DocumentSink<P>): DocumentCutter<P> {
  let held: P[] = []; // of this line: white space so far, or a "\r" that may be of its end
  let begun = false; // something of this line was passed on
  let open = false; // something of this document was
  let owed = false; // a newline, if the document goes on
  let [line, blank] = [1, 0];

  function part(piece: P): void {
    if (pieces.length(piece) === 0) return;
    if (!begun && pieces.blank(piece)) {
      held.push(pieces.slice(piece, 0, pieces.length(piece)));
      return;
    }
    if (owed) sink.newline();
    owed = false;
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
    owed = false;
  }
  function endLine(): void {
    if (rule === "line" && !begun) blank += 1;
    if (rule === "line" || !begun) endDocument();
    else owed = true;
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

/** Strings, in which "\n" is a newline. */
export const stringPieces: Pieces<string> = {
  lineEnd: (text, at) => text.indexOf("\n", at),
  slice: (text, from, to) => text.slice(from, to),
  length: (text) => text.length,
  blank: (text) => BLANK.test(text),
  endsInCr: (text) => text.endsWith("\r"),
};
const BLANK = /^[ \t\r\v\f]*$/;

export interface TextDocument {
  /** Without what separates it from the next. */
  readonly text: string;
  /** The line it begins in, from 1. */
  readonly line: number;
}

/** The documents of a whole text, and how many blank lines were none. */
export function documentsOf(rule: DocumentRule, text: string): { documents: TextDocument[]; blank: number } {
  if (!looksInside(rule)) return { documents: text === "" ? [] : [{ text, line: 1 }], blank: 0 };
  const documents: TextDocument[] = [];
  let [found, first] = ["", 0];
  const cutter = documentCutter(rule, stringPieces, {
    push(part) {
      if (found === "") first = cutter.line;
      found += part;
    },
    newline() {
      found += "\n";
    },
    end() {
      documents.push({ text: found, line: first });
      found = "";
    },
  });
  cutter.push(text);
  cutter.end();
  return { documents, blank: cutter.blank };
}
