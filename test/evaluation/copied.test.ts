// Tests of the search for copied spans, against a slow and literal search.

import { describe, expect, test } from "vitest";
import { Purpose, uniform } from "../../src/base/random.js";
import {
  type Copied,
  copied,
  copyVerdict,
  EXAMINED_LIMIT,
  NGRAM_LENGTHS,
  type Span,
} from "../../src/evaluation/copying/copied.js";
import { createAutomaton } from "../../src/evaluation/copying/suffix-automaton.js";
import { sourceOf } from "../../src/text/storage/tokens.js";
import { fc, repeats } from "../helpers/random.js";
import { messageOf } from "../text/helpers.js";

const few = (most: number) => fc.array(fc.integer({ min: 0, max: most }), { maxLength: 60 });
const someIds = fc.oneof(few(0), few(1), few(3), few(200));

const occurrences = (text: readonly number[], part: readonly number[]) =>
  text.flatMap((_, i) => (part.every((id, j) => text[i + j] === id) && i + part.length <= text.length ? [i] : []));

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

/** All copied spans by definition: each occurs in the training text, and no longer span that contains it does. */
function literalSpans(training: readonly number[], text: readonly number[], unknown?: number) {
  const shared = (from: number, to: number) => {
    const part = text.slice(from, to);
    return !part.includes(unknown as number) && occurrences(training, part).length > 0;
  };
  const spans: Mutable<Span>[] = [];
  for (let at = 0; at < text.length; at++) {
    for (let to = at + 1; to <= text.length; to++) {
      if (!shared(at, to) || (at > 0 && shared(at - 1, to)) || (to < text.length && shared(at, to + 1))) continue;
      const offsets = occurrences(training, text.slice(at, to));
      const alike = spans.find((span) => span.length === to - at && span.place === offsets[0]);
      if (alike) alike.here += 1;
      else spans.push({ text: 0, at, length: to - at, here: 1, place: offsets[0]!, times: offsets.length });
    }
  }
  return spans.sort((a, b) => b.length - a.length || a.at - b.at);
}

const training = (ids: readonly number[]) => sourceOf(Int32Array.from(ids));
const compare = async (a: readonly number[], b: readonly number[], o: Parameters<typeof copied>[2] = {}) =>
  (await copied(training(a), [Int32Array.from(b)], o))[0]!;

describe("the suffix automaton", () => {
  test("gives for each position the longest match that ends there, its first occurrence and count", () => {
    fc.assert(
      fc.property(someIds, someIds, fc.integer({ min: 1, max: 70 }), (list, text, piece) => {
        const automaton = createAutomaton(Int32Array.from(list));
        for (let at = 0; at < text.length; at += piece) automaton.push(Int32Array.from(text.slice(at, at + piece)));
        const { lengths, find } = automaton.matches();
        for (let index = 0; index < list.length; index++) {
          const begin = list.findIndex((_, i) => i <= index && occurrences(text, list.slice(i, index + 1)).length > 0);
          const longest = begin < 0 || begin > index ? 0 : index + 1 - begin;
          expect(lengths[index]).toBe(longest);
          if (longest === 0) continue;
          const offsets = occurrences(text, list.slice(begin, index + 1));
          expect(find(index)).toEqual({ first: offsets[0], times: offsets.length });
        }
      }),
      { numRuns: repeats(400) },
    );
  });
});

describe("copied", () => {
  test("one letter repeated 262,144 times is compared with 131,072 copies of it in linear time", async () => {
    const same = new Int32Array(1 << 18);
    const [report] = await copied(sourceOf(same), [same.slice(0, 1 << 17)]);
    expect(report).toMatchObject({
      longest: 1 << 17,
      novelty: NGRAM_LENGTHS.map((n) => ({ n, novel: 0, low: 0, high: 0 })),
    });
    expect(report!.spans).toEqual([{ text: 0, at: 0, length: 1 << 17, here: 1, place: 0, times: (1 << 17) + 1 }]);
  });

  test("the spans and the novel n-grams equal those of a literal search, with unknown tokens too", async () => {
    const someUnknown = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(someIds, someIds, someUnknown, async (a, b, unknown) => {
        const report = await compare(a, b, { unknown, spans: 1e9 });
        expect((await compare(a, b, { unknown, spans: 2 })).spans).toEqual(report.spans.slice(0, 2));
        const spans = literalSpans(a, b, unknown);
        expect(report.spans).toEqual(spans);
        expect(report.longest).toBe(spans[0]?.length ?? 0);
        for (const { n, grams, novel } of report.novelty) {
          const all = b.flatMap((_, i) => (i + n <= b.length ? [b.slice(i, i + n)] : []));
          expect(grams).toBe(all.length);
          expect(novel).toBe(
            all.filter((gram) => gram.includes(unknown as number) || occurrences(a, gram).length === 0).length,
          );
        }
      }),
      { numRuns: repeats(300) },
    );
  });

  test("no span crosses from one text to the next, and groups are reported separately", async () => {
    const texts = [Int32Array.of(0, 1, 2), Int32Array.of(3, 4), Int32Array.of(5, 5, 6)];
    const [first, second] = await copied(training([0, 1, 2, 3, 4, 5, 6]), texts, { groups: [2, 1] });
    expect(first!.spans.map(({ text, length }) => [text, length])).toEqual([
      [0, 3],
      [1, 2],
    ]);
    expect(second!.spans.map(({ text, at, length, place }) => [text, at, length, place])).toEqual([
      [2, 1, 2, 5],
      [2, 0, 1, 5],
    ]);
  });

  test("the interval of a share contains the share, and is NaN for a few tokens", async () => {
    const random = (n: number, seed: number) =>
      Array.from({ length: n }, (_, i) => Math.floor(6 * uniform(seed, Purpose.sample, i, 0)));
    const { novelty } = await compare(random(5000, 1), random(3000, 2));
    expect(novelty[0]!.novel).toBeGreaterThan(0);
    for (const { grams, novel, low, high } of novelty) {
      expect(low).toBeLessThanOrEqual(novel / grams);
      expect(high).toBeGreaterThanOrEqual(novel / grams);
    }
    expect(novelty[0]!.high - novelty[0]!.low).toBeGreaterThan(0);
    const same = await compare([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(same.novelty.map(({ repeats }) => repeats)).toEqual([1, 0, 0]);
    expect((await compare(random(5000, 1), random(100, 2))).novelty[0]!.low).toBeNaN();
  });

  test("more tokens than the limit are refused before the training text is read", async () => {
    const source = { length: 1, read: () => Promise.reject(new Error("it was read")) };
    const half = new Int32Array(EXAMINED_LIMIT / 2 + 1);
    expect(await messageOf(() => copied(source, [half, half]))).toMatch(
      /^LonghandError: At most 4194304 tokens can be examined at once; got 4194306\.\nExamine a part/,
    );
  });
});

describe("the verdict", () => {
  type Share = readonly [n: number, share: number, half: number, repeats?: number];
  const report = (...shares: readonly Share[]): Copied => ({
    tokens: 1000,
    longest: 30,
    spans: [],
    novelty: shares.map(([n, copied, half, repeats = 20]) => {
      const novel = 1 - copied;
      return { n, grams: 1000, novel: 1000 * novel, low: novel - half, high: novel + half, repeats };
    }),
  });
  const human = report([5, 0.9, 0.01], [10, 0.3, 0.01], [20, 0.01, 0.005, 3]);
  const say = (...shares: readonly Share[]) => copyVerdict(report(...shares), human, "character");
  const same5: Share = [5, 0.9, 0.01];

  test("distinguishes long spans from short ones", () => {
    expect(say([5, 0.1, 0.01], [10, 0.2, 0.01], [20, 0.1, 0.02])).toBe(
      "It repeats spans of 20 characters more often than people do.",
    );
    expect(say(same5, [10, 0.4, 0.01], [20, 0.011, 0.005])).toMatch(
      /^It repeats spans of 10 characters more often than people do, but not spans of 20\./,
    );
    expect(say(same5, [10, 0.2, 0.01], [20, 0.011, 0.005])).toMatch(/^It repeats less often than people do\./);
    expect(say([5, 0.99, 0.01], [10, 0.31, 0.01], [20, 0.011, 0.005])).toMatch(/^There is no significant difference/);
  });

  test("ignores a few chance repeats, however narrow the intervals", () => {
    expect(say(same5, [10, 0.3, 0.01], [20, 0.03, 0.005, 9])).toMatch(/^There is no significant difference/);
    expect(say(same5, [10, 0.3, 0.01], [20, 0.03, 0.005, 10])).toMatch(/^It repeats spans of 20 characters more often/);
    expect(say(same5, [10, 0.3, 0.01], [20, 0, 0, 0])).toMatch(/^There is no significant difference/);
  });

  test("makes no comparison if an interval is NaN", () => {
    const short = report([5, 0.9, Number.NaN], [10, 0.9, Number.NaN], [20, 0.9, Number.NaN]);
    expect(copyVerdict(short, human, "word")).toBe("Too short to compare with text that people wrote.");
  });
});
