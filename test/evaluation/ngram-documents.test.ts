// Tests of the n-gram over documents, against a slow transcription: no context reaches back across an <end>.

import { expect, test } from "vitest";
import { ngramScorer, scoreNgram, trainNgram } from "../../src/evaluation/baseline/ngram.js";
import { countNgrams } from "../../src/evaluation/baseline/ngram-counts.js";
import { fc, repeats } from "../helpers/random.js";

const END = 0;
/** Ids with <end> before the first document and after each. */
const stream = fc
  .array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 })
  .map((documents) => [END, ...documents.flatMap((each) => [...each, END])]);

test("n-grams are counted within documents; after <end>, neighbours equal occurrences", () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 5 }), (ids, order) => {
      const levels = countNgrams(Uint8Array.from(ids), 4, order, END);
      for (let n = 1; n <= order; n++) {
        const times = new Map<string, number>();
        const before = new Map<string, Set<string>>();
        for (let i = 0; i + n <= ids.length; i++) {
          const gram = ids.slice(i, i + n);
          if (gram.slice(1, -1).includes(END)) continue;
          const key = gram.join();
          times.set(key, (times.get(key) ?? 0) + 1);
          before.set(key, (before.get(key) ?? new Set()).add(i === 0 ? "start" : String(ids[i - 1])));
        }
        const wanted = [...times].map(([key, count]): [string, number, number] => {
          const begins = n > 1 && key.startsWith(`${END},`);
          return [key, count, n === order ? 0 : begins ? count : before.get(key)!.size];
        });
        expect(gramsOf(levels, n).toSorted()).toEqual(wanted.toSorted());
      }
    }),
    { numRuns: repeats(200) },
  );
});

/** Every n-gram of a level by its ids, with its counts. */
function gramsOf(levels: ReturnType<typeof countNgrams>, n: number): [string, number, number][] {
  let keys = [""];
  for (let level = 0; level < n; level++) {
    const { run, last } = levels[level]!;
    keys = keys.flatMap((key, c) =>
      [...last.subarray(run[c]!, run[c + 1]!)].map((id) => (key === "" ? String(id) : `${key},${id}`)),
    );
  }
  const { times, neighbours } = levels[n - 1]!;
  return keys.map((key, i) => [key, times[i]!, neighbours[i] ?? 0]);
}

test("after <end> the probabilities do not depend on earlier documents, and sum to 1", () => {
  fc.assert(
    fc.property(stream, stream, fc.integer({ min: 1, max: 5 }), (ids, other, order) => {
      const ngram = trainNgram(Uint8Array.from(ids), 4, order, END);
      const after = (context: readonly number[]) => {
        const scorer = ngramScorer(ngram);
        for (const id of context) scorer.read(id);
        return [0, 1, 2, 3].map((id) => scorer.probability(id));
      };
      expect(after(other)).toEqual(after([END]));
      for (const context of [[END], [END, 1], other.slice(0, -1)]) {
        const p = after(context);
        expect(Math.min(...p)).toBeGreaterThan(0);
        expect(Math.abs(p.reduce((a, b) => a + b) - 1)).toBeLessThan(1e-12);
      }
    }),
    { numRuns: repeats(100) },
  );
});

test("the order of the documents changes neither the counts nor the scores", () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 5 }), (ids, order) => {
      // biome-ignore format: one line
      const documents = ids.join(" ").split(/\b0\b/).slice(1, -1).map((each) => each.trim().split(" ").map(Number));
      const reversed = [END, ...documents.toReversed().flatMap((each) => [...each, END])];
      const [a, b] = [ids, reversed].map((each) => trainNgram(Uint8Array.from(each), 4, order, END)) as [
        ReturnType<typeof trainNgram>,
        ReturnType<typeof trainNgram>,
      ];
      const nats = (ngram: typeof a, text: readonly number[]) => scoreNgram(ngram, Uint8Array.from(text)).nats;
      expect(nats(b, ids)).toBeCloseTo(nats(a, ids), 9);
      expect(nats(a, reversed)).toBeCloseTo(nats(a, ids), 9);
    }),
    { numRuns: repeats(60) },
  );
});
