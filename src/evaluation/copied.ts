// Is it copying? The longest stretches of a text that stand in the training text too, and which share of its n-grams does not.
// Over ids, so that both are normalised as the model reads them. It reads no files and knows no model.

import { usageError } from "../base/errors.js";
import { commonPrefixes, ranksOf, suffixArray } from "./suffix-array.js";

/** The sizes of n-gram that are told. */
export const GRAMS = [5, 10, 20] as const;
/** The most training ids that are indexed: about 60 bytes each while that is done (measured on a million), 1 GiB in all. */
export const MOST_INDEXED = 1 << 24;

/** A stretch of a text that stands in the training text, and cannot be made longer at either end. Places and lengths in tokens. */
export interface Span {
  /** Which of the texts, from 0. */
  readonly text: number;
  readonly at: number;
  readonly length: number;
  /** Where it first stands in the training text, and how often it does. */
  readonly place: number;
  readonly times: number;
}

export interface Novelty {
  readonly n: number;
  /** N-grams of the texts; and those that the training text does not have. */
  readonly grams: number;
  readonly novel: number;
}

export interface Copied {
  /** Tokens of the texts. */
  readonly tokens: number;
  /** The length of the longest span; 0 where not one token is shared. */
  readonly longest: number;
  /** The longest spans of all, longest first; none lies within another of its text. */
  readonly spans: readonly Span[];
  readonly novelty: readonly Novelty[];
}

export interface CopiedOptions {
  /** The id of `<unk>` in the texts: unlike everything, itself too. */
  readonly unknown?: number | undefined;
  /** Groups of texts, each reported apart, in the order of the texts; all in one where absent. */
  readonly groups?: readonly number[];
  /** So many spans are kept. */
  readonly spans?: number;
}

/**
 * Compares texts with a training text, all as ids (whole numbers from 0 on), in time linear in their lengths. Gives a report
 * for each group. A span never goes over the end of a text. Throws a usage error for more than `MOST_INDEXED` training ids.
 */
export function copied(training: Int32Array, texts: readonly Int32Array[], options: CopiedOptions = {}): Copied[] {
  if (training.length > MOST_INDEXED) {
    throw usageError(
      `The training text has ${training.length} tokens; at most ${MOST_INDEXED} can be searched, and a part of it would hide the copies that stand in the rest.`,
      "Search it part by part, and say of which part each report speaks.",
    );
  }
  const joined = join(training, texts, options.unknown);
  const matches = longestMatches(joined.ids, joined.largest, training.length);
  const reports: Copied[] = [];
  let [text, from] = [0, training.length];
  for (const group of options.groups ?? [texts.length]) {
    const members = texts.slice(text, text + group).map(({ length }, i) => {
      const begin = from + 1; // after the mark that stands before each text
      from = begin + length;
      return { text: text + i, from: begin, length };
    });
    text += group;
    reports.push(report(members, matches, options.spans ?? 10));
  }
  return reports;
}

interface Member {
  readonly text: number;
  readonly from: number;
  readonly length: number;
}

function report(members: readonly Member[], { lengths, find }: Matches, most: number): Copied {
  const spans: Omit<Span, "place" | "times">[] = [];
  const novelty = GRAMS.map((n) => ({ n, grams: 0, novel: 0 }));
  let tokens = 0;
  for (const { text, from, length } of members) {
    tokens += length;
    let reached = 0;
    for (let at = 0; at < length; at++) {
      const found = lengths[from + at]!;
      if (at + found > reached && found > 0) spans.push({ text, at, length: found });
      reached = Math.max(reached, at + found);
      for (const each of novelty) {
        if (at + each.n > length) continue;
        each.grams += 1;
        if (found < each.n) each.novel += 1;
      }
    }
  }
  spans.sort((a, b) => b.length - a.length || a.text - b.text || a.at - b.at);
  const start = new Map(members.map(({ text, from }) => [text, from]));
  const kept = spans.slice(0, most).map((span) => ({ ...span, ...find(start.get(span.text)! + span.at, span.length) }));
  return { tokens, longest: spans[0]?.length ?? 0, spans: kept, novelty };
}

/** The training text, then each text after a mark that stands nowhere else. An unknown token of a text is such a mark too. */
function join(training: Int32Array, texts: readonly Int32Array[], unknown: number | undefined) {
  const ids = new Int32Array(texts.reduce((sum, { length }) => sum + length + 1, training.length));
  let largest = 0;
  ids.set(training);
  for (const id of training) if (id > largest) largest = id;
  for (const text of texts) for (const id of text) if (id > largest) largest = id;
  let at = training.length;
  for (const text of texts) {
    ids[at++] = ++largest;
    for (const id of text) ids[at++] = id === unknown ? ++largest : id;
  }
  return { ids, largest };
}

interface Matches {
  /** For each place of the joined ids, how long a stretch from there on stands in the training text. */
  readonly lengths: Int32Array;
  /** Where such a stretch first stands there, and how often. */
  find(at: number, length: number): { place: number; times: number };
}

/** In the order of suffixes the longest match of one is the nearest of the training text before or after it: two walks. */
function longestMatches(ids: Int32Array, largest: number, training: number): Matches {
  const sa = suffixArray(ids, largest);
  const rank = ranksOf(sa);
  const common = commonPrefixes(ids, sa, rank);
  const lengths = new Int32Array(ids.length);
  const walk = (from: number, to: number, by: number) => {
    let shared = 0;
    for (let i = from; i !== to; i += by) {
      const at = sa[i]!;
      shared = Math.min(shared, common[by > 0 ? i : i + 1] ?? 0);
      if (at < training) shared = Number.POSITIVE_INFINITY;
      else if (shared > lengths[at]!) lengths[at] = shared;
    }
  };
  walk(0, sa.length, 1);
  walk(sa.length - 1, -1, -1);
  return {
    lengths,
    find(at, length) {
      let [first, last, place, times] = [rank[at]!, rank[at]!, ids.length, 0];
      while (common[first]! >= length) first--;
      while (last + 1 < sa.length && common[last + 1]! >= length) last++;
      for (let i = first; i <= last; i++) {
        if (sa[i]! >= training) continue;
        times++;
        place = Math.min(place, sa[i]!);
      }
      return { place, times };
    },
  };
}
