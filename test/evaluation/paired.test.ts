// What a change is worth: the difference is the difference, and its interval holds the truth as often as it says, the seeds counted.

import { describe, expect, test } from "vitest";
import { normal, Purpose } from "../../src/base/random.js";
import type { Block } from "../../src/evaluation/intervals/bootstrap.js";
import { paired, student } from "../../src/evaluation/intervals/paired.js";

const SIZE = 50;
const noise = (trial: number, a: number, b: number) => normal(17, Purpose.sample, trial, a, b);
/** Losses of seeds × stretches whose change is `effect`, and of it by chance so much with the seed and so much with the stretch. */
function drawn(trial: number, o: { seeds: number; effect: number; bySeed: number; byStretch: number }) {
  const rows = (change: boolean): Block[][] =>
    Array.from({ length: o.seeds }, (_, s) => Array.from({ length: 60 }, (_, i) => {
        const common = 1.5 + 0.3 * noise(trial, 1000 + i, 0) + 0.02 * noise(trial, 2000 + s, 1);
        const its = o.effect + o.bySeed * noise(trial, 3000 + s, 2) + o.byStretch * noise(trial, 4000 + i, 3);
        return { size: SIZE, sum: SIZE * (common + (change ? its : 0)) };
      }),
    ); // biome-ignore format: one thought
  return [rows(false), rows(true)] as const;
}

describe("a paired difference", () => {
  test("is the mean of what each stretch of each seed changed, whatever made the stretches hard", () => {
    const [without, with_] = drawn(1, { seeds: 3, effect: -0.01, bySeed: 0, byStretch: 0 });
    const found = paired(without, with_)!;
    expect(found.difference).toBeCloseTo(-0.01, 12);
    for (const each of found.each) expect(each).toBeCloseTo(-0.01, 12);
    expect(found.high - found.low).toBeLessThan(1e-9);
    expect(paired(with_, without)!.difference).toBeCloseTo(0.01, 12);
    expect(paired([], [])).toBeUndefined();
  });

  test("has an interval that holds the truth about 95 times in a hundred, whether seeds or stretches differ", () => {
    for (const [bySeed, byStretch] of [
      [0.01, 0],
      [0, 0.05],
      [0.01, 0.05],
    ] as const) {
      let held = 0;
      for (let trial = 0; trial < 60; trial++) {
        const { low, high } = paired(...drawn(trial, { seeds: 3, effect: 0.02, bySeed, byStretch }))!;
        if (low <= 0.02 && 0.02 <= high) held += 1;
      }
      expect(held, `${bySeed} by seed, ${byStretch} by stretch`).toBeGreaterThan(50); // 57 ± 4 deviations
    }
  });

  test("with one seed is the text's alone", () => {
    const { text, low, high } = paired(...drawn(5, { seeds: 1, effect: 0, bySeed: 0.1, byStretch: 0.05 }))!;
    expect(low).toBeCloseTo(text.low, 12);
    expect(high).toBeCloseTo(text.high, 12);
  });

  test("Student's t goes over from the table to the formula without a step, and down to the normal law", () => {
    for (let n = 1; n < 40; n++) expect(student(n + 1)).toBeLessThan(student(n));
    expect(student(11)).toBeCloseTo(2.201, 3);
    expect(student(30)).toBeCloseTo(2.0423, 3);
    expect(student(1e9)).toBeCloseTo(1.959964, 5);
  });
});
