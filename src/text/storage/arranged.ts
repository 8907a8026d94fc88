// A store whose numbers are read in another order: ranges of another store, one after another. Nothing is copied.

import { type Ids, newIds, type TokenStore } from "./tokens.js";

/** Ranges of a store in the order of reading: from, to, from, to … */
export type Order = ArrayLike<number>;

/** The ranges of `order` as one store. */
export function arranged(store: Omit<TokenStore, "append">, order: Order): TokenStore {
  const count = order.length / 2;
  const starts = new Float64Array(count + 1); // of each range in the new order, and the end
  for (let i = 0; i < count; i++) starts[i + 1] = starts[i]! + order[2 * i + 1]! - order[2 * i]!;
  const length = starts[count]!;
  const rangeOf = (at: number) => {
    let low = 0;
    for (let high = count; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle;
    }
    return low;
  };
  return {
    length,
    ...(store.ahead !== undefined && { ahead: store.ahead }),
    append() {
      throw new Error("this store is sealed");
    },
    read(from, to) {
      const spans: [from: number, to: number][] = [];
      for (let i = rangeOf(from), at = from; at < to && i < count; i++) {
        const end = Math.min(to, starts[i + 1]!);
        const shift = order[2 * i]! - starts[i]!;
        if (end > at) spans.push([at + shift, end + shift]);
        at = end;
      }
      const parts: Ids[] = [];
      for (const [i, span] of spans.entries()) {
        const read = store.read(...span);
        if (read instanceof Promise) return rest(read, parts, spans.slice(i + 1));
        parts.push(read);
      }
      return joined(parts);
    },
  };

  /** One read after another: a file that is still written takes one at a time. */
  async function rest(first: Promise<Ids>, parts: Ids[], spans: readonly [from: number, to: number][]): Promise<Ids> {
    parts.push(await first);
    for (const span of spans) parts.push(await store.read(...span));
    return joined(parts);
  }
}

function joined(parts: readonly Ids[]): Ids {
  if (parts.length === 1) return parts[0]!;
  const widest = Math.max(1, ...parts.map((part) => part.BYTES_PER_ELEMENT));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = newIds(length, widest === 1 ? 256 : widest === 2 ? 65536 : Number.POSITIVE_INFINITY);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
