// UTF-8 reader: the bytes of one input → text, in pieces that may end inside a code point. Ill-formed bytes are an
// error that names their offset and line.

import { type LonghandError, textError } from "../../base/errors.js";
import type { ByteStream } from "../../base/ports.js";
import { withLikelyEncoding } from "./encodings.js";
import type { OriginalSizes } from "./original.js";
import type { ReportBuilder } from "./report.js";

/** One text: a name for messages (a path, "standard input") and its bytes, read once. */
export interface TextInput {
  readonly name: string;
  readonly bytes: ByteStream;
  /** The bytes are UTF-8 of a string: nothing is to be decoded. */
  readonly decoded?: boolean;
  /** Sizes of its original, known when all bytes are read; absent where they are those of the bytes. */
  readonly original?: OriginalSizes;
  /** Receives facts about the text that are no decisions; without it they are notices. */
  readonly report?: ReportBuilder | undefined;
}

/** Receives one sentence for the user. */
export type Notice = (text: string) => void;

const PIECE = 65536; // bytes decoded at a time, so that no string becomes large

/** The bytes of an input in pieces of at most 64 KiB. */
export async function* readBytes(input: TextInput): AsyncGenerator<Uint8Array> {
  for await (const chunk of input.bytes) {
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
  }
}

/** Each byte as the character with that code. */
export function bytesAsText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** The text of an input in pieces. Gives the notices of `textReader`. */
export async function* readText(input: TextInput, notice: Notice): AsyncGenerator<string> {
  const reader = textReader(input.name, notice);
  for await (const piece of readBytes(input)) {
    let text: string;
    try {
      text = reader.push(piece);
    } catch (error) {
      throw await withLikelyEncoding(error, piece);
    }
    if (text !== "") yield text;
  }
  reader.end();
}

/** The text of a whole input in memory. */
export function textOf(bytes: Uint8Array, name: string, notice: Notice): string {
  const reader = textReader(name, notice);
  const text = reader.push(bytes);
  reader.end();
  return text;
}

/** Decodes an input in pieces. It drops a byte order mark with a notice. */
function textReader(name: string, notice: Notice): { push(bytes: Uint8Array): string; end(): void } {
  const decoder = strictDecoder(name);
  let first = true;
  return {
    push(bytes) {
      let text = decoder.push(bytes);
      if (text === "") return text;
      if (first && text.startsWith("\ufeff")) {
        text = text.slice(1);
        notice(droppedMark(name));
      }
      first = false;
      return text;
    },
    end: () => decoder.end(),
  };
}

export function droppedMark(name: string): string {
  return `${name}: the byte order mark at its start was dropped.`;
}

/** Whether the first bytes of a file (64 KiB are enough) look like no text: they hold a NUL. */
export function looksBinary(firstBytes: Uint8Array): boolean {
  return firstBytes.includes(0);
}

/** UTF-8 in pieces. `push` returns the whole code points so far; `end` throws where the last one is unfinished. */
export function strictDecoder(name: string): { push(bytes: Uint8Array): string; end(): void } {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const pieces = wholePieces(name);
  let newlines = 0; // before the current piece
  return {
    push(bytes) {
      const ready = pieces.push(bytes);
      let text: string;
      try {
        text = decoder.decode(ready);
      } catch {
        const at = firstIllFormed(ready);
        throw pieces.illFormed(at, newlines + count(new TextDecoder().decode(ready.subarray(0, at)), "\n"));
      }
      newlines += count(text, "\n");
      return text;
    },
    end: () => pieces.end(newlines),
  };
}

/** Throws a text error for bytes that are not UTF-8. */
export function checkUtf8(bytes: Uint8Array, name: string): void {
  const decoder = strictDecoder(name);
  for (let at = 0; at < bytes.length; at += PIECE) decoder.push(bytes.subarray(at, at + PIECE));
  decoder.end();
}

/** Splits a stream of bytes at code point boundaries: an incomplete code point waits for its remaining bytes. */
export function wholePieces(name: string): {
  /** The complete code points so far, valid until the next push. */
  push(bytes: Uint8Array): Uint8Array;
  /** Throws if the last code point is incomplete. */
  end(newlinesBefore: number): void;
  /** The error for byte `at` of the last piece. */
  illFormed(at: number, newlinesBefore: number): LonghandError;
} {
  let held = new Uint8Array(0);
  let offset = 0; // the last piece's offset in the input
  let length = 0; // the last piece's length
  let start: string | undefined; // the input's first two bytes
  const illFormed = (at: number, newlinesBefore: number) =>
    textError(
      `${name} is not valid UTF-8: the byte at offset ${offset + at} (line ` +
        `${newlinesBefore + 1}) begins no whole character.`,
      start === "255,254" || start === "254,255"
        ? 'It begins like UTF-16: convert it to UTF-8, or use `unit: "byte"`, which reads any bytes.'
        : 'Convert it to UTF-8, or use `unit: "byte"`, which reads any bytes.',
    );
  return {
    push(bytes) {
      const joined = held.length === 0 ? bytes : concat(held, bytes);
      offset += length;
      length = wholeLength(joined);
      held = joined.slice(length);
      if (length > 0) start ??= joined.subarray(0, 2).join();
      return joined.subarray(0, length);
    },
    end(newlinesBefore) {
      if (held.length > 0) throw illFormed(length, newlinesBefore);
    },
    illFormed,
  };
}

/** Number of bytes before an incomplete sequence at the end of `bytes`. */
export function wholeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return back < expectedLength(byte) ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function expectedLength(lead: number): number {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

/** The offset of the first byte that does not begin a well-formed sequence (The Unicode Standard, table 3-7), or −1. */
export function firstIllFormed(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const length = expectedLength(lead);
    const second = bytes[at + 1] ?? 0;
    if (length === 1 ? lead > 0x7f : lead < 0xc2 || lead > 0xf4) return at;
    if ((lead === 0xe0 && second < 0xa0) || (lead === 0xf0 && second < 0x90)) return at; // overlong
    if ((lead === 0xed && second > 0x9f) || (lead === 0xf4 && second > 0x8f)) return at; // surrogates; past U+10FFFF
    for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return at;
    at += length;
  }
  return -1;
}

function count(text: string, needle: string): number {
  let n = 0;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) n++;
  return n;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
