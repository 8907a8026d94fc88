// Looks at the first bytes of a stream, which stays whole.

import { joinBytes } from "../../base/bytes.js";
import type { ByteStream } from "../../base/ports.js";
import { firstIllFormed, wholeLength } from "./utf8.js";

/** Bytes that are looked at, at most. */
const HEAD = 65536;

export interface Peeked {
  /** The first 64 KiB, or fewer of a shorter text. Valid until `bytes` is read. */
  readonly head: Uint8Array;
  /** Whether `head` is the whole text. */
  readonly whole: boolean;
  /** All bytes. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Closes the stream, if it was not read to its end. */
  close(): Promise<void>;
}

/**
 * Opens a stream and looks at its first bytes. A stream that comes line by line is not waited for: a line of plain text
 * is enough.
 */
export async function peek(bytes: ByteStream): Promise<Peeked> {
  const reader = iteratorOf(bytes);
  let head: Uint8Array = new Uint8Array(0);
  let whole = false;
  while (head.length < HEAD && !isPlainLine(head)) {
    const { value, done } = await reader.next();
    if (done) {
      whole = true;
      break;
    }
    // A piece is valid until the next is requested, so it is copied unless it is enough.
    head = head.length === 0 && (value.length >= HEAD || isPlainLine(value)) ? value : joinBytes([head, value]);
  }
  async function* replay(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    for (let next = await reader.next(); !next.done; next = await reader.next()) yield next.value;
  }
  const close = async () => {
    await reader.return?.();
  };
  return { head: head.subarray(0, HEAD), whole, bytes: replay(), close };
}

/** Whether it ends with a line end and is UTF-8 without a NUL. */
function isPlainLine(bytes: Uint8Array): boolean {
  return bytes.at(-1) === 0x0a && !bytes.includes(0) && firstIllFormed(bytes.subarray(0, wholeLength(bytes))) < 0;
}

function iteratorOf(bytes: ByteStream): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  return Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]();
}
