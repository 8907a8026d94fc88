// A text's bytes into numbers of tokens, document by document: `<end>` before the first and after each. The encoder of encode.ts
// does the work; here its numbers, or for words the text before it, are cut where documents end.

import { type Ids, newIds } from "../storage/tokens.js";
import { type DocumentRule, documentCutter, END, type InnerRule, type Pieces, stringPieces } from "./documents.js";
import { createEncoder, type Encoder, openBlock, type TokenTable } from "./encode.js";
import type { Field } from "./field.js";
import { END_OF_LINE, tokenizer, type Unit } from "./tokenizer.js";
import { type Notice, readText } from "./utf8.js";

type NewEncoder = (field: Field, table: TokenTable, notice: Notice) => Encoder;

const insides: Record<Unit, NewEncoder> = { byte: numberEncoder, char: numberEncoder, word: wordEncoder };
const inside: NewEncoder = (field, table, notice) => insides[field.unit](field, table, notice);
const encoders: Record<DocumentRule, NewEncoder> = {
  none: createEncoder,
  file: fileEncoder,
  line: inside,
  "blank-line": inside,
};

/** An encoder for a field, with its documents kept apart. `end()` gives what is left after the last input. */
export function createDocumentEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  return encoders[field.documents](field, table, notice);
}

/** A file is one document, an empty one none. */
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

/** Characters and bytes: each has a number of its own, so lines are found among the numbers. */
function numberEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  const inner = createEncoder({ ...field, newline: "keep" }, table, notice);
  const end = table.number(END);
  const [lf, cr] = [table.number("\n"), table.number("\r")];
  const newlines = { keep: () => lf, eos: () => table.number(END_OF_LINE), strip: () => undefined };
  const newline = newlines[field.newline]();
  const white = new Set([" ", "\t", "\r", "\v", "\f"].map((each) => table.number(each)));
  const pieces: Pieces<Range> = {
    lineEnd({ numbers, from, to }, at) {
      const found = numbers.indexOf(lf, from + at);
      return found < 0 || found >= to ? -1 : found - from;
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
  const taken = () => {
    const block = joined(parts, table);
    parts = [];
    return block;
  };
  return {
    async *read(input) {
      yield* begin();
      const cutter = documentCutter(field.documents as InnerRule, pieces, sink);
      for await (const numbers of inner.read(input)) {
        // A copy: what is held back, white space say, outlives the block that the inner encoder may use again.
        cutter.push(rangeOf(numbers.slice()));
        yield taken();
      }
      cutter.end();
      yield taken();
      tell(input.name, cutter, notice);
    },
    end: () => new Uint8Array(0),
  };
}

/** Words lie across white space, so the text is cut before they are. */
function wordEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  const end = table.number(END);
  const begin = once(end, table);
  const block = openBlock();
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
      const cutter = documentCutter(field.documents as InnerRule, stringPieces, sink);
      for await (const text of readText(input, notice)) {
        cutter.push(text);
        yield block.taken();
      }
      cutter.end();
      yield block.taken();
      tell(input.name, cutter, notice);
    },
    end: () => new Uint8Array(0),
  };
}

/** The `<end>` before the first document, the first time it is asked for. */
function once(end: number, table: TokenTable): () => Generator<Ids> {
  let begun = false;
  return function* () {
    if (!begun) yield joined([rangeOf(Int32Array.of(end))], table);
    begun = true;
  };
}

/** Numbers [from, to) of a block. A line is a few of them, and a typed array of its own would take longer to make than to copy. */
interface Range {
  readonly numbers: Ids;
  readonly from: number;
  readonly to: number;
}

function rangeOf(numbers: Ids): Range {
  return { numbers, from: 0, to: numbers.length };
}

/** One block, as narrow as the numbers so far allow. */
function joined(parts: readonly Range[], table: TokenTable): Ids {
  const all = newIds(
    parts.reduce((sum, { from, to }) => sum + to - from, 0),
    table.tokens.length,
  );
  let at = 0;
  for (const { numbers, from, to } of parts) for (let i = from; i < to; i++) all[at++] = numbers[i]!;
  return all;
}

function tell(name: string, { blank }: { readonly blank: number }, notice: Notice): void {
  if (blank > 0) notice(`${name}: ${blank} blank line${blank === 1 ? " is" : "s are"} no document.`);
}
