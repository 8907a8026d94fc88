// Reads ahead of someone who goes through numbers from place to place, as a lane does: while one stretch is used the next is
// under way, so that waiting is rare. What is read does not depend on how far ahead that is.

import type { Ids, TokenStore } from "./tokens.js";

interface Stretch {
  readonly from: number;
  readonly numbers: Ids;
}

/** A read over `store`, which ends at `end`, by stretches of `chunk` numbers (at least one; those asked for always). */
export function readAhead(store: Pick<TokenStore, "read">, end: number, chunk: number): TokenStore["read"] {
  const step = Math.max(1, Math.floor(chunk / 2)); // two stretches are held
  let now: Stretch = { from: 0, numbers: new Uint8Array(0) };
  let next: { readonly from: number; readonly promise: Promise<Stretch>; ready?: Stretch } | undefined;

  const endOf = ({ from, numbers }: Stretch) => from + numbers.length;
  const fetch = async (from: number, to: number): Promise<Stretch> => ({ from, numbers: await store.read(from, to) });

  function follow(): void {
    const from = endOf(now);
    if (next?.from === from || from >= end) return;
    const promise = fetch(from, Math.min(from + step, end));
    const mine: NonNullable<typeof next> = { from, promise };
    next = mine;
    promise.then(
      (stretch) => {
        mine.ready = stretch;
      },
      () => {}, // whoever waits for it hears of it
    );
  }

  /** From what is held; undefined where that does not reach. */
  function held(from: number, to: number): Ids | undefined {
    if (from < now.from || from > endOf(now)) return undefined;
    if (to > endOf(now)) {
      if (next?.ready === undefined || next.from !== endOf(now) || to > endOf(next.ready)) return undefined;
      now = { from, numbers: joined(now.numbers.subarray(from - now.from), next.ready.numbers) };
      next = undefined;
    }
    if (to + step > endOf(now)) follow();
    return now.numbers.subarray(from - now.from, to - now.from);
  }

  async function wait(from: number, to: number): Promise<Ids> {
    if (from >= now.from && from <= endOf(now) && next?.from === endOf(now)) await next.promise;
    const found = held(from, to);
    if (found !== undefined) return found;
    now = await fetch(from, Math.min(Math.max(to, from + step), end));
    return held(from, to) ?? now.numbers.subarray(0, to - from);
  }

  return (from, to) => held(from, to) ?? wait(from, to);
}

function joined(a: Ids, b: Ids): Ids {
  const wide = a.BYTES_PER_ELEMENT > b.BYTES_PER_ELEMENT ? a : b;
  const all = new (wide.constructor as new (length: number) => Ids)(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
