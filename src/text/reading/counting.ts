// The stage that counts the original of a text, before line ends and characters are changed.

import type { ByteStream } from "../../base/ports.js";
import type { ByteSearch, ReadingContext } from "./rules.js";
import { scalarSearch } from "./search.js";
import type { TextInput } from "./utf8.js";

/** A stage that changes nothing and counts. */
export async function* counted(
  { bytes }: TextInput,
  _rules: unknown,
  { original, search = scalarSearch }: ReadingContext,
): ByteStream & AsyncGenerator<Uint8Array> {
  let afterCr = false;
  for await (const piece of bytes) {
    if (original !== undefined && piece.length > 0) {
      original.bytes += piece.length;
      original.characters += piece.length - continuationsIn(piece, search);
      if (afterCr && piece[0] === LF) original.crlf += 1;
      for (let at = search.indexOf(piece, CR); at >= 0; at = piece.indexOf(CR, at + 1)) {
        if (piece[at + 1] === LF) original.crlf += 1;
      }
      afterCr = piece[piece.length - 1] === CR;
    }
    yield piece;
  }
}

const CR = 0x0d;
const LF = 0x0a;

/** Number of bytes that continue a character. Blocks of ASCII have none. */
function continuationsIn(bytes: Uint8Array, search: ByteSearch): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    if (!search.isAscii(block)) count += continuations(block);
  }
  return count;
}
const BLOCK = 8192;

/** The same, four at a time where they lie at a whole word. */
function continuations(bytes: Uint8Array): number {
  const head = Math.min(bytes.length, -bytes.byteOffset & 3);
  const whole = (bytes.length - head) >> 2;
  const words = new Int32Array(bytes.buffer, whole > 0 ? bytes.byteOffset + head : 0, whole);
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    count += Math.imul((word >>> 7) & ~(word >>> 6) & 0x01010101, 0x01010101) >>> 24;
  }
  for (let i = 0; i < head; i++) if ((bytes[i]! & 0xc0) === 0x80) count += 1;
  for (let i = head + 4 * whole; i < bytes.length; i++) if ((bytes[i]! & 0xc0) === 0x80) count += 1;
  return count;
}
