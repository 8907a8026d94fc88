// Token ids and where they come from. What a token means is the vocabulary's affair; how tokens lie in lanes is lanes.ts'.

import { usageError } from "../../base/errors.js";

/** As narrow as their largest allows. */
export type Ids = Uint8Array | Uint16Array | Int32Array;

/** Where token ids come from: memory, a file, a network. */
export interface TokenSource {
  readonly length: number;
  /**
   * The ids from `from` up to, not including, `to`: at once where they lie in memory, else promised. `epoch` is how often all
   * was read before, for sources that are another stream each time.
   */
  read(from: number, to: number, epoch?: number): Int32Array | Promise<Int32Array>;
  /** The same ids for one of `count` readers who each go from place to place, read ahead. Absent where reading costs nothing. */
  cursor?(count: number): TokenSource;
  /** The id of `<end>`, where documents are kept apart: what follows it is read from a state of zeros. */
  readonly end?: number | undefined;
}

/** Keeps numbers in the order in which they come. */
export interface TokenStore {
  readonly length: number;
  /** Adds some at the end; the array is free again afterwards. */
  append(numbers: Ids): void | Promise<void>;
  read(from: number, to: number): Ids | Promise<Ids>;
  /** For a store whose reads are promised: how many numbers all its cursors together read ahead. */
  readonly ahead?: number;
}

/** A part of a text as ids, with what is needed to turn nats a token into bits a character or a byte. */
export interface Tokens extends TokenSource {
  /** Unicode code points of the text as it was cut (lower-cased, newlines stripped), those that became `<unk>` too. */
  readonly characters: number;
  /** Bytes of the same in UTF-8. */
  readonly bytes: number;
  /** The first token's share of the two above: where it is fed and not scored, they are not either. */
  readonly firstCharacters: number;
  readonly firstBytes: number;
  /** How many tokens became `<unk>`. */
  readonly unknown: number;
}

/** What is made of stretches of ids: at once where all of them are here, else promised. */
export function whenRead<T>(
  reads: readonly (Int32Array | Promise<Int32Array>)[],
  make: (read: readonly Int32Array[]) => T,
): T | Promise<T> {
  return reads.every((read) => read instanceof Int32Array) ? make(reads) : Promise.all(reads).then(make);
}

/** Stretches one after another as one. */
export function inOneRow(parts: readonly Int32Array[]): Int32Array {
  if (parts.length === 1) return parts[0]!;
  const row = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    row.set(part, at);
    at += part.length;
  }
  return row;
}

/** A list for `length` ids below `size`. */
export function newIds(length: number, size: number): Ids {
  return size <= 256 ? new Uint8Array(length) : size <= 65536 ? new Uint16Array(length) : new Int32Array(length);
}

/** Ids as a source whose reads need no waiting. */
export function sourceOf(ids: Ids, end?: number): TokenSource & { read(from: number, to: number): Int32Array } {
  return { length: ids.length, end, read: (from, to) => new Int32Array(ids.subarray(from, to)) };
}

/** The ids from `from` up to, not including, `to`, as a source of their own. */
export function sliceOf(source: TokenSource, from: number, to: number): TokenSource {
  const { cursor } = source;
  return {
    length: to - from,
    read: (first, last) => source.read(from + first, from + last),
    ...(cursor && { cursor: (count: number) => sliceOf(cursor(count), from, to) }),
  };
}

/** Throws a usage error for a training part of fewer tokens: one is read, and one is predicted. */
export function requireTwoTokens(tokens: number): void {
  if (tokens >= 2) return;
  throw usageError(
    `The training part of the text has ${tokens} token${tokens === 1 ? "" : "s"}; the smallest that works is 2.`,
    "Give a longer text, or a smaller --valid-fraction.",
  );
}
