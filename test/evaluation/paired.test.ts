// Tests of paired differences: the mean difference, and the coverage of its interval over text and seeds.

import { describe, expect, test } from "vitest";
import { normal, Purpose } from "../../src/base/random.js";
import { studentPoint } from "../../src/base/statistics.js";
import type { Block } from "../../src/evaluation/intervals/bootstrap.js";
import { paired } from "../../src/evaluation/intervals/paired.js";

const SIZE = 50;
const noise = (trial: number, a: number, b: number) => normal(17, Purpose.sample, trial, a, b);
/**
 * Losses (seeds, blocks) without and with a change of mean `effect`, which varies by `bySeed` between seeds and
 * `byBlock` between blocks.
 */
function drawn(trial: number, o: { seeds: number; effect: number; bySeed: number; byBlock: number }) {
  const rows = (change: boolean): Block[][] =>
    Array.from({ length: o.seeds }, (_, s) => Array.from({ length: 60 }, (_, i) => {
        const common = 1.5 + 0.3 * noise(trial, 1000 + i, 0) + 0.02 * noise(trial, 2000 + s, 1);
        const its = o.effect + o.bySeed * noise(trial, 3000 + s, 2) + o.byBlock * noise(trial, 4000 + i, 3);
        return { size: SIZE, sum: SIZE * (common + (change ? its : 0)) };
      }),
    ); // biome-ignore format: one thought
  return [rows(false), rows(true)] as const;
}

describe("a paired difference", () => {
  test("is the mean change over blocks and seeds, whatever the blocks' own losses", () => {
    const [without, with_] = drawn(1, { seeds: 3, effect: -0.01, bySeed: 0, byBlock: 0 });
    const change = paired(without, with_)!;
    expect(change.difference).toBeCloseTo(-0.01, 12);
    for (const each of change.each) expect(each).toBeCloseTo(-0.01, 12);
    expect(change.high - change.low).toBeLessThan(1e-9);
    expect(paired(with_, without)!.difference).toBeCloseTo(0.01, 12);
    expect(paired([], [])).toBeUndefined();
  });

  test("has an interval that contains the true difference in at least 51 of 60 trials", () => {
    for (const [bySeed, byBlock] of [
      [0.01, 0],
      [0, 0.05],
      [0.01, 0.05],
    ] as const) {
      let held = 0;
      for (let trial = 0; trial < 60; trial++) {
        const { low, high } = paired(...drawn(trial, { seeds: 3, effect: 0.02, bySeed, byBlock }))!;
        if (low <= 0.02 && 0.02 <= high) held += 1;
      }
      expect(held, `${bySeed} by seed, ${byBlock} by block`).toBeGreaterThan(50); // 57 less about 4 standard deviations
    }
  });

  test("with one seed has the interval of the text alone", () => {
    const { text, low, high } = paired(...drawn(5, { seeds: 1, effect: 0, bySeed: 0.1, byBlock: 0.05 }))!;
    expect(low).toBeCloseTo(text.low, 12);
    expect(high).toBeCloseTo(text.high, 12);
  });

  test("Student's t falls with the degrees of freedom, fractions included, to the normal quantile", () => {
    for (let n = 1; n < 40; n += 0.25) expect(studentPoint(n + 0.25)).toBeLessThan(studentPoint(n));
    expect(studentPoint(3)).toBeCloseTo(3.1824, 4);
    expect(studentPoint(3.5)).toBeCloseTo(2.9457, 2);
    expect(studentPoint(10)).toBeCloseTo(2.2281, 4);
    expect(studentPoint(11)).toBeCloseTo(2.201, 3);
    expect(studentPoint(30)).toBeCloseTo(2.0423, 3);
    expect(studentPoint(1e9)).toBeCloseTo(1.959964, 5);
  });
});
