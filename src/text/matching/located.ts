// Locations of tokens in the original text: the input, the line, and the text before a field lower-cases or strips it.
// The tokens are those of document-encoder.ts, in its order; a test checks that both agree.

import { textSplitter } from "../encoding/document-marks.js";
import { looksInside, separatorOf } from "../encoding/documents.js";
import type { Field } from "../encoding/field.js";
import { END_OF_LINE, tokenizer } from "../encoding/tokenizer.js";
import { bytesAsText, readBytes, readText, type TextInput } from "../reading/utf8.js";

/** The tokens [from, from + length) of a text. */
export interface TokenRange {
  readonly from: number;
  readonly length: number;
}

export interface Location {
  /** The input (from 0) and the line (from 1) where the range begins. */
  readonly input: number;
  readonly line: number;
  /** The original text of the range, with the separators between documents. */
  readonly text: string;
}

/**
 * Locates ranges of tokens. It reads the inputs once, up to the end of the last range. Throws a usage error for a text
 * that is not UTF-8, unless tokens are bytes.
 */
export async function locate(
  field: Field,
  inputs: readonly TextInput[],
  ranges: readonly TokenRange[],
): Promise<Location[]> {
  const locations: Location[] = [];
  const waiting = [...ranges.keys()].sort((a, b) => ranges[b]!.from - ranges[a]!.from); // the first range is at the end
  let open: { index: number; input: number; line: number; text: string; end: number }[] = [];
  let number = 0;
  let next = waiting.length > 0 ? ranges[waiting.at(-1)!]!.from : Infinity;
  const visit = (text: string, { input, line, before }: TokenPosition) => {
    if (open.length > 0) for (const each of open) each.text += before + text;
    for (; next === number; next = waiting.length > 0 ? ranges[waiting.at(-1)!]!.from : Infinity) {
      const index = waiting.pop()!;
      open.push({ index, input, line, text, end: number + ranges[index]!.length });
    }
    number += 1;
    if (open.length === 0) return;
    for (const { end, index, ...location } of open) {
      if (end > number) continue;
      locations[index] = { ...location, text: field.unit === "byte" ? fromBytes(location.text) : location.text };
    }
    open = open.filter(({ end }) => end > number);
  };
  await eachToken(field, inputs, visit, () => open.length === 0 && waiting.length === 0);
  return locations;
}

function fromBytes(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(text, (byte) => byte.charCodeAt(0)));
}

/** The position of a token. The object is reused: it changes with the next token. */
export interface TokenPosition {
  readonly input: number;
  readonly line: number;
  /** Line ends before the token that the field strips. */
  readonly before: string;
}

/**
 * Visits all tokens in order with their original text; a byte is the character with that code. It stops early if
 * `enough` returns true, which it asks after each piece.
 */
export async function eachToken(
  field: Field,
  inputs: readonly TextInput[],
  visit: (text: string, where: TokenPosition) => void,
  enough: () => boolean = () => false,
): Promise<void> {
  const where = { input: 0, line: 1, before: "" };
  const marks = lineMarks(where);
  let some = false; // the current document has a token
  const add = (text: string) => {
    marks.enter();
    visit(text, where);
    where.before = "";
    marks.pass(text);
    some = true;
  };
  const newlines = {
    keep: add,
    eos: add,
    strip(text: string) {
      marks.pass(text);
      where.before += text;
    },
  };
  // `eos` in place of `strip`: it splits lines the same way, and emits every line end.
  const rule = { ...field, newline: field.newline === "keep" ? "keep" : "eos" } as const;
  const splitter = tokenizer(rule, (token, text) =>
    token === END_OF_LINE ? newlines[field.newline](text) : add(text),
  );
  const tokenizePart = field.unit === "byte" ? (text: string) => [...text].forEach(add) : splitter.push;
  const end = () => {
    visit(separatorOf(field.documents), where);
    where.before = "";
    some = false;
  };
  const documents = readerOf(field)({
    push(text) {
      marks.push(text.length);
      tokenizePart(text);
    },
    end() {
      splitter.end();
      if (some) end();
    },
    goTo: marks.goTo,
  });
  if (field.documents !== "none") end();
  for (const [number, input] of inputs.entries()) {
    marks.begin(number);
    const reader = documents();
    for await (const piece of field.unit === "byte" ? byteTexts(input) : readText(input, () => {})) {
      reader.push(piece);
      if (enough()) return;
    }
    reader.end();
  }
  if (field.documents === "none") splitter.end();
}

async function* byteTexts(input: TextInput): AsyncGenerator<string> {
  for await (const bytes of readBytes(input)) yield bytesAsText(bytes);
}

interface Sink {
  push(text: string): void;
  /** Ends the document, if it has a token. */
  end(): void;
  /** The next text begins in this line. */
  goTo(line: number): void;
}

/** Creates a reader of one input's pieces. */
type Reader = () => { push(piece: string): void; end(): void };

function readerOf(field: Field): (sink: Sink) => Reader {
  if (field.documents === "none")
    return ({ push }) =>
      () => ({ push, end() {} });
  return looksInside(field.documents) ? innerReader(field) : (sink) => () => sink;
}

const innerReader =
  ({ documents: rule, unit, newline }: Field) =>
  (sink: Sink): Reader =>
  () => {
    let begun = false;
    const splitter = textSplitter(rule, unit === "byte", {
      push(part) {
        if (!begun) sink.goTo(splitter.line);
        begun = true;
        sink.push(part);
      },
      newline: (text) => sink.push(newline === "keep" ? text : "\n"),
      end() {
        sink.end();
        begun = false;
      },
    });
    return splitter;
  };

/**
 * Tracks input and line. Text passes (is tokenized) later than it is pushed, since a word may cross the border of two
 * inputs.
 */
function lineMarks(where: { input: number; line: number }) {
  const begins: number[] = []; // offset of each input in the pushed text
  let pushed = 0;
  let at = 0;
  const enter = (offset = at) => {
    while (offset >= (begins[where.input + 1] ?? Infinity)) {
      where.input += 1;
      where.line = 1;
    }
  };
  return {
    enter,
    begin(number: number) {
      begins[number] = pushed;
    },
    push(length: number) {
      pushed += length;
    },
    goTo(line: number) {
      enter();
      where.line = line;
    },
    pass(text: string) {
      for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) {
        enter(at + i);
        where.line += 1;
      }
      at += text.length;
    },
  };
}
