// Where the tokens of a text stand in it: the input, the line, and what stands there before a field lower-cases or drops any of it.
// The tokens are those that document-encoder.ts makes, in its order; a test holds the two together.

import { type DocumentRule, documentCutter, type InnerRule, separators, stringPieces } from "../encoding/documents.js";
import type { Field } from "../encoding/field.js";
import { END_OF_LINE, tokenizer } from "../encoding/tokenizer.js";
import { bytesAsText, readBytes, readText, type TextInput } from "../encoding/utf8.js";

/** Tokens [from, from + length) of a text. */
export interface TokenRange {
  readonly from: number;
  readonly length: number;
}

export interface Place {
  /** Which of the inputs, from 0, and which line of it, from 1: of where it begins. */
  readonly input: number;
  readonly line: number;
  /** As it stands there. Between documents stands what parts them. */
  readonly text: string;
}

/**
 * Places of tokens. The inputs are read once, up to the last that is wanted. Throws a usage error for what is not UTF-8 (but for bytes).
 */
export async function locate(
  field: Field,
  inputs: readonly TextInput[],
  ranges: readonly TokenRange[],
): Promise<Place[]> {
  const found: Place[] = [];
  const waiting = [...ranges.keys()].sort((a, b) => ranges[b]!.from - ranges[a]!.from); // the first is the last
  let open: { index: number; input: number; line: number; text: string; end: number }[] = [];
  let number = 0;
  let next = waiting.length > 0 ? ranges[waiting.at(-1)!]!.from : Infinity;
  const visit = (text: string, { input, line, before }: Located) => {
    if (open.length > 0) for (const each of open) each.text += before + text;
    for (; next === number; next = waiting.length > 0 ? ranges[waiting.at(-1)!]!.from : Infinity) {
      const index = waiting.pop()!;
      open.push({ index, input, line, text, end: number + ranges[index]!.length });
    }
    number += 1;
    if (open.length === 0) return;
    for (const { end, index, ...place } of open) {
      if (end > number) continue;
      found[index] = { ...place, text: field.unit === "byte" ? fromBytes(place.text) : place.text };
    }
    open = open.filter(({ end }) => end > number);
  };
  await eachToken(field, inputs, visit, () => open.length === 0 && waiting.length === 0);
  return found;
}

function fromBytes(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(text, (byte) => byte.charCodeAt(0)));
}

/** Where a token stands; the next one's when that comes. */
export interface Located {
  readonly input: number;
  readonly line: number;
  /** Line ends before it that the field drops. */
  readonly before: string;
}

/**
 * Visits all tokens in order with what stands there; a byte is the character of that number. Asks now and then whether that was
 * enough.
 */
export async function eachToken(
  field: Field,
  inputs: readonly TextInput[],
  visit: (text: string, where: Located) => void,
  enough: () => boolean = () => false,
): Promise<void> {
  const where = { input: 0, line: 1, before: "" };
  const marks = lineMarks(where);
  let some = false; // of this document
  const add = (text: string) => {
    marks.enter();
    visit(text, where);
    where.before = "";
    marks.pass(text);
    some = true;
  };
  const newlines = {
    keep: add,
    eos: () => add("\n"),
    strip() {
      marks.pass("\n");
      where.before += "\n";
    },
  };
  // Lines are cut alone where the field does so, and every line's end is told.
  const rule = { ...field, lower: false, newline: field.newline === "keep" ? "keep" : "eos" } as const;
  const cutter = tokenizer(rule, (token) => (token === END_OF_LINE ? newlines[field.newline](token) : add(token)));
  const cut = field.unit === "byte" ? (text: string) => [...text].forEach(add) : cutter.push;
  const end = () => {
    visit(separators[field.documents], where);
    where.before = "";
    some = false;
  };
  const documents = cutters[field.documents]({
    push(text) {
      marks.push(text.length);
      cut(text);
    },
    end() {
      cutter.end();
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
  if (field.documents === "none") cutter.end();
}

async function* byteTexts(input: TextInput): AsyncGenerator<string> {
  for await (const bytes of readBytes(input)) yield bytesAsText(bytes);
}

interface Sink {
  push(text: string): void;
  /** A document ends, if there is something in it. */
  end(): void;
  /** What follows begins in this line. */
  goTo(line: number): void;
}

/** For each input what takes its pieces, and is told of its end. */
type Reader = () => { push(piece: string): void; end(): void };

const inside =
  (rule: InnerRule) =>
  (sink: Sink): Reader =>
  () => {
    let begun = false;
    const cutter = documentCutter(rule, stringPieces, {
      push(part) {
        if (!begun) sink.goTo(cutter.line);
        begun = true;
        sink.push(part);
      },
      newline: () => sink.push("\n"),
      end() {
        sink.end();
        begun = false;
      },
    });
    return cutter;
  };

const cutters: Readonly<Record<DocumentRule, (sink: Sink) => Reader>> = {
  none:
    ({ push }) =>
    () => ({ push, end() {} }),
  file: (sink) => () => sink,
  line: inside("line"),
  "blank-line": inside("blank-line"),
};

/** Keeps input and line while text passes. It passes later than it is pushed: a word may lie over the border of two inputs. */
function lineMarks(where: { input: number; line: number }) {
  const begins: number[] = []; // where each input begins in what is pushed
  let [pushed, at] = [0, 0];
  const enter = (place = at) => {
    while (place >= (begins[where.input + 1] ?? Infinity)) {
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
