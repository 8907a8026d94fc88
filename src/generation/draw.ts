// A draw: from logits and a place in what is written to a token. A function of its arguments alone, so that a sample is the same
// text whether it is written by itself or beside others.

import { Purpose, uniform } from "../base/random.js";
import type { Reals } from "../compute/arena.js";
import { type FilterOptions, filterInto, logProbability, pick } from "./filter.js";

export interface NextOptions extends FilterOptions {
  /** With the number of tokens written so far it decides the draw. */
  readonly seed?: number;
  /** Tells samples of one seed apart. */
  readonly sample?: number;
}

/** A token that was written. */
export interface Written {
  readonly id: number;
  /** log p of it in nats under the model itself, before temperature and cuts. */
  readonly logProbability: number;
}

/** The token number `written` of a sample, from its logits (V), without the first `specials` ids. `room` (V) is written over. */
export function drawToken(
  logits: Reals,
  options: NextOptions,
  specials: number,
  written: number,
  room: Float64Array<ArrayBuffer>,
): Written {
  const total = filterInto(room, logits, options, specials);
  const id = pick(room, drawPoint(options, written));
  return { id, logProbability: logProbability(logits, id, room, total) };
}

/** Where in [0, 1) the draw of token number `written` falls. */
export function drawPoint({ seed = 1, sample = 0 }: NextOptions, written: number): number {
  return uniform(seed, Purpose.sample, written, sample);
}
