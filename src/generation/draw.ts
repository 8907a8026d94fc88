// Draws a token from logits. A pure function of its arguments, so that a sample is the same text whether it is written
// alone or beside others.

import { Purpose, uniform } from "../base/random.js";
import type { Reals } from "../compute/arena.js";
import type { Vocab } from "../text/encoding/vocab.js";
import { type FilterOptions, filterInto, logProbability, pick } from "./filter.js";

/** How a token is drawn. */
export interface DrawOptions extends FilterOptions {
  /** Random seed, 1 by default. With the number of tokens drawn so far it decides the draw. */
  readonly seed?: number | undefined;
  /** Number of the sample, 0 by default: samples of one seed differ by it. */
  readonly sample?: number | undefined;
}

/** Names of `DrawOptions`. */
export const drawOptionNames = ["temperature", "greedy", "topK", "topP", "minP", "seed", "sample"] as const;

/** The draw options among others: what `session.draw` takes. */
export function drawOptionsOf({ temperature, greedy, topK, topP, minP, seed, sample }: DrawOptions): DrawOptions {
  return { temperature, greedy, topK, topP, minP, seed, sample };
}

/** A token that was drawn. */
export interface Written {
  /** Id of the token in the vocabulary. */
  readonly id: number;
  /** The token's text; of a model of bytes, the character of that number. */
  readonly token: string;
  /** Log-probability in nats under the model itself, before temperature and filters. */
  readonly logProbability: number;
}

/**
 * Draws token number `written` of a sample from its logits (V), without the first `specials` ids. Overwrites `room`
 * (V).
 */
export function drawToken(
  logits: Reals,
  options: DrawOptions,
  specials: number,
  written: number,
  room: Float64Array<ArrayBuffer>,
): Omit<Written, "token"> {
  const total = filterInto(room, logits, options, specials);
  const id = pick(room, drawPoint(options, written));
  return { id, logProbability: logProbability(logits, id, room, total) };
}

/** The uniform number in [0, 1) that decides the draw of token number `written`. */
export function drawPoint({ seed = 1, sample = 0 }: DrawOptions, written: number): number {
  return uniform(seed, Purpose.sample, written, sample);
}

/** Relative frequency of each token in the training text, without specials; equal if the counts are unknown. */
export function frequencies(vocab: Vocab, counts: readonly number[] | undefined): Float64Array {
  const known = counts?.some((count, id) => count > 0 && id >= vocab.specials) ? counts : undefined;
  const p = Float64Array.from({ length: vocab.size }, (_, id) =>
    id < vocab.specials ? 0 : known ? (known[id] ?? 0) : 1,
  );
  const total = p.reduce((sum, each) => sum + each, 0);
  return p.map((each) => each / total);
}

/**
 * Logits of the next token after a space that waits for it: only tokens that begin with it can come. Where tokens stand
 * between spaces, any can.
 */
export function afterSpace(logits: Reals, { itos, specials, spaced }: Vocab): Reals {
  if (spaced) return logits;
  return logits.map((logit, id) => (id >= specials && itos[id]!.startsWith(" ") ? logit : Number.NEGATIVE_INFINITY));
}
