// Token ids in memory, as narrow as the vocabulary allows, and the growing list they are gathered in. What a token means
// is the vocabulary's affair; how tokens lie in lanes is lanes.ts'.

/** Where token ids come from: memory now, a file or a network later. */
export interface TokenSource {
  readonly length: number;
  /** The ids from `from` up to, not including, `to`. */
  read(from: number, to: number): Int32Array | Promise<Int32Array>;
}

export type Ids = Uint8Array | Uint16Array | Int32Array;

/** A part of a text as ids, with what is needed to turn nats a token into bits a character or a byte. */
export interface Tokens extends TokenSource {
  readonly ids: Ids;
  /** Unicode code points of the text as it was cut (lower-cased, newlines stripped), those that became `<unk>` too. */
  readonly characters: number;
  /** Bytes of the same in UTF-8. */
  readonly bytes: number;
  /** The first token's share of the two above: where it is fed and not scored, they are not either. */
  readonly firstCharacters: number;
  readonly firstBytes: number;
  /** How many tokens became `<unk>`. */
  readonly unknown: number;
  read(from: number, to: number): Int32Array;
}

/** A list for `length` ids below `size`. */
export function newIds(length: number, size: number): Ids {
  return size <= 256 ? new Uint8Array(length) : size <= 65536 ? new Uint16Array(length) : new Int32Array(length);
}

/** Ids as a source whose reads need no waiting. */
export function sourceOf(ids: Ids): TokenSource & { read(from: number, to: number): Int32Array } {
  return { length: ids.length, read: (from, to) => new Int32Array(ids.subarray(from, to)) };
}

const BLOCK = 65536;

/** A growing list of ids, in blocks that are as wide as the largest id so far asks. */
export class IdList {
  private readonly blocks: Ids[] = [];
  private block: Ids = new Uint8Array(0);
  private used = 0;
  private size = 256;

  get length(): number {
    return Math.max(0, this.blocks.length - 1) * BLOCK + this.used;
  }

  push(id: number): void {
    if (this.used === this.block.length) this.grow(newIds(BLOCK, this.size), 0);
    if (id >= this.size) {
      this.size = id < 65536 ? 65536 : Infinity;
      const wider = newIds(BLOCK, this.size);
      wider.set(this.block);
      this.blocks.pop();
      this.grow(wider, this.used);
    }
    this.block[this.used++] = id;
  }

  private grow(block: Ids, used: number): void {
    this.blocks.push(block);
    this.block = block;
    this.used = used;
  }

  at(index: number): number {
    return this.blocks[Math.floor(index / BLOCK)]?.[index % BLOCK] ?? 0;
  }

  /** How often each id below `size` stands between `from` and `to`. */
  count(from: number, to: number, size: number): Float64Array {
    const counts = new Float64Array(size);
    for (const ids of this.slices(from, to)) {
      for (let i = 0; i < ids.length; i++) counts[ids[i]!]! += 1;
    }
    return counts;
  }

  /** The ids between `from` and `to`, each replaced by its entry in `table`, whose entries are below `size`. */
  mapped(from: number, to: number, table: Int32Array, size: number): Ids {
    const mapped = newIds(to - from, size);
    let at = 0;
    for (const ids of this.slices(from, to)) {
      for (let i = 0; i < ids.length; i++) mapped[at++] = table[ids[i]!]!;
    }
    return mapped;
  }

  private *slices(from: number, to: number): Generator<Ids> {
    for (const [i, block] of this.blocks.entries()) {
      const start = i * BLOCK;
      if (start < to && start + BLOCK > from) yield block.subarray(Math.max(0, from - start), to - start);
    }
  }
}
