// Documents between separators that the user names, as `***` or `<|endoftext|>`, in a text that arrives in pieces; and
// the documents of a whole text.

import {
  type DocumentRule,
  type DocumentSink,
  type DocumentSplitter,
  documentSplitter,
  type LineEnd,
  looksInside,
  namedRules,
  standsAlone,
  stringPieces,
} from "./documents.js";
import { escaped } from "./tokenizer.js";

/** A splitter of strings, which counts separators. */
export interface TextSplitter extends DocumentSplitter<string> {
  /** Separators so far, for a rule that is one. */
  readonly marks: number;
  /** How often the separator occurred within a line, where it does not count. */
  readonly within: number;
}

/**
 * A splitter of a text, for any rule that looks inside a file. `bytes`: the strings have a character for each byte.
 */
export function textSplitter(rule: DocumentRule, bytes: boolean, sink: DocumentSink<string>): TextSplitter {
  if (!namedRules.includes(rule)) return markSplitter(rule, bytes, sink);
  return Object.assign(documentSplitter(rule, stringPieces(bytes), sink), { marks: 0, within: 0 });
}

/**
 * A separator that `standsAlone` counts where nothing but white space is on its line, any other wherever it occurs.
 * Line ends and blank lines beside it belong to it, and a document of white space is none.
 */
function markSplitter(rule: DocumentRule, bytes: boolean, sink: DocumentSink<string>): TextSplitter {
  const mark = bytes ? String.fromCharCode(...new TextEncoder().encode(rule)) : rule;
  const alone = standsAlone(rule);
  const { blank } = stringPieces(bytes);
  const pattern = new RegExp(`${escaped(mark)}|\\r\\n?|\\n`, "g");
  const lookahead = Math.max(mark.length, 2) - 1;
  const count = { line: 1, marks: 0, within: 0 };
  let tail = "";
  let held: string[] = []; // white space and line ends, passed on if the document continues
  let begun = false; // a part of this line was passed on
  let open = false; // a part of this document was passed on
  let maybe = false; // this line is white space and a separator so far

  const content = (text: string) => {
    for (const each of held) isLineEnd(each) ? sink.newline(each) : sink.push(each);
    held = [];
    begun = true;
    open = true;
    maybe = false;
    sink.push(text);
  };
  const part = (text: string) => {
    if (text === "") return;
    if (!begun && blank(text)) held.push(text);
    else content(text);
  };
  const separate = () => {
    if (open) sink.end();
    held = [];
    begun = false;
    open = false;
    maybe = false;
    count.marks += 1;
  };
  const meet = (found: string) => {
    if (found === mark) {
      count.line += alone ? 0 : (found.match(/\r\n?|\n/g)?.length ?? 0);
      if (!alone) return separate();
      if (!begun && !maybe) {
        maybe = true;
        held.push(found);
        return;
      }
      count.within += 1;
      return content(found);
    }
    if (maybe) separate();
    else if (open) held.push(found);
    else held = [];
    begun = false;
    count.line += 1;
  };
  const split = (text: string, sure: number) => {
    let at = 0;
    for (const { 0: found, index } of text.matchAll(pattern)) {
      if (index >= sure) break;
      part(text.slice(at, index));
      meet(found);
      at = index + found.length;
    }
    const to = Math.max(at, sure);
    part(text.slice(at, to));
    tail = text.slice(to);
  };
  return {
    get line() {
      return count.line;
    },
    get marks() {
      return count.marks;
    },
    get within() {
      return count.within;
    },
    blank: 0,
    push(text) {
      const joined = tail + text;
      split(joined, joined.length - lookahead);
    },
    end() {
      split(tail, tail.length);
      const last = count.marks + (maybe ? 1 : 0);
      separate();
      count.marks = last;
    },
  };
}

function isLineEnd(text: string): text is LineEnd {
  return text === "\n" || text === "\r" || text === "\r\n";
}

export interface TextDocument {
  /** Without the separator after it. */
  readonly text: string;
  /** The line it begins in, from 1. */
  readonly line: number;
}

/** The documents of a whole text, and the number of blank lines that were skipped. */
export function documentsOf(
  rule: DocumentRule,
  text: string,
  bytes = false,
): { documents: TextDocument[]; blank: number } {
  if (!looksInside(rule)) return { documents: text === "" ? [] : [{ text, line: 1 }], blank: 0 };
  const documents: TextDocument[] = [];
  let current = "";
  let first = 0;
  const splitter = textSplitter(rule, bytes, {
    push(part) {
      if (current === "") first = splitter.line;
      current += part;
    },
    newline(end) {
      current += end;
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
