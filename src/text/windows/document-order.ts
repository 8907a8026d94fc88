// Documents in another order in every epoch. A stream of documents is an end token, then each document with an end token after
// it. Where they lie is found in one pass over the ids, at the first read, and kept in a byte or two for each. The order is
// computed place by place (base/random.ts); of an epoch only where every sixteenth document begins is kept.

import { Purpose, shuffled } from "../../base/random.js";
import { MemoryStore } from "../storage/store.js";
import { inOneRow, newIds, type TokenSource, whenRead } from "../storage/tokens.js";

/** Where documents lie in a stream. */
export interface Documents {
  /** The document, its end token included, that a place belongs to; what stands before the first or after the last is taken whole. */
  at(place: number): Range;
}

/** Places [from, to). */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** The documents of a stream as they stand in it. */
export interface Places extends Documents {
  readonly count: number;
  /** Where document i begins; for i = `count`, where the last one ends. */
  begin(i: number): number;
}

const PASS = 1 << 20;
const GROUP = 64;

/**
 * Documents are what lies between `end` tokens, each with the one that closes it. What stands up to the first end token, and after
 * the last one, is of no document.
 */
export async function findDocuments(source: TokenSource, end: number): Promise<Places> {
  const lengths = new MemoryStore();
  const begins: number[] = []; // of each group
  let group: number[] = [];
  let [head, tail] = [source.length, source.length];
  const keep = () => {
    const ids = newIds(group.length, Math.max(0, ...group) + 1);
    ids.set(group);
    lengths.append(ids);
    group = [];
  };
  let seen = false;
  for (let from = 0; from < source.length; from += PASS) {
    const ids = await source.read(from, Math.min(source.length, from + PASS));
    for (let i = ids.indexOf(end); i >= 0; i = ids.indexOf(end, i + 1)) {
      const next = from + i + 1;
      if (!seen) [seen, head, tail] = [true, next, next];
      else {
        if (group.length === 0) begins.push(tail);
        group.push(next - tail);
        if (group.length === GROUP) keep();
        tail = next;
      }
    }
  }
  keep();
  const count = lengths.length;
  return {
    count,
    begin(i) {
      if (i >= count) return tail;
      const first = Math.floor(i / GROUP);
      let sum = begins[first]!;
      for (const length of lengths.read(first * GROUP, i)) sum += length;
      return sum;
    },
    at(place) {
      if (place < head) return { from: 0, to: head };
      if (place >= tail) return { from: tail, to: source.length };
      const first = lastAtMost(begins, place);
      return walk(begins[first]!, lengths.read(first * GROUP, Math.min(count, (first + 1) * GROUP)), place);
    },
  };
}

/** The stream of each epoch, and where its documents lie in it. */
export interface OrderedSource extends TokenSource {
  documents(epoch: number): Documents | Promise<Documents>;
}

/** A piece of an epoch's stream: where it stands there, and where it begins in the source. */
interface Piece extends Range {
  readonly source: number;
}
interface Order extends Documents {
  pieces(from: number, to: number): Generator<Piece>;
}

const STRIDE = 16;

/** The whole documents of a source in an order that is drawn for each epoch; what is of no document stays where it is. */
export function reordered(source: TokenSource, o: { readonly end: number; readonly seed: number }): OrderedSource {
  const places = documentsIn(source, o.end);
  let kept: { readonly epoch: number; readonly order: Order } | undefined;
  const orderOf = (epoch: number, found: Places): Order => {
    if (kept?.epoch !== epoch) kept = { epoch, order: order(found, source.length, o.seed, epoch) };
    return kept.order;
  };
  const documents = (epoch: number) => {
    const found = places();
    return found instanceof Promise ? found.then((known) => orderOf(epoch, known)) : orderOf(epoch, found);
  };
  // A document is read where it lies, never by a cursor: whoever reads ahead there would read another document.
  const readIn = (found: Order, from: number, to: number) => {
    const reads = [...found.pieces(from, to)].map((piece) => {
      const [low, high] = [Math.max(from, piece.from), Math.min(to, piece.to)];
      return source.read(piece.source + low - piece.from, piece.source + high - piece.from);
    });
    return whenRead(reads, inOneRow);
  };
  return {
    length: source.length,
    end: source.end,
    documents,
    read(from, to, epoch = 0) {
      const found = documents(epoch) as Order | Promise<Order>;
      return found instanceof Promise ? found.then((known) => readIn(known, from, to)) : readIn(found, from, to);
    },
  };
}

/** Place k of an epoch's order has the document `shuffled(seed, documentOrder, epoch, k, count)`. */
function order(places: Places, length: number, seed: number, epoch: number): Order {
  const { count } = places;
  const [head, tail] = [places.begin(0), places.begin(count)];
  const documentAt = (k: number) => shuffled(seed, Purpose.documentOrder, epoch, k, count);
  const lengthAt = (k: number) => {
    const i = documentAt(k);
    return places.begin(i + 1) - places.begin(i);
  };
  const begins = new Float64Array(Math.ceil(count / STRIDE));
  for (let [k, at] = [0, head]; k < count; at += lengthAt(k++)) if (k % STRIDE === 0) begins[k / STRIDE] = at;

  function* pieces(from: number, to: number): Generator<Piece> {
    if (from < head) yield { from: 0, to: head, source: 0 };
    if (from < tail && to > head) {
      const first = lastAtMost(begins, Math.max(from, head));
      let at = begins[first]!;
      for (let k = first * STRIDE; k < count && at < to; k++) {
        const begin = places.begin(documentAt(k));
        const end = at + places.begin(documentAt(k) + 1) - begin;
        if (end > from) yield { from: at, to: end, source: begin };
        at = end;
      }
    }
    if (to > tail) yield { from: tail, to: length, source: tail };
  }
  return {
    pieces,
    at(place) {
      for (const { from, to } of pieces(place, place + 1)) return { from, to };
      throw new RangeError(`place ${place} is outside a stream of ${length}`);
    },
  };
}

/** The last of ascending numbers that is not above `limit`. The first is not. */
function lastAtMost(ascending: ArrayLike<number>, limit: number): number {
  let [low, high] = [0, ascending.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= limit) low = middle;
    else high = middle;
  }
  return low;
}

function walk(from: number, lengths: ArrayLike<number>, place: number): Range {
  let i = 0;
  while (from + lengths[i]! <= place) from += lengths[i++]!;
  return { from, to: from + lengths[i]! };
}

/** The documents of a source, looked for when they are first asked for: a promise until they are found. */
export function documentsIn(source: TokenSource, end: number): () => Places | Promise<Places> {
  let known: Places | undefined;
  let coming: Promise<Places> | undefined;
  return () => {
    if (known !== undefined) return known;
    coming ??= findDocuments(source, end).then((found) => {
      known = found;
      return found;
    });
    return coming;
  };
}
