// Rows from elsewhere put into a stream: in each stretch of `every` tokens, at a place drawn in it, a slice of `length` tokens
// from another place. Which token stands where is a formula, so that any part can be read alone, by any number of lanes, and a
// run that goes on finds the same stream. What comes after a slice is predicted with a state that has read the slice.

import { usageError } from "../../base/errors.js";
import { Purpose, uniform } from "../../base/random.js";
import { type TokenSource, whenRead } from "../storage/tokens.js";
import type { Documents } from "./document-order.js";

export interface InsertionOptions {
  /** S, tokens of the source to each slice: a last stretch that is shorter has none. */
  readonly every: number;
  /** L, tokens of a slice. */
  readonly length: number;
  readonly seed: number;
  /** Where the source's documents lie in an epoch: slices then come from another document than the one they go into. */
  readonly documents?: (epoch: number) => Documents | Promise<Documents>;
}

/** Tokens with the slices among them: N + L · ⌊N / S⌋. */
export function insertedLength(tokens: number, { every, length }: Pick<InsertionOptions, "every" | "length">): number {
  return tokens + length * Math.floor(tokens / every);
}

/** Before which place of the source the slice of stretch i stands: anywhere in i · S … (i + 1) · S − 1. */
export function slicePlace(o: InsertionOptions, i: number, epoch: number): number {
  return i * o.every + Math.floor(uniform(o.seed, Purpose.insertion, i, epoch, 0) * o.every);
}

/**
 * Where the slice of stretch i begins in a source of N tokens: drawn among all places whose slices touch nothing of the stretch
 * it goes into (with documents: of the document). Where there is none, among all places.
 */
export function sliceBegin(
  o: InsertionOptions,
  i: number,
  epoch: number,
  tokens: number,
  documents?: Documents,
): number {
  const own = documents?.at(slicePlace(o, i, epoch)) ?? { from: i * o.every, to: (i + 1) * o.every };
  const places = tokens - o.length + 1;
  const low = Math.max(0, own.from - o.length + 1); // the first that touches it
  const touching = Math.max(0, Math.min(places, own.to) - low);
  const u = uniform(o.seed, Purpose.insertion, i, epoch, 1);
  if (touching >= places) return Math.floor(u * places);
  const drawn = Math.floor(u * (places - touching));
  return drawn < low ? drawn : drawn + touching;
}

/** The stream with its slices. Throws a usage error where the source is shorter than a slice. */
export function inserted(source: TokenSource, o: InsertionOptions): TokenSource {
  const { every, length: L, documents } = o;
  const { cursor } = source;
  if (source.length < L) {
    throw usageError(
      `--insert-length wants no more than the training part has, ${source.length} tokens; got ${L}.`,
      "Insert shorter slices, or give a longer text.",
    );
  }
  const stretches = Math.floor(source.length / every);
  const length = insertedLength(source.length, o);

  /** How many tokens of the source stand before a place of the stream. */
  const before = (place: number, epoch: number) => {
    const i = Math.floor(place / (every + L));
    if (i >= stretches) return place - stretches * L;
    const slice = slicePlace(o, i, epoch);
    return Math.min(place - i * L, Math.max(slice, place - (i + 1) * L));
  };
  const over = (reading: TokenSource) => (from: number, to: number, epoch: number, found: Documents | undefined) => {
    const rest = reading.read(before(from, epoch), before(to, epoch), epoch);
    const slices: { at: number; ids: Int32Array | Promise<Int32Array> }[] = [];
    const last = Math.min(stretches - 1, Math.floor((to - 1) / (every + L)));
    for (let i = Math.floor(from / (every + L)); i <= last; i++) {
      const place = slicePlace(o, i, epoch) + i * L;
      const [low, high] = [Math.max(from, place), Math.min(to, place + L)];
      if (low >= high) continue;
      const begin = sliceBegin(o, i, epoch, source.length, found) - place;
      // Not by the cursor: it goes on in the stream, and is to read ahead there.
      slices.push({ at: low - from, ids: source.read(begin + low, begin + high, epoch) });
    }
    if (slices.length === 0) return rest;
    return whenRead([rest, ...slices.map(({ ids }) => ids)], ([plain, ...read]) => {
      const row = new Int32Array(to - from);
      let [at, used] = [0, 0];
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
      const found = documents?.(epoch);
      return found instanceof Promise
        ? found.then((known) => read(from, to, epoch, known))
        : read(from, to, epoch, found);
    };
  };
  return {
    length,
    end: source.end,
    read: reader(source),
    ...(cursor && { cursor: (count: number) => ({ length, read: reader(cursor(count)) }) }),
  };
}
