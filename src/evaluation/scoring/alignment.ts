// Two models that cut a text differently, over the same bytes of it. A stretch of bytes is counted where both must tell exactly what
// stands there; a token's nats belong to the place where both have a token's end.
//
// The rule of fairness: a token outside a vocabulary costs what <unk> costs and then to be spelled, log 256 a byte (and log 256
// more to end a word). What a field does not tell, letters it lower-cases and line ends it drops, is left out on both sides.

import { log } from "../../base/math.js";
import type { Field } from "../../text/encoding/field.js";
import type { TextInput } from "../../text/encoding/utf8.js";
import { type Extent, extents } from "../../text/matching/extents.js";
import type { LaneReader, Window } from "../../text/windows/lanes.js";
import { blockLength, type Tokenization } from "./blocks.js";

/** One model's tokens over the common stretches. */
export interface AlignedTokens {
  /** The number of the first token of each stretch. */
  readonly firstTokens: readonly number[];
  /** Tokens that are left out. */
  readonly skipped: NumberSet;
  /** What spelling unknown tokens adds to each stretch, in nats. */
  readonly spelling: readonly number[];
  /** Unknown tokens among the counted. */
  readonly unknown: number;
}

export interface Alignment {
  readonly a: AlignedTokens;
  readonly b: AlignedTokens;
  /** Of each stretch, what is counted. */
  readonly characters: readonly number[];
  readonly bytes: readonly number[];
  /** Bytes that are left out. */
  readonly skippedBytes: number;
}

/** Walks a text of so many bytes, cut in the two ways. `inputs` gives its streams anew. */
export async function align(
  inputs: () => readonly TextInput[],
  size: number,
  a: Tokenization,
  b: Tokenization,
): Promise<Alignment> {
  const length = blockLength(size);
  const [characters, bytes]: [number[], number[]] = [[], []];
  const sides = [collectTokens(a), collectTokens(b)] as const;
  const walks = [readExtents(a.field, inputs()), readExtents(b.field, inputs())] as const;
  let skippedBytes = 0;
  for await (const segment of segments(walks)) {
    const [begin, end] = [segment[0][0]!.begin, segment[0].at(-1)!.end];
    const k = Math.floor(begin / length);
    while (characters.length <= k) {
      characters.push(0);
      bytes.push(0);
      for (const side of sides) side.begin();
    }
    const counted = sides.every((side, i) => segment[i]!.every((extent, n) => side.tells(extent, n)));
    for (const [i, side] of sides.entries()) side.take(segment[i]!, counted);
    if (counted) {
      characters[k]! += segment[0].reduce((sum, extent) => sum + extent.characters, 0);
      bytes[k]! += end - begin;
    } else skippedBytes += end - begin;
  }
  return { a: sides[0].found(), b: sides[1].found(), characters, bytes, skippedBytes };
}

/** Gathers a model's nats by stretch: give `each` to `evaluate` over the reader. */
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
        const place = (i % window.lanes) * lanes.positions + at + Math.floor(i / window.lanes);
        const token = newlineFed ? place : place + 1;
        if (!skipped.has(token)) nats[blockOf(firstTokens, token)]! += losses[i]!;
      }
      at += window.steps;
    },
  };
}

/** The last stretch that begins at `token` or before. */
function blockOf(firsts: readonly number[], token: number): number {
  let [low, high] = [0, firsts.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (firsts[middle]! <= token) low = middle;
    else high = middle;
  }
  return low;
}

const NATS_PER_BYTE = log(256);

function collectTokens({ field, vocab }: Tokenization) {
  const firstTokens: number[] = [];
  const spelling: number[] = [];
  const skipped = new NumberSet();
  let [number, unknown] = [0, 0];
  return {
    begin() {
      firstTokens.push(number);
      spelling.push(0);
    },
    /** Is the extent told exactly? `ahead`: its place among the tokens to come. A first token that nothing is fed before is not scored. */
    tells: (extent: Extent, ahead: number) => extent.exact && (number + ahead > 0 || vocab.newlineId !== undefined),
    take(segment: readonly Extent[], counted: boolean) {
      for (const { token, begin, end } of segment) {
        if (token === undefined) continue;
        if (!counted) skipped.add(number);
        else if (!vocab.stoi.has(token)) {
          unknown += 1;
          spelling[spelling.length - 1]! += NATS_PER_BYTE * (end - begin + (field.unit === "word" ? 1 : 0));
        }
        number += 1;
      }
    },
    found: (): AlignedTokens => ({ firstTokens, skipped, spelling, unknown }),
  };
}

interface ExtentReader {
  next(): Promise<Extent | undefined>;
  /** Nothing more is asked for: its text is closed. */
  end(): Promise<unknown>;
}

function readExtents(field: Field, inputs: readonly TextInput[]): ExtentReader {
  const pieces = extents(field, inputs);
  let piece: readonly Extent[] = [];
  let at = 0;
  return {
    async next() {
      while (at === piece.length) {
        const next = await pieces.next();
        if (next.done) return undefined;
        [piece, at] = [next.value, 0];
      }
      return piece[at++];
    },
    end: () => pieces.return(undefined),
  };
}

async function* segments(walks: readonly [ExtentReader, ExtentReader]): AsyncGenerator<[Extent[], Extent[]]> {
  try {
    for (let found = await nextSegment(walks); found !== undefined; found = await nextSegment(walks)) yield found;
  } finally {
    for (const each of walks) await each.end();
  }
}

/** The tokens of both up to the next place where both have one's end; undefined at the text's end. */
async function nextSegment(walks: readonly [ExtentReader, ExtentReader]): Promise<[Extent[], Extent[]] | undefined> {
  const found: [Extent[], Extent[]] = [[], []];
  const endOf = (i: 0 | 1) => found[i].at(-1)?.end ?? -1;
  do {
    const behind = endOf(0) <= endOf(1) ? 0 : 1;
    const next = await walks[behind].next();
    if (next === undefined) break;
    found[behind].push(next);
  } while (endOf(0) !== endOf(1));
  return found[0].length > 0 && found[1].length > 0 ? found : undefined;
}

/** Some of many numbers, a bit each, in pages that are there where a bit is set. */
export class NumberSet {
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
