// Token stores: they keep and count the token numbers of a text while it is read, and later give its ids.

import { readAhead } from "./read-ahead.js";
import { type Ids, newIds, type TokenSource, type TokenStore } from "./tokens.js";

/**
 * Numbers [from, to) of a store as ids: `table` maps numbers to ids. `end` is the id of `<end>`, if documents are kept
 * apart.
 */
export function sourceIn(store: TokenStore, from: number, to: number, table: Int32Array, end?: number): TokenSource {
  const ids = (numbers: Ids) => {
    const mapped = new Int32Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) mapped[i] = table[numbers[i]!]!;
    return mapped;
  };
  const over = (read: TokenStore["read"]) => (first: number, last: number) => {
    const numbers = read(from + first, from + last);
    return numbers instanceof Promise ? numbers.then(ids) : ids(numbers);
  };
  const length = to - from;
  const read = over((first, last) => store.read(first, last));
  const { ahead } = store;
  if (ahead === undefined) return { length, read, end };
  return { length, read, end, cursor: (count) => ({ length, end, read: over(readAhead(store, to, ahead / count)) }) };
}

const BLOCK = 65536;

/** A store in memory, in blocks. A block's array type is as narrow as its numbers allow. Reads are synchronous. */
export class MemoryStore implements TokenStore {
  private readonly blocks: Ids[] = [];
  private used = BLOCK; // numbers in the last block

  get length(): number {
    return (this.blocks.length - 1) * BLOCK + this.used;
  }

  append(numbers: Ids): void {
    for (let at = 0; at < numbers.length; ) {
      if (this.used === BLOCK) {
        this.blocks.push(sameKind(numbers, BLOCK));
        this.used = 0;
      }
      const last = this.blocks.length - 1;
      if (this.blocks[last]!.BYTES_PER_ELEMENT < numbers.BYTES_PER_ELEMENT) {
        const wider = sameKind(numbers, BLOCK);
        wider.set(this.blocks[last]!);
        this.blocks[last] = wider;
      }
      const some = numbers.subarray(at, at + BLOCK - this.used);
      this.blocks[last]!.set(some, this.used);
      this.used += some.length;
      at += some.length;
    }
  }

  read(from: number, to: number): Ids {
    const first = Math.floor(from / BLOCK);
    if (to <= (first + 1) * BLOCK)
      return (this.blocks[first] ?? new Uint8Array(0)).subarray(from - first * BLOCK, to - first * BLOCK);
    const all = new Int32Array(to - from);
    for (let at = from; at < to; ) {
      const block = Math.floor(at / BLOCK);
      const some = this.blocks[block]!.subarray(at - block * BLOCK, to - block * BLOCK);
      all.set(some, at - from);
      at += some.length;
    }
    return all;
  }
}

function sameKind(numbers: Ids, length: number): Ids {
  return newIds(length, numbers.BYTES_PER_ELEMENT === 1 ? 256 : numbers.BYTES_PER_ELEMENT === 2 ? 65536 : Infinity);
}

/** Counts of each number in the arrays that are added. */
export class Counts {
  private readonly pairs = new Uint32Array(65536); // one-byte numbers are counted in pairs, which halves the additions
  private paired = 0;
  private counts = new Float64Array(256);

  add(numbers: Ids): void {
    if (numbers instanceof Uint8Array) this.addBytes(numbers);
    else {
      let { counts } = this;
      for (let i = 0; i < numbers.length; i++) {
        const number = numbers[i]!;
        if (number >= counts.length) counts = this.grow(number + 1);
        counts[number]! += 1;
      }
    }
  }

  private addBytes(bytes: Uint8Array): void {
    const odd = bytes.byteOffset % 2;
    const count = Math.max(0, (bytes.length - odd) >> 1);
    if (this.paired + count > 0xffffffff) this.settle();
    this.paired += count;
    const { pairs } = this;
    if (count > 0) {
      const words = new Uint16Array(bytes.buffer, bytes.byteOffset + odd, count);
      for (let i = 0; i < count; i++) pairs[words[i]!]!++;
    }
    if (odd === 1 && bytes.length > 0) this.counts[bytes[0]!]! += 1;
    const end = odd + 2 * count;
    if (end < bytes.length) this.counts[bytes[end]!]! += 1;
  }

  private settle(): void {
    for (const [pair, count] of this.pairs.entries()) {
      this.counts[pair & 255]! += count;
      this.counts[pair >> 8]! += count;
    }
    this.pairs.fill(0);
    this.paired = 0;
  }

  private grow(size: number): Float64Array<ArrayBuffer> {
    const wider = new Float64Array(Math.max(size, 2 * this.counts.length));
    wider.set(this.counts);
    this.counts = wider;
    return wider;
  }

  /** The counts of numbers below `size`. */
  of(size: number): Float64Array {
    this.settle();
    const counts = new Float64Array(size);
    counts.set(this.counts.subarray(0, size));
    return counts;
  }
}
