// Encoder: the bytes of a text → token numbers, block by block. A token gets its number at its first occurrence;
// corpus.ts maps numbers to ids once the whole text is read. Characters are decoded from the bytes by lookup tables,
// without strings, which is several times faster. tokenizer.ts defines the tokens; a test checks that both agree.

import { withLikelyEncoding } from "../reading/encodings.js";
import { droppedMark, type Notice, readBytes, readText, type TextInput, wholePieces } from "../reading/utf8.js";
import { type Ids, newIds } from "../storage/tokens.js";
import type { Field } from "./field.js";
import { END_OF_LINE, spelledSpecials, tokenizer, type Unit } from "./tokenizer.js";

/** Numbers of tokens, given in the order of first occurrence. */
export class TokenTable {
  readonly tokens: string[];
  private readonly numbers: Map<string, number>;

  constructor(tokens: readonly string[]) {
    this.tokens = [...tokens];
    this.numbers = new Map(tokens.map((token, i) => [token, i]));
  }

  number(token: string): number {
    const known = this.numbers.get(token);
    if (known !== undefined) return known;
    const own = [...token].join(""); // a copy: the token is a slice, which would keep its whole piece of text in memory
    this.numbers.set(own, this.tokens.length);
    return this.tokens.push(own) - 1;
  }
}

/** Reads inputs one after another, with nothing between them. */
export interface Encoder {
  /**
   * The token numbers of the next input, one block (possibly empty) per piece of text. A block is valid until the next
   * one.
   */
  read(input: TextInput): AsyncGenerator<Ids>;
  /** Ends the text, and returns the numbers that were held back. */
  end(): Ids;
}

type NewEncoder = (field: Field, table: TokenTable, notice: Notice) => Encoder;

const encoders: Record<Unit, NewEncoder> = {
  byte: byteEncoder,
  char: charEncoder,
  word: textEncoder,
  space: textEncoder,
};

/** An encoder for a field. It adds new tokens to `table`; for bytes the table holds all 256. */
export function createEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  return (hasOwnNumbers(field) ? encoders[field.unit] : textEncoder)(field, table, notice);
}

/** Whether each character or byte is a token by itself, whatever stands beside it. */
export function hasOwnNumbers(field: Field): boolean {
  return field.unit === "byte" || (field.unit === "char" && spelledSpecials(field).length === 0);
}

/** A byte is its own number. */
function byteEncoder(): Encoder {
  return { read: readBytes, end: () => new Uint8Array(0) };
}

function textEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  const block = createBlock();
  const cutter = tokenizer(field, (token) => block.push(table.number(token)));
  return {
    async *read(input) {
      for await (const text of readText(input, notice)) {
        cutter.push(text);
        if (text !== "") yield block.take();
      }
    },
    end() {
      cutter.end();
      return block.take();
    },
  };
}

/** Collects numbers; `take` returns those pushed since the last call. */
export function createBlock(): { push(number: number): void; take(): Int32Array } {
  let numbers: number[] = [];
  return {
    push: (number) => void numbers.push(number),
    take() {
      const block = Int32Array.from(numbers);
      numbers = [];
      return block;
    },
  };
}

const BLOCK = 65536;
/** No entry in the byte table: the slow path decodes the code point. */
const RARE = -1;
const LF = 0x0a;
/** Element size in bytes → the largest number that it holds. */
const largest: Readonly<Record<number, number>> = { 1: 0xff, 2: 0xffff, 4: 0x7fffffff };

function charEncoder(field: Field, table: TokenTable, notice: Notice): Encoder {
  // Byte → number; RARE for a dropped LF, and the first byte of a longer sequence.
  const ascii = new Int32Array(256).fill(RARE);
  const known = new Int32Array(0x110000); // code point → number + 1
  let out = newIds(BLOCK, table.tokens.length);
  const newline = { keep: "\n", eos: END_OF_LINE, strip: undefined }[field.newline];

  const numberOf = (codePoint: number): number => {
    if (codePoint === LF && newline === undefined) return RARE;
    const character = codePoint === LF ? newline! : String.fromCodePoint(codePoint);
    const number = table.number(field.lower && codePoint !== LF ? character.toLowerCase() : character);
    known[codePoint] = number + 1;
    if (codePoint < 0x80) ascii[codePoint] = number;
    return number;
  };

  return {
    async *read(input) {
      const pieces = wholePieces(input.name);
      let lines = 0;
      let begun = false;
      for await (const chunk of readBytes(input)) {
        const bytes = pieces.push(chunk);
        const start = begun ? 0 : markLength(bytes);
        let at = start;
        if (start > 0) notice(droppedMark(input.name));
        begun ||= bytes.length > 0;
        let used = 0;
        for (;;) {
          const end = encodeCommon(bytes, at, ascii, out, used);
          used += end - at;
          at = end;
          if (at === bytes.length) break;
          const codePoint = codePointAt(bytes, at);
          if (codePoint < 0) {
            const line = lines + linesIn(bytes.subarray(0, at));
            throw await withLikelyEncoding(pieces.illFormed(at, line), bytes);
          }
          at += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
          const before = known[codePoint]!;
          const number = before > 0 ? before - 1 : numberOf(codePoint);
          if (number === RARE) continue;
          if (number > largest[out.BYTES_PER_ELEMENT]!) {
            yield out.subarray(0, used);
            out = newIds(BLOCK, number + 1);
            used = 0;
          }
          out[used++] = number;
        }
        lines += linesIn(bytes);
        if (bytes.length > start) yield out.subarray(0, used);
      }
      pieces.end(lines);
    },
    end: () => new Uint8Array(0),
  };
}

/** Length of the byte order mark at the start: 3 or 0. */
function markLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/**
 * Counts line feeds, four bytes at a time: each sets its high bit in `matches` (Warren 2012, "Hacker's Delight", 6-1).
 */
function linesIn(bytes: Uint8Array): number {
  const head = -bytes.byteOffset & 3; // bytes before the first whole word
  const whole = Math.max(0, bytes.length - head) >> 2;
  const words = new Int32Array(bytes.buffer, whole > 0 ? bytes.byteOffset + head : 0, whole);
  let lines = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]! ^ 0x0a0a0a0a;
    const matches = ~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word | 0x7f7f7f7f);
    lines += Math.imul(matches >>> 7, 0x01010101) >>> 24;
  }
  for (let i = 0; i < head; i++) if (bytes[i] === LF) lines += 1; // reads past the end give undefined
  for (let i = head + 4 * whole; i < bytes.length; i++) if (bytes[i] === LF) lines += 1;
  return lines;
}

/** Encodes bytes from `at` into `out` from `used`, up to the first rare byte or the end. Returns that byte's index. */
function encodeCommon(bytes: Uint8Array, at: number, ascii: Int32Array, out: Ids, used: number): number {
  const length = bytes.length;
  let i = at;
  let o = used;
  for (; i + 4 <= length; i += 4, o += 4) {
    const a = ascii[bytes[i]!]!;
    const b = ascii[bytes[i + 1]!]!;
    const c = ascii[bytes[i + 2]!]!;
    const d = ascii[bytes[i + 3]!]!;
    if ((a | b | c | d) < 0) break;
    out[o] = a;
    out[o + 1] = b;
    out[o + 2] = c;
    out[o + 3] = d;
  }
  for (; i < length; i++, o++) {
    const number = ascii[bytes[i]!]!;
    if (number < 0) break;
    out[o] = number;
  }
  return i;
}

/** The code point that begins at `at`, or −1 if the bytes are ill-formed (The Unicode Standard, table 3-7). */
function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return lead;
  const next = (i: number) => {
    const byte = bytes[at + i] ?? 0;
    return (byte & 0xc0) === 0x80 ? byte & 0x3f : -1;
  };
  const b = next(1);
  if (lead < 0xc2 || lead > 0xf4 || b < 0) return -1;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | b;
  const c = next(2);
  if (c < 0) return -1;
  if (lead < 0xf0) {
    const point = ((lead & 0x0f) << 12) | (b << 6) | c;
    return point < 0x800 || (point >= 0xd800 && point < 0xe000) ? -1 : point;
  }
  const d = next(3);
  const point = ((lead & 0x07) << 18) | (b << 12) | (c << 6) | d;
  return d < 0 || point < 0x10000 || point > 0x10ffff ? -1 : point;
}
