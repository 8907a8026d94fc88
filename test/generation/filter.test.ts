// Tests of temperature, top-k, top-p, min-p and the draw, against slow literal definitions; invalid values are refused.

import { describe, expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { Purpose, uniform } from "../../src/base/random.js";
import { type FilterOptions, filter, logProbabilities, pick } from "../../src/generation/filter.js";
import { fc, repeats } from "../helpers/random.js";
import { explainedByChance } from "./models.js";

const ids = (p: Float64Array) => [...p.keys()].filter((id) => p[id]! > 0);

/** Each rule by its definition, applied in order to a list of (id, probability). */
function literal(logits: readonly number[], options: FilterOptions, banned: number): Map<number, number> {
  const { temperature = 1, topK = 0, topP = 1, minP = 0 } = options;
  const top = Math.max(...logits.slice(banned));
  let rows = logits.map((logit, id) => ({ id, logit, p: Math.exp((logit - top) / temperature) }));
  rows = rows.filter(({ id }) => id >= banned);
  const before = (a: { id: number; logit: number }, b: { id: number; logit: number }) =>
    a.logit > b.logit || (a.logit === b.logit && a.id < b.id);
  const normalise = () => {
    const total = rows.reduce((sum, { p }) => sum + p, 0);
    rows = rows.map((row) => ({ ...row, p: row.p / total }));
  };
  normalise();
  if (topK > 0) rows = rows.filter((row) => rows.filter((other) => before(other, row)).length < topK);
  normalise();
  rows = rows.filter((row) => {
    const likelier = rows.filter((other) => before(other, row));
    return likelier.length === 0 || likelier.reduce((sum, { p }) => sum + p, 0) < topP;
  });
  const highest = Math.max(...rows.map(({ p }) => p));
  rows = rows.filter(({ p }) => p >= minP * highest);
  normalise();
  return new Map(rows.map(({ id, p }) => [id, p]));
}

describe("filter", () => {
  const V = 9;
  const shapes: Record<string, readonly number[]> = {
    normal: [0.3, -1.2, 2.5, 0.1, 2.4, -3, 1.1, 0, 0.9],
    equal: new Array(V).fill(0.7),
    "one +∞": [0, 1, 2, Infinity, 4, 5, 6, 7, 8],
    "one −∞": [0, 1, 2, -Infinity, 4, 5, 6, 7, 8],
    "all −∞": new Array(V).fill(-Infinity),
    huge: [1e38, -1e38, 1e38, 0, 1, -1e38, 9e37, 3, 1e38],
    "one NaN": [0, 1, 2, 3, 4, Number.NaN, 6, 7, 8],
  };
  const broken = ["one +∞", "all −∞", "one NaN"];

  test("every value of every option gives a valid distribution or a usage error", () => {
    const seen = { given: 0, refused: 0 };
    for (const [name, logits] of Object.entries(shapes)) {
      for (const temperature of [0, 1e-45, 1e-8, 1e-4, 0.5, 1, 1e4, 1e8, Number.NaN, -1, Infinity]) {
        for (const topK of [0, 1, V, V + 1, -1]) {
          for (const topP of [1e-9, 0.5, 1 - 2 ** -53, 1, 0, Number.NaN]) {
            for (const minP of [0, 0.5, 1, 2]) {
              for (const banned of [0, 1]) {
                const bad =
                  !(temperature >= 0 && temperature <= 1e8) ||
                  !(topK >= 0 && Number.isInteger(topK)) ||
                  !(topP > 0 && topP <= 1) ||
                  minP > 1 ||
                  broken.includes(name);
                let p: Float64Array | undefined;
                try {
                  p = filter(Float32Array.from(logits), { temperature, topK, topP, minP }, banned);
                } catch (error) {
                  if (!(error instanceof LonghandError)) throw error;
                }
                if ((p === undefined) !== bad) throw new Error(`${name} ${temperature} ${topK} ${topP} ${minP}: ${p}`);
                seen[p ? "given" : "refused"] += 1;
                if (p === undefined) continue;
                const sum = p.reduce((a, b) => a + b, 0);
                const whole = p.every((each) => each >= 0 && each <= 1) && Math.abs(sum - 1) < 1e-12;
                const drawn = [0, 0.5, 1 - 2 ** -53].map((u) => pick(p, u));
                if (!whole || p.length !== V || drawn.some((id) => id < banned || !(p[id]! > 0))) {
                  throw new Error(`${name} ${temperature} ${topK} ${topP} ${minP}: [${p}] draws ${drawn}`);
                }
              }
            }
          }
        }
      }
    }
    expect(seen.given).toBeGreaterThan(3000);
    expect(seen.refused).toBeGreaterThan(3000);
  });

  test("an option out of range is refused with its name and value, and non-finite logits with a hint", () => {
    const say = (options: FilterOptions, logits: readonly number[] = shapes.normal!, banned = 0) => {
      try {
        return [...filter(Float32Array.from(logits), options, banned)];
      } catch (error) {
        const { message, hint } = error as LonghandError;
        return hint === undefined ? message : `${message}\n${hint}`;
      }
    };
    expect(say({ temperature: -1 })).toMatch(/^temperature wants .*; got -1\.$/);
    expect(say({ temperature: Number.NaN })).toMatch(/^temperature wants .*; got NaN\.$/);
    expect(say({ topK: 1.5 })).toMatch(/^topK wants .*; got 1\.5\.$/);
    expect(say({ topP: 95 })).toMatch(/^topP wants .*; got 95\.$/);
    expect(say({ minP: 2 })).toMatch(/^minP wants .*; got 2\.$/);
    expect(say({}, shapes["one NaN"])).toMatch(/not a finite number\.\nIts weights are broken/);
    expect(say({ greedy: true }, shapes["one NaN"])).toMatch(/not a finite number/);
    expect(say({}, [1, 2], 2)).toBe("The vocabulary holds nothing that can be written.");
  });

  test("temperature, top-k, top-p and min-p equal their definitions, applied in that order", () => {
    const option = <T>(off: T, on: fc.Arbitrary<T>) => fc.oneof(fc.constant(off), on);
    const logit = fc.oneof(fc.double({ min: -6, max: 6, noNaN: true }), fc.integer({ min: -2, max: 2 }));
    fc.assert(
      fc.property(
        fc.array(logit, { minLength: 2, maxLength: 12 }),
        fc.record({
          temperature: option(1, fc.double({ min: 0.2, max: 5, noNaN: true })),
          topK: option(0, fc.integer({ min: 1, max: 13 })),
          topP: option(1, fc.double({ min: 0.01, max: 0.99, noNaN: true })),
          minP: option(0, fc.double({ min: 0.001, max: 0.99, noNaN: true })),
        }),
        fc.integer({ min: 0, max: 1 }),
        (logits, options, banned) => {
          const p = filter(Float64Array.from(logits), options, banned);
          const wanted = literal(logits, options, banned);
          expect(ids(p)).toEqual([...wanted.keys()]);
          for (const [id, probability] of wanted) expect(Math.abs(p[id]! - probability)).toBeLessThan(1e-12);
        },
      ),
      { numRuns: repeats(700), seed: 8 },
    );
  });

  test("greedy, temperature 0 and top-k 1 choose the likeliest token, and the lowest id among equals", () => {
    const equal = Float32Array.of(9, 1, 3, 3, 2, 3);
    for (const options of [{ greedy: true }, { temperature: 0 }, { topK: 1 }, { topP: 1e-9 }]) {
      expect(ids(filter(equal, options, 1)), JSON.stringify(options)).toEqual([2]);
      expect(ids(filter(equal, options, 0)), JSON.stringify(options)).toEqual([0]);
    }
    expect(ids(filter(equal, { greedy: true, temperature: 1e8, topK: 5 }, 1))).toEqual([2]);
  });

  test("the smallest temperature chooses the likeliest token, and splits evenly among equals", () => {
    const logits = Float32Array.from(shapes.normal!);
    expect(filter(logits, { temperature: 1e-45 })).toEqual(filter(logits, { greedy: true }));
    expect(filter(Float32Array.of(1, 2, 2), { temperature: 1e-45 })).toEqual(Float64Array.of(0, 0.5, 0.5));
  });

  test("probabilities sum to one for any logits, and do not change if a constant is added to all", () => {
    for (const name of ["normal", "equal", "one −∞", "huge"]) {
      const logs = logProbabilities(Float32Array.from(shapes[name]!));
      const sum = logs.reduce((total, each) => total + Math.exp(each), 0);
      expect(Math.abs(sum - 1), name).toBeLessThan(1e-12);
    }
    const shifted = logProbabilities(Float64Array.from(shapes.normal!, (x) => x + 1024));
    const plain = logProbabilities(Float64Array.from(shapes.normal!));
    for (let i = 0; i < V; i++) expect(shifted[i]).toBeCloseTo(plain[i]!, 10);
    expect([...logProbabilities(Float64Array.of(5, 5))]).toEqual([-Math.LN2, -Math.LN2]);
  });
});

describe("pick", () => {
  test("a point in [0, 1) selects the token whose interval contains it, never one of probability 0", () => {
    const p = Float64Array.of(0, 0.25, 0, 0.5, 0.25, 0);
    expect([0, 0.2499, 0.25, 0.7499, 0.75, 1 - 2 ** -53].map((u) => pick(p, u))).toEqual([1, 1, 3, 3, 4, 4]);
    expect(pick(Float64Array.of(0, 0.5, 0.4999999, 0), 1 - 2 ** -53)).toBe(2); // the sum is below the point
  });

  const logits = Float32Array.from({ length: 40 }, (_, i) => 3 * Math.sin(7 * i) - i / 20);
  test.each<[string, FilterOptions, number]>([
    ["the plain distribution", {}, 300_000],
    ["a low temperature", { temperature: 0.5 }, 100_000],
    ["top-k, top-p and min-p together", { temperature: 1.5, topK: 20, topP: 0.9, minP: 0.05 }, 100_000],
  ])("draws of %s come as often as they should", (_, options, draws) => {
    const p = filter(logits, options, 1);
    const seen = new Float64Array(p.length);
    // Position, sample and seed each give independent draws.
    for (let i = 0; i < draws; i++) {
      seen[pick(p, uniform(1 + (i % 10), Purpose.sample, Math.floor(i / 100), Math.floor(i / 10) % 10))]! += 1;
    }
    expect(explainedByChance(seen, p)).toBe(true);
    const skewed = p.map((each, id) => (id % 2 === 0 ? each * 1.05 : each));
    expect(explainedByChance(seen, skewed)).toBe(false); // the test would detect a change of 5%
  });
});
