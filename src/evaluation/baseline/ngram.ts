// The n-gram baseline: what counting alone reaches on a text, printed beside every loss of the network. Interpolated modified
// Kneser-Ney over token ids: Chen and Goodman, "An empirical study of smoothing techniques for language modeling", Computer
// Speech and Language 13 (1999). It fits nothing but the order: the discounts come from the counts.
//
//   p(w | context) = (c(context w) − D(c)) / Σ c(context ·) + spare(context) · p(w | context without its first id)
//
// c counts occurrences at the highest order and distinct left neighbours below; D is D1, D2 or D3 for c = 1, 2, 3 or more;
// spare is what the discounts set free. Below order 1 stands 1 / V, so every id has a probability above 0.

import { usageError } from "../../base/errors.js";
import { log } from "../../base/math.js";
import { countNgrams, findNgram, type Ids, type NgramLevel } from "./ngram-counts.js";

/** One order's counts with what the formula needs of them: N n-grams after C contexts. */
interface WeighedLevel extends Pick<NgramLevel, "run" | "last"> {
  /** (N): occurrences, or left neighbours. */
  readonly counts: Uint32Array;
  /** What is taken from a count of 0, 1, 2, 3 or more. */
  readonly discounts: readonly [0, number, number, number];
  /** (C): the sum of counts after each context. */
  readonly totals: Float64Array;
  /** (C): the share of each context's probability that goes to the lower order; 1 where nothing follows it. */
  readonly spare: Float64Array;
}

/** A counted model: plain data, so it can be posted to another thread. */
export interface Ngram {
  readonly V: number;
  readonly order: number;
  readonly levels: readonly WeighedLevel[];
}

/** Reads ids one after another, in any number; what it has read is its context. */
export interface NgramScorer {
  /** p(id | what was read), in (0, 1]. `id` is in [0, V). */
  probability(id: number): number;
  /** The same, and then reads `id`. */
  read(id: number): number;
}

/** The orders that are tried where none are named. */
export const ngramOrders: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** Nats per token of a guess that favours nothing. */
export function uniformNats(V: number): number {
  return log(V);
}

/**
 * Counts `ids` (each in [0, V)) up to `order` (from 1), none across an `end`: a context that reaches past one then has nothing
 * after it, and leaves all to the lower orders. LonghandError where an id or the order is out of range.
 */
export function trainNgram(ids: Ids, V: number, order: number, end?: number): Ngram {
  return weigh(countNgrams(ids, V, order, end), V, order);
}

/**
 * The order among `orders` that does best on the last tenth of `ids` when the first nine are counted; the lower of equals.
 * Validation text has no way in.
 */
export function chooseOrder(ids: Ids, V: number, orders: readonly number[] = ngramOrders, end?: number): number {
  if (orders.length === 0) throw usageError("Choosing an n-gram's order wants at least one order; got none.");
  const ascending = orders.toSorted((a, b) => a - b);
  const cut = Math.floor(ids.length * 0.9);
  const levels = countNgrams(ids.subarray(0, cut), V, ascending.at(-1)!, end);
  let best = ascending[0]!;
  let fewest = Infinity;
  for (const order of ascending) {
    const { nats } = scoreNgram(weigh(levels, V, order), ids.subarray(cut), ids[cut - 1]);
    if (nats < fewest) [best, fewest] = [order, nats];
  }
  return best;
}

/** The baseline of a training text: the order chosen on a slice of it, then all of it counted. */
export function fitNgram(ids: Ids, V: number, orders: readonly number[] = ngramOrders, end?: number): Ngram {
  return trainNgram(ids, V, chooseOrder(ids, V, orders, end), end);
}

/** A scorer that has read nothing yet. */
export function ngramScorer(ngram: Ngram): NgramScorer {
  const { V, order, levels } = ngram;
  // contexts[k]: the number of the last k ids in level k, −1 where training never saw them. The empty context is number 0.
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
      let found = -1;
      if (context >= 0) {
        found = findNgram(level, context, id);
        p *= level.spare[context]!;
        if (found >= 0) {
          const count = level.counts[found]!;
          p += (count - level.discounts[Math.min(count, 3)]!) / level.totals[context]!;
        }
      }
      context = contexts[n]!;
      if (move) contexts[n] = found;
    }
    return p;
  }
  return { probability: (id) => step(id, false), read: (id) => step(id, true) };
}

/**
 * Total −log p, in nats, of `ids[1]` and on, each given all before it in `ids`. Where `before` is given it is read first and
 * `ids[0]` is scored too.
 */
export function scoreNgram(ngram: Ngram, ids: Ids, before?: number): { nats: number; scored: number } {
  const reading = readNgram(ngram, before);
  reading.read(ids);
  return reading.found();
}

/** The same in pieces. */
export function readNgram(
  ngram: Ngram,
  before?: number,
): { read(ids: Ids): void; found(): { nats: number; scored: number } } {
  const scorer = ngramScorer(ngram);
  let begun = before !== undefined;
  if (before !== undefined) scorer.read(before);
  let [nats, scored] = [0, 0];
  return {
    read(ids) {
      for (let i = 0; i < ids.length; i++) {
        const p = scorer.read(ids[i]!);
        if (begun) {
          nats -= log(p);
          scored += 1;
        }
        begun = true;
      }
    },
    found: () => ({ nats, scored }),
  };
}

/** Levels 1 to `order` as a model of that order: occurrences at the top, left neighbours below. */
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
 * Chen and Goodman's equation 26: with n_k n-grams counted k times and Y = n1 / (n1 + 2 n2), D_k = k − (k + 1) Y n_{k+1} / n_k.
 * A small text may leave a n_k zero or D_k outside (0, k), where k / 2 stands in: it must be above 0, or an id never seen
 * after a context would have no probability.
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
