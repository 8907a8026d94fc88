// Encoder of a text with documents: bytes → token numbers, with `<end>` before the first document and after each. It
// wraps the encoder of encode.ts and splits its numbers (for words: the text before it) where documents end.

import { report } from "../reading/facts.js";
import { bytesAsText, type Notice, readBytes, readText } from "../reading/utf8.js";
import { type Ids, newIds } from "../storage/tokens.js";
import { textSplitter } from "./document-marks.js";
import { documentSplitter, END, type LineEnd, namedRules, type Pieces } from "./documents.js";
import { createBlock, createEncoder, type Encoder, hasOwnNumbers, type TokenTable } from "./encode.js";
import type { Field } from "./field.js";
import { END_OF_LINE, tokenizer } from "./tokenizer.js";
import { showToken } from "./vocab.js";
import type { Tokenizer } from "./words.js";

/** An encoder for a field that keeps documents apart. `end()` returns the numbers that remain after the last input. */
export function createDocumentEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  if (field.documents === "none") return createEncoder(field, table, notice);
  if (field.documents === "file") return fileEncoder(field, table, notice);
  const numbers = hasOwnNumbers(field) && namedRules.includes(field.documents);
  return numbers ? numberEncoder(field, table, notice) : textEncoder(field, table, notice);
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
  const ends = { "\n": table.number("\n"), "\r": table.number("\r") };
  const atNewline = (text: LineEnd) => {
    const tokens = { keep: [...text], eos: [END_OF_LINE], strip: [] }[field.newline];
    return rangeOf(Int32Array.from(tokens, (token) => table.number(token)));
  };
  const isWhite = field.unit === "byte" ? /^[ \t-\r]$/ : /^[\s\x85]$/;
  const white: boolean[] = []; // by number, where it is known
  const pieces: Pieces<Range> = {
    indexOf({ numbers, from, to }, which, at) {
      const index = numbers.indexOf(ends[which], from + at);
      return index < 0 || index >= to ? -1 : index - from;
    },
    slice: ({ numbers, from: begin }, from, to) => ({ numbers, from: begin + from, to: begin + to }),
    length: ({ from, to }) => to - from,
    blank({ numbers, from, to }) {
      for (let i = from; i < to; i++) {
        const number = numbers[i]!;
        white[number] ??= isWhite.test(table.tokens[number]!);
        if (!white[number]) return false;
      }
      return true;
    },
  };
  const begin = once(end, table);
  let parts: Range[] = [];
  const atEnd = rangeOf(Int32Array.of(end));
  const sink = {
    push: (part: Range) => void parts.push(part),
    newline: (text: LineEnd) => void parts.push(atNewline(text)),
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
      const splitter = documentSplitter(field.documents, pieces, sink);
      for await (const numbers of inner.read(input)) {
        // A copy: the splitter may hold back numbers (white space) after the inner encoder reuses the block.
        splitter.push(rangeOf(numbers.slice()));
        yield takeBlock();
      }
      splitter.end();
      yield takeBlock();
      if (splitter.blank > 0) report({ report: input.report, notice }, input.name, "blankLines", splitter.blank);
    },
    end: () => new Uint8Array(0),
  };
}

/** Encoder for all else: the text is split into documents before it is tokenized. */
function textEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  const bytes = field.unit === "byte";
  const end = table.number(END);
  const begin = once(end, table);
  const block = createBlock();
  const put = (token: string) => block.push(table.number(token));
  const tokens: Tokenizer = bytes
    ? { push: (text) => [...text].forEach(put), end() {} }
    : tokenizer({ ...field, newline: field.unit === "space" ? field.newline : "keep" }, put);
  const newlines = {
    keep: (text: LineEnd) => tokens.push(text),
    strip: () => tokens.end(),
    eos() {
      tokens.end();
      put(END_OF_LINE);
    },
  };
  const found = { documents: 0, marks: 0, within: 0 };
  const sink = {
    push: (part: string) => tokens.push(part),
    newline: newlines[field.newline],
    end() {
      tokens.end();
      block.push(end);
      found.documents += 1;
    },
  };
  return {
    async *read(input) {
      yield* begin();
      const splitter = textSplitter(field.documents, bytes, sink);
      const push = (text: string) => {
        splitter.push(text);
        return block.take();
      };
      if (bytes) for await (const piece of readBytes(input)) yield push(bytesAsText(piece));
      else for await (const text of readText(input, notice)) yield push(text);
      splitter.end();
      yield block.take();
      found.marks += splitter.marks;
      found.within += splitter.within;
      if (splitter.blank > 0) report({ report: input.report, notice }, input.name, "blankLines", splitter.blank);
    },
    end() {
      if (!namedRules.includes(field.documents)) noticeMarks(field.documents, found, notice);
      return new Uint8Array(0);
    },
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

/** Tells of a separator that the text does not have. */
function noticeMarks(
  mark: string,
  { documents, marks, within }: { readonly documents: number; readonly marks: number; readonly within: number },
  notice: Notice,
): void {
  if (marks > 0) return;
  const lines = `The separator ${showToken(mark)} ${within === 0 ? "does not occur" : "is alone on no line"}: `;
  const many =
    within === 0 ? "" : `; it occurs ${within} times within lines, where only one with a letter or digit counts`;
  notice(`${lines}the text is ${documents} document${documents === 1 ? "" : "s"}${many}.`);
}
