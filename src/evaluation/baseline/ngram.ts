// N-gram baseline: interpolated modified Kneser-Ney over token ids (Chen and Goodman, "An empirical study of smoothing
// techniques for language modeling", Computer Speech and Language 13, 1999). Only the order is fitted: the discounts
// come from the counts.
//
//   p(w | context) = (c(context w) − D(c)) / Σ c(context ·) + spare(context) · p(w | context without its first id)
//
// c counts occurrences at the highest order and distinct left neighbours below; D is D1, D2 or D3 for c = 1, 2, 3 or
// more; spare is the probability that the discounts free. The order below 1 is uniform, 1 / V, so every id has a
// probability above 0.

import { usageError } from "../../base/errors.js";
import { log } from "../../base/math.js";
import { countNgrams, findNgram, type Ids, type NgramLevel } from "./ngram-counts.js";

/** Counts and derived values of one order: N n-grams after C contexts. */
interface WeighedLevel extends Pick<NgramLevel, "run" | "last"> {
  /** (N): occurrences, or left neighbours. */
  readonly counts: Uint32Array;
  /** Discounts of a count of 0, 1, 2, and 3 or more. */
  readonly discounts: readonly [0, number, number, number];
  /** (C): the sum of counts after each context. */
  readonly totals: Float64Array;
  /** (C): the share of each context's probability that goes to the lower order; 1 if nothing follows the context. */
  readonly spare: Float64Array;
}

/** An n-gram model as plain data, so that it can be posted to another thread. */
export interface Ngram {
  readonly V: number;
  readonly order: number;
  readonly levels: readonly WeighedLevel[];
}

/** Reads ids one after another; the ids it has read are its context. */
export interface NgramScorer {
  /** p(id | context), in (0, 1]. `id` is in [0, V). */
  probability(id: number): number;
  /** Gives the same probability, then reads `id`. */
  read(id: number): number;
}

/** The orders that are tried by default. */
export const ngramOrders: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** Nats per token of the uniform distribution. */
export function uniformNats(V: number): number {
  return log(V);
}

/**
 * Counts `ids` (each in [0, V)) up to `order` (from 1), no n-gram across an `end`: a context that crosses one has no
 * counts and leaves all probability to the lower orders. Throws a usage error if an id or the order is out of range.
 */
export function trainNgram(ids: Ids, V: number, order: number, end?: number): Ngram {
  return weigh(countNgrams(ids, V, order, end), V, order);
}

/**
 * The order among `orders` with the lowest loss on the last tenth of `ids` when the first nine tenths are counted; the
 * lower of two equals. Validation text plays no part.
 */
export function chooseOrder(ids: Ids, V: number, orders: readonly number[] = ngramOrders, end?: number): number {
  if (orders.length === 0) throw usageError("Choosing an n-gram's order needs at least one order; got none.");
  const ascending = orders.toSorted((a, b) => a - b);
  const cut = Math.floor(ids.length * 0.9);
  const levels = countNgrams(ids.subarray(0, cut), V, ascending.at(-1)!, end);
  let best = ascending[0]!;
  let fewest = Infinity;
  for (const order of ascending) {
    const { nats } = scoreNgram(weigh(levels, V, order), ids.subarray(cut), ids[cut - 1]);
    if (nats < fewest) {
      best = order;
      fewest = nats;
    }
  }
  return best;
}

/** The n-gram of a training text: the order is chosen on a part of it, then the whole text is counted. */
export function fitNgram(ids: Ids, V: number, orders: readonly number[] = ngramOrders, end?: number): Ngram {
  return trainNgram(ids, V, chooseOrder(ids, V, orders, end), end);
}

/** A scorer with an empty context. */
export function ngramScorer(ngram: Ngram): NgramScorer {
  const { V, order, levels } = ngram;
  // contexts[k]: the index of the last k ids in level k, −1 if the training text lacks them. The empty context has
  // index 0.
  const contexts = new Int32Array(order + 1).fill(-1);
  contexts[0] = 0;

  function step(id: number, move: boolean): number {
    if (!(Number.isInteger(id) && id >= 0 && id < V)) {
      throw usageError(`An n-gram scores ids from 0 to ${V - 1}; got ${id}.`);
    }
    let p = 1 / V;
    let context = 0;
    for (let n = 1; n <= order; n++) {
      const level = levels[n - 1]!;
      let index = -1;
      if (context >= 0) {
        index = findNgram(level, context, id);
        p *= level.spare[context]!;
        if (index >= 0) {
          const count = level.counts[index]!;
          p += (count - level.discounts[Math.min(count, 3)]!) / level.totals[context]!;
        }
      }
      context = contexts[n]!;
      if (move) contexts[n] = index;
    }
    return p;
  }
  return { probability: (id) => step(id, false), read: (id) => step(id, true) };
}

/**
 * Σ −log p in nats of `ids[1]` and all later ids, each given the ids before it. With `before`, that id is read first
 * and `ids[0]` is scored too.
 */
export function scoreNgram(ngram: Ngram, ids: Ids, before?: number): { nats: number; scored: number } {
  const reading = readNgram(ngram, before);
  reading.read(ids);
  return reading.total();
}

/** The same, for ids that come in chunks. After each `positions` scored ids the context is that of a text's start. */
export function readNgram(
  ngram: Ngram,
  before?: number,
  positions = Number.POSITIVE_INFINITY,
): { read(ids: Ids): void; total(): { nats: number; scored: number } } {
  let scorer = ngramScorer(ngram);
  let started = before !== undefined;
  if (before !== undefined) scorer.read(before);
  let nats = 0;
  let scored = 0;
  return {
    read(ids) {
      for (let i = 0; i < ids.length; i++) {
        const p = scorer.read(ids[i]!);
        if (started) {
          nats -= log(p);
          scored += 1;
          if (scored % positions === 0) {
            scorer = ngramScorer(ngram);
            scorer.read(ids[i]!);
          }
        }
        started = true;
      }
    },
    total: () => ({ nats, scored }),
  };
}

/** Levels 1 to `order` as a model of that order: occurrences at the highest level, left neighbours below. */
function weigh(levels: readonly NgramLevel[], V: number, order: number): Ngram {
  const weighed = levels
    .slice(0, order)
    .map((level, k) => weighLevel(level, k + 1 === order ? level.times : level.neighbours));
  return { V, order, levels: weighed };
}

function weighLevel({ run, last }: NgramLevel, counts: Uint32Array): WeighedLevel {
  const discounts = discountsOf(counts);
  const contexts = run.length - 1;
  const totals = new Float64Array(contexts);
  const spare = new Float64Array(contexts).fill(1);
  for (let c = 0; c < contexts; c++) {
    let total = 0;
    let freed = 0;
    for (let k = run[c]!; k < run[c + 1]!; k++) {
      total += counts[k]!;
      freed += discounts[Math.min(counts[k]!, 3)]!;
    }
    totals[c] = total;
    if (total > 0) spare[c] = freed / total;
  }
  return { run, last, counts, discounts, totals, spare };
}

/**
 * Chen and Goodman's equation 26: with n_k n-grams counted k times and Y = n1 / (n1 + 2 n2), D_k = k − (k + 1) Y
 * n_{k+1} / n_k. In a small text n_k may be zero or D_k outside (0, k); then D_k is k / 2. D_k must be above 0, or an
 * id that never follows a context would have probability 0.
 */
function discountsOf(counts: Uint32Array): WeighedLevel["discounts"] {
  const n = [0, 0, 0, 0, 0];
  for (const count of counts) if (count <= 4) n[count]! += 1;
  const Y = n[1]! / (n[1]! + 2 * n[2]!);
  const discount = (k: number) => {
    const d = k - ((k + 1) * Y * n[k + 1]!) / n[k]!;
    return d > 0 && d < k ? d : k / 2;
  };
  return [0, discount(1), discount(2), discount(3)];
}
