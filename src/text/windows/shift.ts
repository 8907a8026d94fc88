// Random rotation: a token source that begins at another offset in every epoch and wraps around at its end. So lanes
// and windows begin at other tokens, and other tokens are left over. Where the end of the text meets its beginning, one
// target does not follow from the text before it, as between two texts; the state is carried across.

import { Purpose, uniform } from "../../base/random.js";
import { concatIds, type TokenSource, whenRead } from "../storage/tokens.js";

/** The offset where the stream of an epoch begins: random in [0, length). */
export function shiftOf(seed: number, epoch: number, length: number): number {
  return Math.floor(uniform(seed, Purpose.shift, epoch) * length);
}

/** The rotated source: offset i in epoch e is offset (i + shift of e) mod N of the source. */
export function shifted(source: TokenSource, seed: number): TokenSource {
  const { length, cursor } = source;
  const over = (reading: TokenSource): TokenSource["read"] => {
    return (from, to, epoch = 0) => {
      const begin = (from + shiftOf(seed, epoch, length)) % Math.max(1, length);
      const end = begin + to - from;
      if (end <= length) return reading.read(begin, end, epoch);
      // Not with the cursor: two simultaneous reads would disturb its read-ahead.
      return whenRead([reading.read(begin, length, epoch), source.read(0, end - length, epoch)], concatIds);
    };
  };
  return {
    length,
    end: source.end,
    read: over(source),
    ...(cursor && { cursor: (count: number) => ({ length, read: over(cursor(count)) }) }),
  };
}
