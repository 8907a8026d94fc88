// Another beginning in every epoch: the stream turned as a ring, so that lanes begin elsewhere, windows are cut elsewhere, and
// other tokens are those that fill no lane. Where the text's end meets its beginning one target follows on nothing, as it does
// where two texts meet; the state is carried over that place as over any other.

import { Purpose, uniform } from "../../base/random.js";
import { inOneRow, type TokenSource, whenRead } from "../storage/tokens.js";

/** Where the stream of an epoch begins: anywhere in 0 … length − 1. */
export function shiftOf(seed: number, epoch: number, length: number): number {
  return Math.floor(uniform(seed, Purpose.shift, epoch) * length);
}

/** Place i of epoch e is place (i + shift of e) mod N of the source. As long as the source, which has all of its ids once. */
export function shifted(source: TokenSource, seed: number): TokenSource {
  const { length, cursor } = source;
  const over = (reading: TokenSource): TokenSource["read"] => {
    return (from, to, epoch = 0) => {
      const begin = (from + shiftOf(seed, epoch, length)) % Math.max(1, length);
      const end = begin + to - from;
      if (end <= length) return reading.read(begin, end, epoch);
      // Two reads of one cursor at a time would take each other's place: the few after the seam are read past it.
      return whenRead([reading.read(begin, length, epoch), source.read(0, end - length, epoch)], inOneRow);
    };
  };
  return {
    length,
    end: source.end,
    read: over(source),
    ...(cursor && { cursor: (count: number) => ({ length, read: over(cursor(count)) }) }),
  };
}
