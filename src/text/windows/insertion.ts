// Random insertion: a token source with a slice of `length` tokens, taken from elsewhere in it, inserted at a random
// offset of each block of `every` tokens. The token at an offset is a formula, so any range can be read by itself, by
// any number of lanes, and a resumed run reads the same stream. The tokens after a slice are predicted with a state
// that has read the slice.

import { usageError } from "../../base/errors.js";
import { Purpose, uniform } from "../../base/random.js";
import { type TokenSource, whenRead } from "../storage/tokens.js";
import type { Documents } from "./document-order.js";

export interface InsertionOptions {
  /** S: one slice per block of this many tokens of the source. A shorter last block has none. */
  readonly every: number;
  /** L: length of a slice in tokens. */
  readonly length: number;
  readonly seed: number;
  /**
   * The documents of the source in an epoch. A slice then comes from a document other than the one that it is inserted
   * into.
   */
  readonly documents?: (epoch: number) => Documents | Promise<Documents>;
}

/** Length of the stream with its slices: N + L · ⌊N / S⌋. */
export function insertedLength(tokens: number, { every, length }: Pick<InsertionOptions, "every" | "length">): number {
  return tokens + length * Math.floor(tokens / every);
}

/** The offset in the source before which the slice of block i is inserted: random in [i · S, (i + 1) · S). */
export function insertionOffset(o: InsertionOptions, i: number, epoch: number): number {
  return i * o.every + Math.floor(uniform(o.seed, Purpose.insertion, i, epoch, 0) * o.every);
}

/**
 * The offset in a source of N tokens where the slice of block i is taken from: random among the offsets whose slices do
 * not overlap the block (or document) that the slice is inserted into. If there is none, random among all offsets.
 */
export function sliceBegin(
  o: InsertionOptions,
  i: number,
  epoch: number,
  tokens: number,
  documents?: Documents,
): number {
  const own = documents?.at(insertionOffset(o, i, epoch)) ?? { from: i * o.every, to: (i + 1) * o.every };
  const offsets = tokens - o.length + 1;
  const low = Math.max(0, own.from - o.length + 1); // the first offset whose slice overlaps it
  const overlapping = Math.max(0, Math.min(offsets, own.to) - low);
  const u = uniform(o.seed, Purpose.insertion, i, epoch, 1);
  if (overlapping >= offsets) return Math.floor(u * offsets);
  const drawn = Math.floor(u * (offsets - overlapping));
  return drawn < low ? drawn : drawn + overlapping;
}

/** The source with slices inserted. Throws a usage error if the source is shorter than a slice. */
export function inserted(source: TokenSource, o: InsertionOptions): TokenSource {
  const { every, length: L, documents } = o;
  const { cursor } = source;
  if (source.length < L) {
    throw usageError(
      `insertLength wants at most the ${source.length} tokens of the training part; got ${L}.`,
      "Insert shorter slices, or give a longer text.",
      "insertLength",
    );
  }
  const blocks = Math.floor(source.length / every);
  const length = insertedLength(source.length, o);

  /** Number of source tokens before an offset of the stream. */
  const before = (offset: number, epoch: number) => {
    const i = Math.floor(offset / (every + L));
    if (i >= blocks) return offset - blocks * L;
    const slice = insertionOffset(o, i, epoch);
    return Math.min(offset - i * L, Math.max(slice, offset - (i + 1) * L));
  };
  const over = (reading: TokenSource) => (from: number, to: number, epoch: number, known: Documents | undefined) => {
    const rest = reading.read(before(from, epoch), before(to, epoch), epoch);
    const slices: { at: number; ids: Int32Array | Promise<Int32Array> }[] = [];
    const last = Math.min(blocks - 1, Math.floor((to - 1) / (every + L)));
    for (let i = Math.floor(from / (every + L)); i <= last; i++) {
      const offset = insertionOffset(o, i, epoch) + i * L;
      const low = Math.max(from, offset);
      const high = Math.min(to, offset + L);
      if (low >= high) continue;
      const begin = sliceBegin(o, i, epoch, source.length, known) - offset;
      // Not with the cursor, which reads ahead in the stream.
      slices.push({ at: low - from, ids: source.read(begin + low, begin + high, epoch) });
    }
    if (slices.length === 0) return rest;
    return whenRead([rest, ...slices.map(({ ids }) => ids)], ([plain, ...read]) => {
      const row = new Int32Array(to - from);
      let at = 0;
      let used = 0;
      for (const [n, slice] of slices.entries()) {
        row.set(plain!.subarray(used, used + slice.at - at), at);
        used += slice.at - at;
        row.set(read[n]!, slice.at);
        at = slice.at + read[n]!.length;
      }
      row.set(plain!.subarray(used), at);
      return row;
    });
  };
  const reader = (reading: TokenSource): TokenSource["read"] => {
    const read = over(reading);
    return (from, to, epoch = 0) => {
      const known = documents?.(epoch);
      return known instanceof Promise ? known.then((all) => read(from, to, epoch, all)) : read(from, to, epoch, known);
    };
  };
  return {
    length,
    end: source.end,
    read: reader(source),
    ...(cursor && { cursor: (count: number) => ({ length, read: reader(cursor(count)) }) }),
  };
}
