// Counts of all n-grams of a text up to some order, in flat arrays. ngram.ts turns them into probabilities.
//
// The counts are a trie, stored level by level: level n has the distinct n-grams, those with the same first n − 1 ids
// next to each other and sorted by their last id. The index of an n-gram in level n is its index as a context in level
// n + 1. Each level takes two stable counting sorts of the text's positions, and the first (by id) is done once for all
// levels: no hashing, a few bytes per node.

import { usageError } from "../../base/errors.js";

/** Token ids, each a whole number in [0, V). */
export type Ids = Uint8Array | Uint16Array | Uint32Array | Int32Array;

/** The distinct n-grams of one length: N of them, after C contexts (the distinct (n − 1)-grams). */
export interface NgramLevel {
  /** (C + 1): context c is followed by the n-grams run[c] to run[c + 1] − 1. */
  readonly run: Uint32Array;
  /** (N): the last id of each, ascending within a run. */
  readonly last: Uint16Array | Uint32Array;
  /** (N): how often each occurs. */
  readonly times: Uint32Array;
  /** (N): how many distinct ids precede it; the text's beginning counts as one more. Empty in the highest level. */
  readonly neighbours: Uint32Array;
}

/**
 * Levels 1 to `order` of `ids`, in [0, V). A text shorter than `order` has empty levels at the end. With `end`, the id
 * between documents, no n-gram crosses one: `end` is only its first or its last id. An n-gram that begins with `end`
 * has as many neighbours as occurrences (SRILM and KenLM count `<s>` so). Scratch: 20 bytes an id; result: at most 16
 * bytes a distinct n-gram.
 */
export function countNgrams(ids: Ids, V: number, order: number, end?: number): NgramLevel[] {
  if (!(Number.isSafeInteger(order) && order >= 1)) {
    throw usageError(`An n-gram's order is a whole number from 1; got ${order}.`);
  }
  const length = ids.length;
  const byId = positionsById(ids, V);
  const sorted = new Uint32Array(length);
  const last = V <= 65536 ? new Uint16Array(length) : new Uint32Array(length);
  const times = new Uint32Array(length);
  const before = new Uint32Array(length + 1); // before[i]: the (n − 1)-gram that ends just before position i
  const reach = end === undefined ? undefined : reaches(ids, end);
  const whole = (i: number, n: number) => i >= n - 1 && (reach === undefined || reach[i]! >= n - 1);
  const levels: NgramLevel[] = [];

  for (let n = 1; n <= order; n++) {
    const lower = levels.at(-1);
    const contexts = lower === undefined ? 1 : lower.last.length;
    const first = n - 1; // the first position with n − 1 ids before it
    if (lower !== undefined && first <= length && whole(first - 1, n - 1) && (n === 2 || ids[0] !== end)) {
      bump(lower.neighbours, before[first]!);
    }

    const start = new Uint32Array(contexts + 1);
    for (let i = first; i < length; i++) if (whole(i, n)) bump(start, before[i]! + 1);
    for (let c = 0; c < contexts; c++) start[c + 1]! += start[c]!;
    const cursor = start.slice();
    for (const i of byId) {
      if (!whole(i, n)) continue;
      const c = before[i]!;
      sorted[cursor[c]!] = i;
      bump(cursor, c);
    }

    const run = new Uint32Array(contexts + 1);
    const begins: number[] = []; // n-grams that begin with `end`
    let count = 0;
    for (let c = 0; c < contexts; c++) {
      const from = start[c]!;
      const to = start[c + 1]!;
      for (let k = from; k < to; k++) {
        const i = sorted[k]!;
        if (k === from || ids[i] !== last[count - 1]) {
          last[count] = ids[i]!;
          times[count] = 0;
          if (n > 1 && end !== undefined && ids[i - first] === end) begins.push(count);
          count++;
          // Distinct n-grams with the same last n − 1 ids differ in their first: each is one more left neighbour.
          if (lower !== undefined) bump(lower.neighbours, before[i + 1]!);
        }
        bump(times, count - 1);
        before[i + 1] = count - 1; // its old value, the context, is no longer needed
      }
      run[c + 1] = count;
    }
    const neighbours = new Uint32Array(n < order ? count : 0);
    if (n < order) for (const gram of begins) neighbours[gram] = times[gram]!;
    levels.push({ run, last: last.slice(0, count), times: times.slice(0, count), neighbours });
  }
  return levels;
}

/** The context length of each id: the ids since the last `end`, including it; at most 255. */
function reaches(ids: Ids, end: number): Uint8Array {
  const reach = new Uint8Array(ids.length);
  for (let i = 1; i < ids.length; i++) reach[i] = ids[i - 1] === end ? 1 : Math.min(255, reach[i - 1]! + 1);
  return reach;
}

/** The index of the n-gram "context, then id" in its level, or −1 if the text does not have it. */
export function findNgram(level: Pick<NgramLevel, "run" | "last">, context: number, id: number): number {
  let low = level.run[context]!;
  const end = level.run[context + 1]!;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (level.last[middle]! < id) low = middle + 1;
    else high = middle;
  }
  return low < end && level.last[low] === id ? low : -1;
}

/** The positions of `ids`, sorted by id; equal ids keep the order of the text. */
function positionsById(ids: Ids, V: number): Uint32Array {
  const cursor = new Uint32Array(V + 1);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!(id >= 0 && id < V)) {
      throw usageError(`An n-gram counts ids from 0 to ${V - 1}; got ${id} at position ${i}.`);
    }
    bump(cursor, id + 1);
  }
  for (let id = 0; id < V; id++) cursor[id + 1]! += cursor[id]!;
  const positions = new Uint32Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    positions[cursor[ids[i]!]!] = i;
    bump(cursor, ids[i]!);
  }
  return positions;
}

function bump(counts: Uint32Array, at: number): void {
  counts[at] = counts[at]! + 1;
}
