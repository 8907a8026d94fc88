// Tests of the n-gram baseline, against a slow and literal transcription of its formulas and known scores of two texts.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { log } from "../../src/base/math.js";
import { Purpose, uniform } from "../../src/base/random.js";
import {
  chooseOrder,
  fitNgram,
  type Ngram,
  ngramOrders,
  ngramScorer,
  scoreNgram,
  trainNgram,
  uniformNats,
} from "../../src/evaluation/baseline/ngram.js";
import { fc, repeats } from "../helpers/random.js";

/** p(next | context) as Chen and Goodman define it, with maps of strings; shares no code with the tested one. */
function slowModel(text: number[], V: number, order: number): (context: number[], next: number) => number {
  const counts: Map<string, number>[] = [];
  for (let n = 1; n <= order; n++) {
    const occurrences = new Map<string, number>();
    const neighbours = new Map<string, Set<string>>();
    for (let i = 0; i + n <= text.length; i++) {
      const gram = text.slice(i, i + n).join(" ");
      occurrences.set(gram, (occurrences.get(gram) ?? 0) + 1);
      neighbours.set(gram, (neighbours.get(gram) ?? new Set()).add(i === 0 ? "start" : String(text[i - 1])));
    }
    counts[n] = n === order ? occurrences : new Map([...neighbours].map(([gram, set]) => [gram, set.size]));
  }
  const discount = (n: number, count: number): number => {
    if (count === 0) return 0;
    const having = (k: number) => [...counts[n]!.values()].filter((c) => c === k).length;
    const k = Math.min(count, 3);
    const Y = having(1) / (having(1) + 2 * having(2));
    const D = k - ((k + 1) * Y * having(k + 1)) / having(k);
    return D > 0 && D < k ? D : k / 2;
  };
  const p = (context: number[], next: number): number => {
    const n = context.length + 1;
    const lower = n === 1 ? 1 / V : p(context.slice(1), next);
    const after = Array.from({ length: V }, (_, w) => counts[n]!.get([...context, w].join(" ")) ?? 0);
    const total = after.reduce((a, b) => a + b, 0);
    if (total === 0) return lower;
    const freed = after.map((c) => discount(n, c)).reduce((a, b) => a + b, 0);
    return (after[next]! - discount(n, after[next]!)) / total + (freed / total) * lower;
  };
  return (context, next) => p(context.slice(Math.max(0, context.length - (order - 1))), next);
}

/** The probability of every id after `context`. */
function distribution(ngram: Ngram, context: readonly number[]): number[] {
  const scorer = ngramScorer(ngram);
  for (const id of context) scorer.read(id);
  return Array.from({ length: ngram.V }, (_, id) => scorer.probability(id));
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const texts = (V: number, maxLength: number) => fc.array(fc.nat(V - 1), { maxLength });
/** A text that lacks some ids, an order, and a context. */
const cases = fc.integer({ min: 1, max: 6 }).chain((V) =>
  fc.record({
    V: fc.constant(V),
    order: fc.integer({ min: 1, max: 5 }),
    text: texts(Math.max(1, V - 1), 50),
    context: texts(V, 8),
  }),
);

describe("n-gram", () => {
  it("gives probabilities above 0 that sum to 1 after any context, seen or unseen", () => {
    fc.assert(
      fc.property(cases, ({ V, order, text, context }) => {
        const p = distribution(trainNgram(Uint16Array.from(text), V, order), context);
        expect(Math.min(...p)).toBeGreaterThan(0);
        expect(Math.abs(sum(p) - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: repeats(300) },
    );
  });

  it("equals the slow transcription of the formulas", () => {
    fc.assert(
      fc.property(cases, ({ V, order, text, context }) => {
        const fast = distribution(trainNgram(Uint16Array.from(text), V, order), context);
        const slow = slowModel(text, V, order);
        for (let id = 0; id < V; id++) expect(Math.abs(fast[id]! - slow(context, id))).toBeLessThan(1e-12);
      }),
      { numRuns: repeats(300) },
    );
  });

  it("equals it on real text too, where the discounts come from the counts", () => {
    const text = [...readFileSync("data/nietzsche.txt", "latin1").slice(2000, 4000)].map((c) => c.charCodeAt(0));
    const ngram = trainNgram(Uint8Array.from(text), 256, 3);
    for (const level of ngram.levels.slice(1)) {
      for (let k = 1; k <= 3; k++) expect(level.discounts[k]).not.toBe(k / 2);
    }
    const slow = slowModel(text, 256, 3);
    for (const at of [3, 77, 500]) {
      const context = text.slice(0, at);
      const fast = distribution(ngram, context);
      expect(Math.abs(sum(fast) - 1)).toBeLessThan(1e-12);
      for (const id of [text[at]!, 101, 0]) expect(Math.abs(fast[id]! - slow(context, id))).toBeLessThan(1e-12);
    }
  });

  it("reads an id at the probability it predicted, which depends on the last order − 1 ids only", () => {
    fc.assert(
      fc.property(cases, texts(6, 12), ({ V, order, text, context }, before) => {
        const ngram = trainNgram(Uint16Array.from(text), V, order);
        const scorer = ngramScorer(ngram);
        for (const id of before) scorer.read(id % V);
        for (const id of context) {
          const announced = scorer.probability(id);
          expect(scorer.read(id)).toBe(announced);
        }
        const known = context.slice(Math.max(0, context.length - (order - 1)));
        if (known.length === order - 1) {
          const p = Array.from({ length: V }, (_, id) => scorer.probability(id));
          expect(p).toEqual(distribution(ngram, known));
        }
      }),
    );
  });

  it("trained on an empty text it is the uniform guess", () => {
    const ngram = trainNgram(new Uint8Array(0), 7, 4);
    expect(distribution(ngram, [1, 2, 3])).toEqual(new Array(7).fill(1 / 7));
    const { nats, scored } = scoreNgram(ngram, Uint8Array.of(1, 2, 3));
    expect(nats / scored).toBeCloseTo(uniformNats(7), 14);
    expect(chooseOrder(new Uint8Array(0), 7, [3, 2])).toBe(2);
  });

  it("trains on one repeated id of every length up to 50", () => {
    for (let length = 1; length <= 50; length++) {
      const same = new Uint16Array(length).fill(1);
      const { nats } = scoreNgram(fitNgram(same, 2), Uint16Array.of(0, 1, 0, 0, 1));
      expect(nats > 0 && Number.isFinite(nats)).toBe(true);
    }
    const constant = trainNgram(new Uint16Array(50).fill(1), 2, 3);
    expect(distribution(constant, [1, 1])[1]).toBeGreaterThan(0.9);
  });

  it("distinguishes ids above 65535", () => {
    const ngram = trainNgram(Uint32Array.of(70000, 4464, 70000, 4464, 70000), 70001, 2);
    const scorer = ngramScorer(ngram);
    scorer.read(4464);
    expect(scorer.probability(70000)).toBeGreaterThan(0.5);
    expect(scorer.probability(4464)).toBeLessThan(0.5);
  });

  it("names the id or the order that is out of range", () => {
    expect(() => trainNgram(Uint8Array.of(0, 5), 5, 2)).toThrow("counts ids from 0 to 4; got 5 at position 1");
    expect(() => trainNgram(Int32Array.of(-1), 5, 2)).toThrow("got -1 at position 0");
    expect(() => trainNgram(Uint8Array.of(0), 5, 0)).toThrow("order is a whole number from 1; got 0");
    expect(() => scoreNgram(trainNgram(Uint8Array.of(0), 5, 1), Uint8Array.of(0, 9))).toThrow("from 0 to 4; got 9");
    expect(() => chooseOrder(Uint8Array.of(0), 5, [])).toThrow("at least one order");
  });
});

describe("a score", () => {
  it("covers every id but the first, and the first too if an id precedes it", () => {
    fc.assert(
      fc.property(cases, ({ V, order, text, context }) => {
        const ngram = trainNgram(Uint16Array.from(text), V, order);
        const scores = scoreNgram(ngram, Uint16Array.from(context));
        expect(scores.scored).toBe(Math.max(0, context.length - 1));
        let nats = 0;
        for (let i = 1; i < context.length; i++) nats -= log(distribution(ngram, context.slice(0, i))[context[i]!]!);
        expect(scores.nats).toBe(nats);
        expect(scoreNgram(ngram, Uint16Array.from(context), 0)).toEqual(
          scoreNgram(ngram, Uint16Array.of(0, ...context)),
        );
      }),
    );
  });

  it("does not change the model, and is the same for a structured clone of it", () => {
    const text = Uint8Array.from({ length: 400 }, (_, i) => (i * i + (i >> 3)) % 9);
    const ngram = trainNgram(text, 9, 4);
    const before = structuredClone(ngram);
    const first = scoreNgram(ngram, text);
    expect(ngram).toEqual(before);
    expect(scoreNgram(before, text)).toEqual(first);
  });
});

describe("the order", () => {
  it("is the best one on the last tenth of the training part, counted on the rest; later text has no influence", () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 2, minLength: 20, maxLength: 120 }), fc.uint8Array({ max: 2 }), (ids, more) => {
        const split = Math.floor(ids.length * 0.9);
        const nats = ngramOrders.map(
          (order) => scoreNgram(trainNgram(ids.subarray(0, split), 3, order), ids.subarray(split), ids[split - 1]).nats,
        );
        const order = ngramOrders[nats.indexOf(Math.min(...nats))];
        expect(chooseOrder(ids, 3)).toBe(order);
        const whole = Uint8Array.of(...ids, ...more);
        expect(fitNgram(whole.subarray(0, ids.length), 3)).toEqual(trainNgram(ids, 3, order!));
      }),
      { numRuns: repeats(50) },
    );
  });

  it("is 1 for random ids, and as long as the dependence for dependent ones", () => {
    const chance = Uint8Array.from(
      { length: 4000 },
      (_, i) => 40 * uniform(1, Purpose.sample, i) * uniform(2, Purpose.sample, i),
    );
    expect(chooseOrder(chance, 40)).toBe(1);
    // Each id is the exclusive or of the ids one and three before it and of a rare 1: only 4-grams show the dependence.
    const woven = new Uint8Array(4000);
    for (let i = 3; i < woven.length; i++) woven[i] = woven[i - 1]! ^ woven[i - 3]! ^ (i % 29 === 0 ? 1 : 0);
    expect(chooseOrder(woven, 2, [1, 2, 3, 4])).toBe(4);
  });
});

/** Code points as ids from 1, by first appearance in the first `split` ones; 0 is any that appears only later. */
function encode(text: string, split: number): { train: Uint8Array; valid: Uint8Array; V: number } {
  const points = [...text];
  const stoi = new Map([...new Set(points.slice(0, split))].map((point, i) => [point, i + 1]));
  const ids = Uint8Array.from(points, (point) => stoi.get(point) ?? 0);
  return { train: ids.subarray(0, split), valid: ids.subarray(split), V: stoi.size + 1 };
}

describe("known figures", () => {
  it("scores 1.376 nats a character on the last fifth of lower-cased Nietzsche, with order 7 of its own choice", () => {
    const { train, valid, V } = encode(readFileSync("data/nietzsche.txt", "utf8").toLowerCase(), 480714);
    const ngram = fitNgram(train, V);
    expect(ngram.order).toBe(7);
    const { nats, scored } = scoreNgram(ngram, valid);
    expect(scored).toBe(120178);
    expect(nats / scored).toBeCloseTo(1.376, 3);
  });

  it("scores 1.5165 nats a character on the last tenth of tinyshakespeare with order 7", () => {
    const { train, valid, V } = encode(readFileSync("data/tinyshakespeare.txt", "utf8"), 1003854);
    const { nats, scored } = scoreNgram(trainNgram(train, V, 7), valid);
    expect(nats / scored).toBeCloseTo(1.5165, 3);
  });

  it("gives the same bits in every version of Node", () => {
    const { train, valid, V } = encode(readFileSync("data/nietzsche.txt", "utf8").slice(0, 30000), 27000);
    expect(scoreNgram(trainNgram(train, V, 5), valid).nats).toBe(5274.132237176556);
  });
});
