// Document shuffling: a token source whose documents are in a new random order in every epoch. A stream of documents is
// an end token, then each document with an end token after it. The first read finds the documents in one pass over the
// ids, and keeps one or two bytes for each. The order is computed item by item (base/random.ts); for an epoch, only the
// offset of every sixteenth document is kept.

import { Purpose, shuffled } from "../../base/random.js";
import { MemoryStore } from "../storage/store.js";
import { concatIds, newIds, type TokenSource, whenRead } from "../storage/tokens.js";

/** The document ranges of a stream. */
export interface Documents {
  /**
   * The document, with its end token, that contains an offset; or the whole range before the first or after the last
   * document.
   */
  at(offset: number): Range;
}

/** Offsets [from, to) of a stream. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** The documents of a stream in their original order. */
export interface DocumentTable extends Documents {
  readonly count: number;
  /** The offset where document i begins; for i = `count`, where the last one ends. */
  begin(i: number): number;
}

const PASS = 1 << 20;
const GROUP = 64;

/**
 * Finds the documents of a source: the ranges between `end` tokens, each with the token that ends it. Tokens up to the
 * first end token, and after the last one, belong to no document.
 */
export async function findDocuments(source: TokenSource, end: number): Promise<DocumentTable> {
  const lengths = new MemoryStore();
  const begins: number[] = []; // of each group of documents
  let group: number[] = [];
  let head = source.length;
  let tail = source.length;
  const storeGroup = () => {
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
      if (!seen) {
        seen = true;
        head = next;
        tail = next;
      } else {
        if (group.length === 0) begins.push(tail);
        group.push(next - tail);
        if (group.length === GROUP) storeGroup();
        tail = next;
      }
    }
  }
  storeGroup();
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
    at(offset) {
      if (offset < head) return { from: 0, to: head };
      if (offset >= tail) return { from: tail, to: source.length };
      const first = lastAtMost(begins, offset);
      return walk(begins[first]!, lengths.read(first * GROUP, Math.min(count, (first + 1) * GROUP)), offset);
    },
  };
}

/** The stream of each epoch, and its documents. */
export interface OrderedSource extends TokenSource {
  documents(epoch: number): Documents | Promise<Documents>;
}

/** A range of an epoch's stream, and the offset of its first token in the source. */
interface Piece extends Range {
  readonly source: number;
}
interface Order extends Documents {
  pieces(from: number, to: number): Generator<Piece>;
}

const STRIDE = 16;

/**
 * A source with its documents in a new random order in every epoch. Tokens that belong to no document keep their
 * offsets.
 */
export function reordered(source: TokenSource, o: { readonly end: number; readonly seed: number }): OrderedSource {
  const table = documentsIn(source, o.end);
  let cached: { readonly epoch: number; readonly order: Order } | undefined;
  const orderOf = (epoch: number, known: DocumentTable): Order => {
    if (cached?.epoch !== epoch) cached = { epoch, order: order(known, source.length, o.seed, epoch) };
    return cached.order;
  };
  const documents = (epoch: number) => {
    const known = table();
    return known instanceof Promise ? known.then((all) => orderOf(epoch, all)) : orderOf(epoch, known);
  };
  // Documents are read without a cursor, whose read-ahead would fetch the document after it in the source.
  const readIn = (known: Order, from: number, to: number) => {
    const reads = [...known.pieces(from, to)].map((piece) => {
      const low = Math.max(from, piece.from);
      const high = Math.min(to, piece.to);
      return source.read(piece.source + low - piece.from, piece.source + high - piece.from);
    });
    return whenRead(reads, concatIds);
  };
  return {
    length: source.length,
    end: source.end,
    documents,
    read(from, to, epoch = 0) {
      const known = documents(epoch) as Order | Promise<Order>;
      return known instanceof Promise ? known.then((order) => readIn(order, from, to)) : readIn(known, from, to);
    },
  };
}

/**
 * The order of an epoch: its document number k is document `shuffled(seed, documentOrder, epoch, k, count)` of the
 * source.
 */
function order(table: DocumentTable, length: number, seed: number, epoch: number): Order {
  const { count } = table;
  const head = table.begin(0);
  const tail = table.begin(count);
  const documentAt = (k: number) => shuffled(seed, Purpose.documentOrder, epoch, k, count);
  const lengthAt = (k: number) => {
    const i = documentAt(k);
    return table.begin(i + 1) - table.begin(i);
  };
  const begins = new Float64Array(Math.ceil(count / STRIDE));
  let next = head;
  for (let k = 0; k < count; k++) {
    if (k % STRIDE === 0) begins[k / STRIDE] = next;
    next += lengthAt(k);
  }

  function* pieces(from: number, to: number): Generator<Piece> {
    if (from < head) yield { from: 0, to: head, source: 0 };
    if (from < tail && to > head) {
      const first = lastAtMost(begins, Math.max(from, head));
      let at = begins[first]!;
      for (let k = first * STRIDE; k < count && at < to; k++) {
        const begin = table.begin(documentAt(k));
        const end = at + table.begin(documentAt(k) + 1) - begin;
        if (end > from) yield { from: at, to: end, source: begin };
        at = end;
      }
    }
    if (to > tail) yield { from: tail, to: length, source: tail };
  }
  return {
    pieces,
    at(offset) {
      for (const { from, to } of pieces(offset, offset + 1)) return { from, to };
      throw new RangeError(`offset ${offset} is outside a stream of ${length}`);
    },
  };
}

/** The index of the last of ascending numbers that is at most `limit`; the first one must be. */
function lastAtMost(ascending: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= limit) low = middle;
    else high = middle;
  }
  return low;
}

/** The range that contains `offset`, among consecutive ranges of these lengths that begin at `from`. */
function walk(from: number, lengths: ArrayLike<number>, offset: number): Range {
  let i = 0;
  while (from + lengths[i]! <= offset) from += lengths[i++]!;
  return { from, to: from + lengths[i]! };
}

/** The documents of a source, found at the first call: a promise until they are known. */
export function documentsIn(source: TokenSource, end: number): () => DocumentTable | Promise<DocumentTable> {
  let known: DocumentTable | undefined;
  let pending: Promise<DocumentTable> | undefined;
  return () => {
    if (known !== undefined) return known;
    pending ??= findDocuments(source, end).then((table) => {
      known = table;
      return table;
    });
    return pending;
  };
}
