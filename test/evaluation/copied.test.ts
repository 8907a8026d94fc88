// What of a text is copied, against the slow and literal truth.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copied, GRAMS } from "../../src/evaluation/copied.js";
import { commonPrefixes, ranksOf, suffixArray } from "../../src/evaluation/suffix-array.js";

const few = (most: number) => fc.array(fc.integer({ min: 0, max: most }), { maxLength: 60 });
const someIds = fc.oneof(few(0), few(1), few(3), few(200));

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

const standsIn = (text: readonly number[], part: readonly number[]) =>
  text.flatMap((_, i) => (part.every((id, j) => text[i + j] === id) && i + part.length <= text.length ? [i] : []));

/** All spans, as the words say it: they stand in the training text, and no longer one around them does. */
function literalSpans(training: readonly number[], text: readonly number[], unknown?: number) {
  const shared = (from: number, to: number) => {
    const part = text.slice(from, to);
    return !part.includes(unknown as number) && standsIn(training, part).length > 0;
  };
  const spans = [];
  for (let at = 0; at < text.length; at++) {
    for (let to = at + 1; to <= text.length; to++) {
      if (!shared(at, to) || (at > 0 && shared(at - 1, to)) || (to < text.length && shared(at, to + 1))) continue;
      const places = standsIn(training, text.slice(at, to));
      spans.push({ text: 0, at, length: to - at, place: places[0], times: places.length });
    }
  }
  return spans.sort((a, b) => b.length - a.length || a.at - b.at);
}

describe("the suffix array", () => {
  test("is the order of the suffixes, and neighbours share what they share", () => {
    fc.assert(
      fc.property(someIds, (ids) => {
        const s = Int32Array.from(ids);
        const sa = suffixArray(s, 200);
        const sorted = ids.map((_, i) => i).sort((a, b) => compare(ids.slice(a), ids.slice(b)));
        expect([...sa]).toEqual(sorted);
        const shared = commonPrefixes(s, sa, ranksOf(sa));
        for (let i = 1; i < sorted.length; i++) {
          const [a, b] = [ids.slice(sorted[i - 1]), ids.slice(sorted[i])];
          expect(compare(a.slice(0, shared[i]), b.slice(0, shared[i]))).toBe(0);
          expect(a[shared[i]!] === b[shared[i]!]).toBe(false);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("takes as long for one letter over and over as for any text: a quarter of a million, twice", () => {
    const same = new Int32Array(1 << 18);
    expect(suffixArray(same, 0)[0]).toBe(same.length - 1);
    const [report] = copied(same, [same.slice(0, 1 << 17)]);
    expect(report).toMatchObject({ longest: 1 << 17, novelty: GRAMS.map((n) => ({ n, novel: 0 })) });
  });
});

describe("copied", () => {
  test("the spans and the novel n-grams are those of the literal truth, unknown tokens and all", () => {
    fc.assert(
      fc.property(someIds, someIds, fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }), (a, b, unknown) => {
        const [report] = copied(Int32Array.from(a), [Int32Array.from(b)], { unknown, spans: 1e9 });
        const spans = literalSpans(a, b, unknown);
        expect(report!.spans).toEqual(spans);
        expect(report!.longest).toBe(spans[0]?.length ?? 0);
        for (const { n, grams, novel } of report!.novelty) {
          const all = b.flatMap((_, i) => (i + n <= b.length ? [b.slice(i, i + n)] : []));
          expect(grams).toBe(all.length);
          expect(novel).toBe(
            all.filter((gram) => gram.includes(unknown as number) || standsIn(a, gram).length === 0).length,
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test("texts do not run into each other, and groups are reported apart", () => {
    const training = Int32Array.of(0, 1, 2, 3, 4, 5, 6);
    const texts = [Int32Array.of(0, 1, 2), Int32Array.of(3, 4), Int32Array.of(5, 5, 6)];
    const [first, second] = copied(training, texts, { groups: [2, 1] });
    expect(first!.spans.map(({ text, length }) => [text, length])).toEqual([
      [0, 3],
      [1, 2],
    ]);
    expect(second!.spans.map(({ text, at, length, place }) => [text, at, length, place])).toEqual([
      [2, 1, 2, 5],
      [2, 0, 1, 5],
    ]);
  });
});
