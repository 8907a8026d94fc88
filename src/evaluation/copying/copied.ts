// Is it copying? The longest stretches of a text that stand in the training text too, and which share of its n-grams does not.
// Over ids, so that both are as the model reads them. It reads no files and knows no model.

import { usageError } from "../../base/errors.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import { type Block, interval } from "../intervals/bootstrap.js";
import { createAutomaton, type Matches } from "./suffix-automaton.js";

/** The sizes of n-gram that are told. */
export const NGRAM_LENGTHS = [5, 10, 20] as const;
/** The most tokens that are examined at once: up to 200 bytes each while that is done. The training text may be of any size. */
export const EXAMINED_LIMIT = 1 << 22;

/** A stretch of a text that stands in the training text, and cannot be made longer at either end. Places and lengths in tokens. */
export interface Span {
  /** Which of the texts, from 0, and where in it: the first, if it is such a stretch more than once. */
  readonly text: number;
  readonly at: number;
  readonly length: number;
  /** How often it is such a stretch of the texts. */
  readonly here: number;
  /** Where it first stands in the training text, and how often it does. */
  readonly place: number;
  readonly times: number;
}

export interface Novelty {
  readonly n: number;
  /** N-grams of the texts; and those that the training text does not have. */
  readonly grams: number;
  readonly novel: number;
  /** The 95% interval of novel / grams, by bootstrap; NaN where the texts are too short to tell. */
  readonly low: number;
  readonly high: number;
  /** Repeats that do not overlap: stretches of the text that hold one, or the repeated n-grams over n where that is more. */
  readonly repeats: number;
}

export interface Copied {
  /** Tokens of the texts. */
  readonly tokens: number;
  /** The length of the longest span; 0 where not one token is shared. */
  readonly longest: number;
  /** The longest spans, each once, longest first. */
  readonly spans: readonly Span[];
  readonly novelty: readonly Novelty[];
}

export interface CopiedOptions {
  /** The id of `<unk>` in the texts: unlike everything, itself too. */
  readonly unknown?: number | undefined;
  /** Groups of texts, each reported apart, in the order of the texts; all in one where absent. */
  readonly groups?: readonly number[];
  /** So many different spans are kept, 10 where absent. */
  readonly spans?: number;
}

/**
 * Compares texts with a training text, all as ids (whole numbers from 0 on), in time linear in their lengths. Gives a report
 * for each group. A span never goes over the end of a text. The texts are indexed and the training text streams by, so it may be larger
 * than memory. Throws a usage error for texts of more than `MOST_EXAMINED` ids in all.
 */
export async function copied(
  training: TokenSource,
  texts: readonly Int32Array[],
  options: CopiedOptions = {},
): Promise<Copied[]> {
  const tokens = texts.reduce((sum, { length }) => sum + length, 0);
  if (tokens > EXAMINED_LIMIT) {
    throw usageError(
      `At most ${EXAMINED_LIMIT} tokens are examined at once; here are ${tokens}.`,
      "Examine a part of the text.",
    );
  }
  const found = createAutomaton(join(texts, options.unknown));
  for (let at = 0; at < training.length; at += CHUNK) {
    found.push(await training.read(at, Math.min(training.length, at + CHUNK)));
  }
  const matches = found.matches();
  const reports: Copied[] = [];
  let [text, from] = [0, 0];
  for (const group of options.groups ?? [texts.length]) {
    const members = texts.slice(text, text + group).map(({ length }, i) => {
      const begin = from;
      from += length + 1; // and the mark after it
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

/** Stretches that an interval is made from: at most so many, none shorter than so many tokens. */
const MAX_BLOCKS = 128;
const MIN_BLOCK = 64;

function report(members: readonly ExaminedText[], { lengths, find }: Matches, most: number): Copied {
  const tokens = members.reduce((sum, { length }) => sum + length, 0);
  const stretch = Math.max(MIN_BLOCK, Math.ceil(tokens / MAX_BLOCKS));
  const stretches = NGRAM_LENGTHS.map(() =>
    Array.from({ length: Math.floor(tokens / stretch) || 1 }, () => ({ sum: 0, size: 0 })),
  );
  const spans: SpanMatch[] = [];
  let done = 0;
  for (const { text, from, length } of members) {
    for (let at = 0; at < length; at++, done++) {
      const found = lengths[from + at]!;
      const goesOn = lengths[from + at + 1]! > found; // the mark's is 0
      if (found > 0 && !goesOn) spans.push({ text, at: at + 1 - found, length: found, end: from + at });
      for (const [i, n] of NGRAM_LENGTHS.entries()) {
        if (at + 1 < n) continue;
        const each = stretches[i]![Math.min(Math.floor(done / stretch), stretches[i]!.length - 1)]!;
        each.size += 1;
        if (found < n) each.sum += 1;
      }
    }
  }
  spans.sort((a, b) => b.length - a.length || a.text - b.text || a.at - b.at);
  return {
    tokens,
    longest: spans[0]?.length ?? 0,
    spans: distinctSpans(spans, find, most),
    novelty: NGRAM_LENGTHS.map((n, i) => noveltyOf(n, stretches[i]!)),
  };
}

interface SpanMatch extends Pick<Span, "text" | "at" | "length"> {
  readonly end: number;
}

/** The first of spans in their order, alike ones as one. */
function distinctSpans(spans: readonly SpanMatch[], find: Matches["find"], most: number): Span[] {
  const found = new Map<string, Span>();
  let shortest = Infinity;
  for (const { end, ...span } of spans) {
    const { first: place, times } = find(end);
    const key = `${span.length} ${place}`;
    const known = found.get(key);
    if (known !== undefined) found.set(key, { ...known, here: known.here + 1 });
    else if (found.size < most) {
      found.set(key, { ...span, here: 1, place, times });
      shortest = span.length;
    } else if (span.length < shortest) break; // nor is any later one alike
  }
  return [...found.values()];
}

function noveltyOf(n: number, stretches: readonly Block[]): Novelty {
  const [grams, novel] = (["size", "sum"] as const).map((of) => stretches.reduce((sum, each) => sum + each[of], 0));
  const { low, high } = interval(stretches);
  const clamped = (share: number) => Math.min(1, Math.max(0, share));
  const holding = stretches.filter(({ sum, size }) => sum < size).length;
  const repeats = Math.max(holding, Math.floor((grams! - novel!) / n));
  return { n, grams: grams!, novel: novel!, low: clamped(low), high: clamped(high), repeats };
}

/** The texts, after each a mark that stands nowhere else. An unknown token is such a mark too. */
function join(texts: readonly Int32Array[], unknown: number | undefined): Int32Array {
  const ids = new Int32Array(texts.reduce((sum, { length }) => sum + length + 1, 0));
  let at = 0;
  let mark = FIRST_SEPARATOR;
  for (const text of texts) {
    for (const id of text) ids[at++] = id === unknown ? mark++ : id;
    ids[at++] = mark++;
  }
  return ids;
}

/** Marks are numbers from here on; no vocabulary reaches it. */
const FIRST_SEPARATOR = 1 << 30;

/**
 * What to make of a text beside one that people wrote and the training text has not, in words: by 20-grams and by 10-grams, for 5-grams
 * are how words are spelled. `unit` is what a token is.
 */
export function copyVerdict(text: Copied, heldOut: Copied, unit: string): string {
  const [short, long] = [10, 20].map((n) => compareNovelty(noveltyAt(text, n), noveltyAt(heldOut, n)));
  const known = [text, heldOut].every((each) => Number.isFinite(noveltyAt(each, 10).low));
  return known ? verdictText(short, long, unit) : "Too short to tell anything beside what people wrote.";
}

type Comparison = "more" | "less" | undefined;

function verdictText(short: Comparison, long: Comparison, unit: string): string {
  if (long === "more") return `It repeats stretches of 20 ${unit}s more than people do.`;
  if (short === "more") return `It repeats stretches of 10 ${unit}s more than people do, those of 20 not.`;
  if (short === "less" || long === "less") return "It repeats less than people do.";
  return "No difference from what people wrote can be told.";
}

/** Repeats that it takes at least to tell two apart: a few are chance, whatever the intervals. */
const MIN_REPEATS = 10;

/** Whether the first repeats more or less than the second, where the interval of the difference does not hold 0. */
function compareNovelty(a: Novelty, b: Novelty): Comparison {
  const [x, y] = [a.novel / a.grams, b.novel / b.grams];
  const [towards, from] = x < y ? [a.high - x, y - b.low] : [x - a.low, b.high - y];
  if (!(Math.abs(x - y) > Math.sqrt(towards * towards + from * from))) return undefined; // NaN too
  if (Math.max(a.repeats, b.repeats) < MIN_REPEATS) return undefined;
  return x < y ? "more" : "less";
}

function noveltyAt({ novelty }: Copied, n: number): Novelty {
  return novelty.find((each) => each.n === n)!;
}

export function quantity(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}
