// Where the tokens of a text stand in it: the input, the line, and what stands there before a field lower-cases or drops any of it.
// The tokens are those that document-encoder.ts makes, in its order; a test holds the two together.

import { type DocumentRule, documentCutter, type InnerRule, separators, stringPieces } from "./documents.js";
import type { Field } from "./field.js";
import { END_OF_LINE, tokenizer } from "./tokenizer.js";
import { bytesAsText, readBytes, readText, type TextInput } from "./utf8.js";

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
  const found: (Place | undefined)[] = ranges.map(() => undefined);
  const waiting = [...ranges.keys()].sort((a, b) => ranges[b]!.from - ranges[a]!.from); // the first last
  let open: { index: number; place: Located; text: string; left: number }[] = [];
  let number = 0;
  for await (const tokens of located(field, inputs)) {
    for (const token of tokens) {
      for (const each of open) each.text += token.before + token.text;
      while (waiting.length > 0 && ranges[waiting.at(-1)!]!.from === number) {
        const index = waiting.pop()!;
        open.push({ index, place: token, text: token.text, left: ranges[index]!.length });
      }
      if (open.length > 0) {
        for (const each of open) {
          each.left -= 1;
          if (each.left > 0) continue;
          const { input, line } = each.place;
          found[each.index] = { input, line, text: field.unit === "byte" ? fromBytes(each.text) : each.text };
        }
        open = open.filter(({ left }) => left > 0);
      }
      number += 1;
    }
    if (open.length === 0 && waiting.length === 0) break;
  }
  return found.map((place) => place!);
}

function fromBytes(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(text, (byte) => byte.charCodeAt(0)));
}

/** A token where it stands. A byte is the character of that number. */
export interface Located extends Place {
  /** Line ends before it that the field drops. */
  readonly before: string;
}

/** All tokens in order, a list for each piece of the text. */
export async function* located(field: Field, inputs: readonly TextInput[]): AsyncGenerator<readonly Located[]> {
  const marks = lineMarks();
  let found: Located[] = [];
  let before = "";
  let some = false; // of this document
  const add = (text: string) => {
    found.push({ ...marks.pass(text), text, before });
    before = "";
    some = true;
  };
  const newlines = {
    keep: add,
    eos: () => add("\n"),
    strip() {
      marks.pass("\n");
      before += "\n";
    },
  };
  // Lines are cut alone where the field does so, and every line's end is told.
  const rule = { ...field, lower: false, newline: field.newline === "keep" ? "keep" : "eos" } as const;
  const cutter = tokenizer(rule, (token) => (token === END_OF_LINE ? newlines[field.newline](token) : add(token)));
  const cut = field.unit === "byte" ? (text: string) => [...text].forEach(add) : cutter.push;
  const end = () => {
    found.push({ ...marks.here(), text: separators[field.documents], before });
    before = "";
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
      yield found;
      found = [];
    }
    reader.end();
  }
  if (field.documents === "none") cutter.end();
  yield found;
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

/** Which input and line is at hand while text passes. It passes later than it is pushed: a word may lie over the border of inputs. */
function lineMarks() {
  const begins: number[] = []; // where each input begins in what is pushed
  let [input, line, pushed, at] = [0, 1, 0, 0];
  const enter = (place: number) => {
    while (place >= (begins[input + 1] ?? Infinity)) {
      input += 1;
      line = 1;
    }
  };
  return {
    begin(number: number) {
      begins[number] = pushed;
    },
    push(length: number) {
      pushed += length;
    },
    here: () => ({ input, line }),
    goTo(to: number) {
      enter(at);
      line = to;
    },
    /** Where it begins. */
    pass(text: string) {
      enter(at);
      const begin = { input, line };
      for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) {
        enter(at + i);
        line += 1;
      }
      at += text.length;
      return begin;
    },
  };
}
