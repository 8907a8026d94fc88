// Read-ahead for a sequential reader of a token store, such as a lane: while one range is used, the next is already
// being read, so that waiting is rare. The result does not depend on how far ahead it reads.

import type { Ids, TokenStore } from "./tokens.js";

interface Range {
  readonly from: number;
  readonly numbers: Ids;
}

/**
 * A `read` over `store`, which ends at offset `end`. It holds about `chunk` numbers: half in use and half read ahead. A
 * longer request is always served whole.
 */
export function readAhead(store: Pick<TokenStore, "read">, end: number, chunk: number): TokenStore["read"] {
  const step = Math.max(1, Math.floor(chunk / 2)); // two ranges are held
  let current: Range = { from: 0, numbers: new Uint8Array(0) };
  let next: { readonly from: number; readonly promise: Promise<Range>; ready?: Range } | undefined;

  const endOf = ({ from, numbers }: Range) => from + numbers.length;
  const fetch = async (from: number, to: number): Promise<Range> => ({ from, numbers: await store.read(from, to) });

  function startNext(): void {
    const from = endOf(current);
    if (next?.from === from || from >= end) return;
    const promise = fetch(from, Math.min(from + step, end));
    const ahead: NonNullable<typeof next> = { from, promise };
    next = ahead;
    promise.then(
      (range) => {
        ahead.ready = range;
      },
      () => {}, // `wait` awaits the same promise and throws its error
    );
  }

  /** The numbers [from, to) from the held ranges; undefined if these do not cover them. */
  function heldNumbers(from: number, to: number): Ids | undefined {
    if (from < current.from || from > endOf(current)) return undefined;
    if (to > endOf(current)) {
      if (next?.ready === undefined || next.from !== endOf(current) || to > endOf(next.ready)) return undefined;
      current = { from, numbers: joined(current.numbers.subarray(from - current.from), next.ready.numbers) };
      next = undefined;
    }
    if (to + step > endOf(current)) startNext();
    return current.numbers.subarray(from - current.from, to - current.from);
  }

  async function wait(from: number, to: number): Promise<Ids> {
    if (from >= current.from && from <= endOf(current) && next?.from === endOf(current)) await next.promise;
    const numbers = heldNumbers(from, to);
    if (numbers !== undefined) return numbers;
    current = await fetch(from, Math.min(Math.max(to, from + step), end));
    return heldNumbers(from, to) ?? current.numbers.subarray(0, to - from);
  }

  return (from, to) => heldNumbers(from, to) ?? wait(from, to);
}

function joined(a: Ids, b: Ids): Ids {
  const wide = a.BYTES_PER_ELEMENT > b.BYTES_PER_ELEMENT ? a : b;
  const all = new (wide.constructor as new (length: number) => Ids)(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
