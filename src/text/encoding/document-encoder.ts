// Encoder of a text with documents: bytes → token numbers, with `<end>` before the first document and after each. It
// wraps the encoder of encode.ts and splits its numbers (for words: the text before it) where documents end.

import { type Notice, readText } from "../reading/utf8.js";
import { type Ids, newIds } from "../storage/tokens.js";
import { type DocumentRule, documentSplitter, END, type InnerRule, type Pieces, stringPieces } from "./documents.js";
import { createBlock, createEncoder, type Encoder, type TokenTable } from "./encode.js";
import type { Field } from "./field.js";
import { END_OF_LINE, tokenizer, type Unit } from "./tokenizer.js";

type NewEncoder = (field: Field, table: TokenTable, notice: Notice) => Encoder;

const innerEncoders: Record<Unit, NewEncoder> = { byte: numberEncoder, char: numberEncoder, word: wordEncoder };
const innerEncoder: NewEncoder = (field, table, notice) => innerEncoders[field.unit](field, table, notice);
const encoders: Record<DocumentRule, NewEncoder> = {
  none: createEncoder,
  file: fileEncoder,
  line: innerEncoder,
  "blank-line": innerEncoder,
};

/** An encoder for a field that keeps documents apart. `end()` returns the numbers that remain after the last input. */
export function createDocumentEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  return encoders[field.documents](field, table, notice);
}

/** Encoder for `documents: "file"`: each file is one document; an empty file is none. */
function fileEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  const inner = createEncoder(field, table, notice);
  const end = table.number(END);
  const begin = once(end, table);
  return {
    async *read(input) {
      yield* begin();
      let some = false;
      for await (const numbers of inner.read(input)) {
        some ||= numbers.length > 0;
        yield numbers;
      }
      const rest = inner.end();
      if (some || rest.length > 0) yield joined([rest, Int32Array.of(end)].map(rangeOf), table);
    },
    end: () => new Uint8Array(0),
  };
}

/** Encoder for characters and bytes: each has its own number, so line ends are found among the numbers. */
function numberEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  const inner = createEncoder({ ...field, newline: "keep" }, table, notice);
  const end = table.number(END);
  const lf = table.number("\n");
  const cr = table.number("\r");
  const newlines = { keep: () => lf, eos: () => table.number(END_OF_LINE), strip: () => undefined };
  const newline = newlines[field.newline]();
  const white = new Set([" ", "\t", "\r", "\v", "\f"].map((each) => table.number(each)));
  const pieces: Pieces<Range> = {
    lineEnd({ numbers, from, to }, at) {
      const index = numbers.indexOf(lf, from + at);
      return index < 0 || index >= to ? -1 : index - from;
    },
    slice: ({ numbers, from: begin }, from, to) => ({ numbers, from: begin + from, to: begin + to }),
    length: ({ from, to }) => to - from,
    blank({ numbers, from, to }) {
      for (let i = from; i < to; i++) if (!white.has(numbers[i]!)) return false;
      return true;
    },
    endsInCr: ({ numbers, to }) => numbers[to - 1] === cr,
  };
  const begin = once(end, table);
  let parts: Range[] = [];
  const atNewline = rangeOf(Int32Array.from(newline === undefined ? [] : [newline]));
  const atEnd = rangeOf(Int32Array.of(end));
  const sink = {
    push: (part: Range) => void parts.push(part),
    newline: () => void parts.push(atNewline),
    end: () => void parts.push(atEnd),
  };
  const takeBlock = () => {
    const block = joined(parts, table);
    parts = [];
    return block;
  };
  return {
    async *read(input) {
      yield* begin();
      const splitter = documentSplitter(field.documents as InnerRule, pieces, sink);
      for await (const numbers of inner.read(input)) {
        // A copy: the splitter may hold back numbers (white space) after the inner encoder reuses the block.
        splitter.push(rangeOf(numbers.slice()));
        yield takeBlock();
      }
      splitter.end();
      yield takeBlock();
      noticeBlankLines(input.name, splitter, notice);
    },
    end: () => new Uint8Array(0),
  };
}

/**
 * Encoder for words: a word may contain the space before it, so the text is split into documents before it is
 * tokenized.
 */
function wordEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  const end = table.number(END);
  const begin = once(end, table);
  const block = createBlock();
  const words = tokenizer({ ...field, newline: "keep" }, (token) => block.push(table.number(token)));
  const newlines = {
    keep: () => words.push("\n"),
    strip: () => words.end(),
    eos() {
      words.end();
      block.push(table.number(END_OF_LINE));
    },
  };
  const sink = {
    push: (part: string) => words.push(part),
    newline: newlines[field.newline],
    end() {
      words.end();
      block.push(end);
    },
  };
  return {
    async *read(input) {
      yield* begin();
      const splitter = documentSplitter(field.documents as InnerRule, stringPieces, sink);
      for await (const text of readText(input, notice)) {
        splitter.push(text);
        yield block.take();
      }
      splitter.end();
      yield block.take();
      noticeBlankLines(input.name, splitter, notice);
    },
    end: () => new Uint8Array(0),
  };
}

/** Yields the `<end>` before the first document, at its first call only. */
function once(end: number, table: TokenTable): () => Generator<Ids> {
  let begun = false;
  return function* () {
    if (!begun) yield joined([rangeOf(Int32Array.of(end))], table);
    begun = true;
  };
}

/**
 * Numbers [from, to) of a block. Not a subarray: a line is short, and creating a typed array takes longer than copying
 * it.
 */
interface Range {
  readonly numbers: Ids;
  readonly from: number;
  readonly to: number;
}

function rangeOf(numbers: Ids): Range {
  return { numbers, from: 0, to: numbers.length };
}

/** Concatenates ranges into one block whose type is as narrow as the table's size allows. */
function joined(parts: readonly Range[], table: TokenTable): Ids {
  const all = newIds(
    parts.reduce((sum, { from, to }) => sum + to - from, 0),
    table.tokens.length,
  );
  let at = 0;
  for (const { numbers, from, to } of parts) for (let i = from; i < to; i++) all[at++] = numbers[i]!;
  return all;
}

function noticeBlankLines(name: string, { blank }: { readonly blank: number }, notice: Notice): void {
  if (blank > 0) notice(`${name}: ${blank} blank line${blank === 1 ? " is" : "s are"} no document.`);
}
