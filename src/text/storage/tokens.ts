// Token sources and stores: interfaces to the ids of a text, in memory or in a file. The vocabulary says what an id
// means; lanes.ts arranges tokens in lanes.

import { textError } from "../../base/errors.js";

/** An array of ids, whose type is as narrow as the largest id allows. */
export type Ids = Uint8Array | Uint16Array | Int32Array;

/** A readable sequence of token ids: in memory, in a file, or on a network. */
export interface TokenSource {
  readonly length: number;
  /**
   * The ids [from, to): an array if they are in memory, otherwise a promise. `epoch` is how many times the source was
   * read before, for sources whose stream differs from epoch to epoch.
   */
  read(from: number, to: number, epoch?: number): Int32Array | Promise<Int32Array>;
  /** The same ids for one of `count` sequential readers, with read-ahead. Absent if reads cost nothing. */
  cursor?(count: number): TokenSource;
  /** The id of `<end>`, if documents are kept apart: the token after it is read with a zero state. */
  readonly end?: number | undefined;
}

/** An append-only sequence of token numbers. */
export interface TokenStore {
  readonly length: number;
  /** Appends numbers. The caller may reuse the array afterwards. */
  append(numbers: Ids): void | Promise<void>;
  read(from: number, to: number): Ids | Promise<Ids>;
  /** For a store with asynchronous reads: how many numbers its cursors together read ahead. */
  readonly ahead?: number;
}

/** A part of a text as ids, with the sizes that convert nats per token into bits per character or byte. */
export interface Tokens extends TokenSource {
  /**
   * Unicode code points of the original text, before line ends, characters and letter case are changed, including
   * tokens that became `<unk>`.
   */
  readonly characters: number;
  /** UTF-8 bytes of the same text. */
  readonly bytes: number;
  /** The first token's share of the sizes: not counted if that token is fed but not scored. */
  readonly firstCharacters: number;
  readonly firstBytes: number;
  readonly firstSpelling: number;
  /** Number of tokens that became `<unk>`. */
  readonly unknown: number;
  /** Nats that spell those tokens (`spellingNats`): figures per character, byte and word are charged them. */
  readonly spelling: number;
}

/** Applies `make` to several reads: at once if all are arrays, otherwise when all promises resolve. */
export function whenRead<T>(
  reads: readonly (Int32Array | Promise<Int32Array>)[],
  make: (read: readonly Int32Array[]) => T,
): T | Promise<T> {
  return reads.every((read) => read instanceof Int32Array) ? make(reads) : Promise.all(reads).then(make);
}

/** Concatenates arrays of ids. */
export function concatIds(parts: readonly Int32Array[]): Int32Array {
  if (parts.length === 1) return parts[0]!;
  const row = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    row.set(part, at);
    at += part.length;
  }
  return row;
}

/** An array for `length` ids below `size`. */
export function newIds(length: number, size: number): Ids {
  return size <= 256 ? new Uint8Array(length) : size <= 65536 ? new Uint16Array(length) : new Int32Array(length);
}

/** A source over ids in memory. Its reads are synchronous. */
export function sourceOf(ids: Ids, end?: number): TokenSource & { read(from: number, to: number): Int32Array } {
  return { length: ids.length, end, read: (from, to) => new Int32Array(ids.subarray(from, to)) };
}

/** The ids [from, to) as a source of their own. */
export function sliceOf(source: TokenSource, from: number, to: number): TokenSource {
  const { cursor } = source;
  return {
    length: to - from,
    read: (first, last) => source.read(from + first, from + last),
    ...(cursor && { cursor: (count: number) => sliceOf(cursor(count), from, to) }),
  };
}

/** Throws a usage error if the training part has fewer than two tokens: one to read and one to predict. */
export function requireTwoTokens(tokens: number): void {
  if (tokens >= 2) return;
  throw textError(
    `The training part of the text has ${tokens} token${tokens === 1 ? "" : "s"}; the smallest that works is 2.`,
    "Give a longer text, or a smaller `validFraction`.",
  );
}
