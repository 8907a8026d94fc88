// Copying from the training text: the longest spans of a text that also occur in the training text, and the share of
// its n-grams that do not. Both texts are ids, as the model reads them.

import { usageError } from "../../base/errors.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import { type Block, interval } from "../intervals/bootstrap.js";
import { createAutomaton, type Matches } from "./suffix-automaton.js";

/** The lengths of n-grams that are reported. */
export const NGRAM_LENGTHS = [5, 10, 20] as const;
/** The most tokens that can be examined at once, at up to 200 bytes each. The training text may have any size. */
export const EXAMINED_LIMIT = 1 << 22;

/**
 * A span of a text that occurs in the training text and cannot be extended at either end. Positions and lengths are in
 * tokens.
 */
export interface Span {
  /** Index of the text, and the position in it of the first occurrence. */
  readonly text: number;
  readonly at: number;
  readonly length: number;
  /** How often the texts have this span. */
  readonly here: number;
  /** Its first position in the training text, and the number of its occurrences there. */
  readonly place: number;
  readonly times: number;
}

export interface Novelty {
  readonly n: number;
  /** Number of n-grams in the texts, and of those that the training text lacks. */
  readonly grams: number;
  readonly novel: number;
  /** The 95% bootstrap interval of novel / grams; NaN if the texts are too short. */
  readonly low: number;
  readonly high: number;
  /**
   * Repeats that do not overlap: the larger of the number of blocks with a repeat and the number of repeated n-grams
   * over n.
   */
  readonly repeats: number;
}

export interface Copied {
  /** Tokens of the texts. */
  readonly tokens: number;
  /** The length of the longest span; 0 if no token is shared. */
  readonly longest: number;
  /** The longest distinct spans, longest first. */
  readonly spans: readonly Span[];
  readonly novelty: readonly Novelty[];
}

export interface CopiedOptions {
  /** The id of `<unk>` in the texts; it matches nothing, not even itself. */
  readonly unknown?: number | undefined;
  /** Numbers of consecutive texts that share a report; one report for all if absent. */
  readonly groups?: readonly number[];
  /** Number of distinct spans to report; 10 if absent. */
  readonly spans?: number;
}

/**
 * Compares texts with a training text, all as ids (whole numbers from 0), in time linear in their lengths. Gives a
 * report for each group. A span never crosses the end of a text. The texts are indexed and the training text is
 * streamed, so it may be larger than memory. Throws a usage error for texts of more than `EXAMINED_LIMIT` ids in total.
 */
export async function copied(
  training: TokenSource,
  texts: readonly Int32Array[],
  options: CopiedOptions = {},
): Promise<Copied[]> {
  const tokens = texts.reduce((sum, { length }) => sum + length, 0);
  if (tokens > EXAMINED_LIMIT) {
    throw usageError(
      `At most ${EXAMINED_LIMIT} tokens can be examined at once; got ${tokens}.`,
      "Examine a part of the text.",
    );
  }
  const automaton = createAutomaton(join(texts, options.unknown));
  for (let at = 0; at < training.length; at += CHUNK) {
    automaton.push(await training.read(at, Math.min(training.length, at + CHUNK)));
  }
  const matches = automaton.matches();
  const reports: Copied[] = [];
  let text = 0;
  let from = 0;
  for (const group of options.groups ?? [texts.length]) {
    const members = texts.slice(text, text + group).map(({ length }, i) => {
      const begin = from;
      from += length + 1; // and the separator after it
      return { text: text + i, from: begin, length };
    });
    text += group;
    reports.push(report(members, matches, options.spans ?? 10));
  }
  return reports;
}

const CHUNK = 1 << 16;

interface ExaminedText {
  readonly text: number;
  readonly from: number;
  readonly length: number;
}

/** An interval uses at most MAX_BLOCKS blocks, none shorter than MIN_BLOCK tokens. */
const MAX_BLOCKS = 128;
const MIN_BLOCK = 64;

function report(members: readonly ExaminedText[], { lengths, find }: Matches, most: number): Copied {
  const tokens = members.reduce((sum, { length }) => sum + length, 0);
  const blockSize = Math.max(MIN_BLOCK, Math.ceil(tokens / MAX_BLOCKS));
  const blocks = NGRAM_LENGTHS.map(() =>
    Array.from({ length: Math.floor(tokens / blockSize) || 1 }, () => ({ sum: 0, size: 0 })),
  );
  const spans: SpanMatch[] = [];
  let done = 0;
  for (const { text, from, length } of members) {
    for (let at = 0; at < length; at++, done++) {
      const match = lengths[from + at]!;
      const continues = lengths[from + at + 1]! > match; // the separator's length is 0
      if (match > 0 && !continues) spans.push({ text, at: at + 1 - match, length: match, end: from + at });
      for (const [i, n] of NGRAM_LENGTHS.entries()) {
        if (at + 1 < n) continue;
        const block = blocks[i]![Math.min(Math.floor(done / blockSize), blocks[i]!.length - 1)]!;
        block.size += 1;
        if (match < n) block.sum += 1;
      }
    }
  }
  spans.sort((a, b) => b.length - a.length || a.text - b.text || a.at - b.at);
  return {
    tokens,
    longest: spans[0]?.length ?? 0,
    spans: distinctSpans(spans, find, most),
    novelty: NGRAM_LENGTHS.map((n, i) => noveltyOf(n, blocks[i]!)),
  };
}

interface SpanMatch extends Pick<Span, "text" | "at" | "length"> {
  readonly end: number;
}

/** The first `most` distinct spans, in order; equal spans count as one. */
function distinctSpans(spans: readonly SpanMatch[], find: Matches["find"], most: number): Span[] {
  const distinct = new Map<string, Span>();
  let shortest = Infinity;
  for (const { end, ...span } of spans) {
    const { first: place, times } = find(end);
    const key = `${span.length} ${place}`;
    const known = distinct.get(key);
    if (known !== undefined) distinct.set(key, { ...known, here: known.here + 1 });
    else if (distinct.size < most) {
      distinct.set(key, { ...span, here: 1, place, times });
      shortest = span.length;
    } else if (span.length < shortest) break; // later spans are shorter still, so none equals one of these
  }
  return [...distinct.values()];
}

function noveltyOf(n: number, blocks: readonly Block[]): Novelty {
  const grams = blocks.reduce((sum, block) => sum + block.size, 0);
  const novel = blocks.reduce((sum, block) => sum + block.sum, 0);
  const { low, high } = interval(blocks);
  const clamped = (share: number) => Math.min(1, Math.max(0, share));
  const repeating = blocks.filter(({ sum, size }) => sum < size).length;
  const repeats = Math.max(repeating, Math.floor((grams - novel) / n));
  return { n, grams, novel, low: clamped(low), high: clamped(high), repeats };
}

/** Joins the texts, with a unique separator after each. An unknown token becomes a unique separator too. */
function join(texts: readonly Int32Array[], unknown: number | undefined): Int32Array {
  const ids = new Int32Array(texts.reduce((sum, { length }) => sum + length + 1, 0));
  let at = 0;
  let separator = FIRST_SEPARATOR;
  for (const text of texts) {
    for (const id of text) ids[at++] = id === unknown ? separator++ : id;
    ids[at++] = separator++;
  }
  return ids;
}

/** Separators are numbers from here on; no vocabulary is this large. */
const FIRST_SEPARATOR = 1 << 30;

/**
 * Compares, in a sentence, the copying of a text with that of a text that people wrote and the model was not trained
 * on: by 20-grams and by 10-grams, since 5-grams mostly reflect spelling. `unit` names a token.
 */
export function copyVerdict(text: Copied, heldOut: Copied, unit: string): string {
  const [short, long] = [10, 20].map((n) => compareNovelty(noveltyAt(text, n), noveltyAt(heldOut, n)));
  const measurable = [text, heldOut].every((each) => Number.isFinite(noveltyAt(each, 10).low));
  return measurable ? verdictText(short, long, unit) : "Too short to compare with text that people wrote.";
}

type NoveltyComparison = "more" | "less" | undefined;

function verdictText(short: NoveltyComparison, long: NoveltyComparison, unit: string): string {
  if (long === "more") return `It repeats spans of 20 ${unit}s more often than people do.`;
  if (short === "more") return `It repeats spans of 10 ${unit}s more often than people do, but not spans of 20.`;
  if (short === "less" || long === "less") return "It repeats less often than people do.";
  return "There is no significant difference from text that people wrote.";
}

/** Fewest repeats for a difference to be significant: a few are chance, whatever the intervals say. */
const MIN_REPEATS = 10;

/**
 * Whether the first text repeats more or less than the second; undefined if the interval of the difference contains 0.
 */
function compareNovelty(a: Novelty, b: Novelty): NoveltyComparison {
  const x = a.novel / a.grams;
  const y = b.novel / b.grams;
  const widthA = x < y ? a.high - x : x - a.low;
  const widthB = x < y ? y - b.low : b.high - y;
  if (!(Math.abs(x - y) > Math.sqrt(widthA * widthA + widthB * widthB))) return undefined; // also for NaN
  if (Math.max(a.repeats, b.repeats) < MIN_REPEATS) return undefined;
  return x < y ? "more" : "less";
}

function noveltyAt({ novelty }: Copied, n: number): Novelty {
  return novelty.find((each) => each.n === n)!;
}

/** "1 word", "2 words". */
export function quantity(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}
