// Alignment of two models that tokenize a text differently: both are scored on the same bytes. The text is divided
// where both have a token's end; a segment counts if both tokenizations determine its bytes exactly.
//
// A token outside the vocabulary costs the nats of <unk> plus its spelling (`spellingNats`). Bytes that a field does
// not determine, such as letters it lower-cases and line ends it drops, are skipped for both.

import type { Field } from "../../text/encoding/field.js";
import { spellingNats } from "../../text/encoding/sizes.js";
import { type Extent, extents } from "../../text/matching/extents.js";
import type { TextInput } from "../../text/reading/utf8.js";
import type { LaneReader, Window } from "../../text/windows/lanes.js";
import { blockLength, type Tokenization } from "./blocks.js";

/** One model's tokens over the blocks that both models share. */
export interface AlignedTokens {
  /** Index of the first token of each block. */
  readonly firstTokens: readonly number[];
  /** Indices of the tokens that do not count. */
  readonly skipped: NumberSet;
  /** Nats that the spelling of unknown tokens adds to each block. */
  readonly spelling: readonly number[];
  /** Number of unknown tokens that count. */
  readonly unknown: number;
}

export interface Alignment {
  readonly a: AlignedTokens;
  readonly b: AlignedTokens;
  /** Characters and bytes of each block that count. */
  readonly characters: readonly number[];
  readonly bytes: readonly number[];
  /** Number of bytes that do not count. */
  readonly skippedBytes: number;
}

/** Aligns the two tokenizations of a text of `size` bytes. Each call of `inputs` opens the text's streams again. */
export async function align(
  inputs: () => readonly TextInput[],
  size: number,
  a: Tokenization,
  b: Tokenization,
): Promise<Alignment> {
  const length = blockLength(size);
  const characters: number[] = [];
  const bytes: number[] = [];
  const sides = [collectTokens(a), collectTokens(b)] as const;
  const readers = [readExtents(a.field, inputs()), readExtents(b.field, inputs())] as const;
  let skippedBytes = 0;
  for await (const segment of segments(readers)) {
    const { begin } = segment[0][0]!;
    const { end } = segment[0].at(-1)!;
    const k = Math.floor(begin / length);
    while (characters.length <= k) {
      characters.push(0);
      bytes.push(0);
      for (const side of sides) side.begin();
    }
    const counted = sides.every((side, i) => segment[i]!.every((extent, n) => side.isExact(extent, n)));
    for (const [i, side] of sides.entries()) side.take(segment[i]!, counted);
    if (counted) {
      characters[k]! += segment[0].reduce((sum, extent) => sum + extent.characters, 0);
      bytes[k]! += end - begin;
    } else skippedBytes += end - begin;
  }
  return { a: sides[0].tokens(), b: sides[1].tokens(), characters, bytes, skippedBytes };
}

/** Sums a model's nats by block: pass `each` to `evaluate` over the same reader. */
export function alignedNats(
  { firstTokens, skipped, spelling }: AlignedTokens,
  lanes: LaneReader,
  newlineFed: boolean,
): { each(window: Window, losses: ArrayLike<number>): void; nats: number[] } {
  const nats = [...spelling];
  let at = 0;
  return {
    nats,
    each(window, losses) {
      for (let i = 0; i < losses.length; i++) {
        if (window.targets[i]! < 0) continue;
        const position = (i % window.lanes) * lanes.positions + at + Math.floor(i / window.lanes);
        const token = newlineFed ? position : position + 1;
        if (!skipped.has(token)) nats[blockOf(firstTokens, token)]! += losses[i]!;
      }
      at += window.steps;
    },
  };
}

/** The last block that begins at `token` or before. */
function blockOf(firsts: readonly number[], token: number): number {
  let low = 0;
  let high = firsts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (firsts[middle]! <= token) low = middle;
    else high = middle;
  }
  return low;
}

function collectTokens({ field, vocab }: Tokenization) {
  const firstTokens: number[] = [];
  const spelling: number[] = [];
  const skipped = new NumberSet();
  let index = 0;
  let unknown = 0;
  return {
    begin() {
      firstTokens.push(index);
      spelling.push(0);
    },
    /**
     * Whether the token determines its bytes and is scored; `ahead` is its index in the segment. Without a newline in
     * the vocabulary the text's first token is not scored.
     */
    isExact: (extent: Extent, ahead: number) => extent.exact && (index + ahead > 0 || vocab.newlineId !== undefined),
    take(segment: readonly Extent[], counted: boolean) {
      for (const { token } of segment) {
        if (token === undefined) continue;
        if (!counted) skipped.add(index);
        else {
          if (vocab.idOf(token) === undefined) unknown += 1;
          spelling[spelling.length - 1]! += spellingNats(token, field, vocab);
        }
        index += 1;
      }
    },
    tokens: (): AlignedTokens => ({ firstTokens, skipped, spelling, unknown }),
  };
}

interface ExtentReader {
  next(): Promise<Extent | undefined>;
  /** Closes the text. */
  end(): Promise<unknown>;
}

function readExtents(field: Field, inputs: readonly TextInput[]): ExtentReader {
  const batches = extents(field, inputs);
  let batch: readonly Extent[] = [];
  let at = 0;
  return {
    async next() {
      while (at === batch.length) {
        const next = await batches.next();
        if (next.done) return undefined;
        batch = next.value;
        at = 0;
      }
      return batch[at++];
    },
    end: () => batches.return(undefined),
  };
}

async function* segments(readers: readonly [ExtentReader, ExtentReader]): AsyncGenerator<[Extent[], Extent[]]> {
  try {
    for (let next = await nextSegment(readers); next !== undefined; next = await nextSegment(readers)) yield next;
  } finally {
    for (const reader of readers) await reader.end();
  }
}

/** The tokens of both models up to the next byte where both have a token's end; undefined at the end of the text. */
async function nextSegment(readers: readonly [ExtentReader, ExtentReader]): Promise<[Extent[], Extent[]] | undefined> {
  const segment: [Extent[], Extent[]] = [[], []];
  const endOf = (i: 0 | 1) => segment[i].at(-1)?.end ?? -1;
  do {
    const behind = endOf(0) <= endOf(1) ? 0 : 1;
    const next = await readers[behind].next();
    if (next === undefined) break;
    segment[behind].push(next);
  } while (endOf(0) !== endOf(1));
  return segment[0].length > 0 && segment[1].length > 0 ? segment : undefined;
}

/** A sparse set of whole numbers: one bit each, in pages that are allocated when a bit in them is set. */
class NumberSet {
  private readonly pages = new Map<number, Uint8Array>();

  add(number: number): void {
    const page = Math.floor(number / PAGE);
    let bits = this.pages.get(page);
    if (bits === undefined) {
      bits = new Uint8Array(PAGE / 8);
      this.pages.set(page, bits);
    }
    const bit = number % PAGE;
    bits[bit >> 3]! |= 1 << (bit & 7);
  }

  has(number: number): boolean {
    const bit = number % PAGE;
    return ((this.pages.get(Math.floor(number / PAGE))?.[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }
}
const PAGE = 1 << 19;
