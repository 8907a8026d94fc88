// An interval holds the truth as often as it says.

import { expect, test } from "vitest";
import { normal, Purpose, uniform } from "../../src/base/random.js";
import { interval } from "../../src/evaluation/bootstrap.js";

/** Stretches of a series with mean 2 in which neighbours are alike: x' = 0.5 x + noise. */
function series(seed: number, n: number) {
  let x = normal(seed, Purpose.sample, 0, 1) / Math.sqrt(0.75);
  return Array.from({ length: n }, (_, i) => {
    x = 0.5 * x + normal(seed, Purpose.sample, i, 2);
    const size = 50 + Math.floor(20 * uniform(seed, Purpose.sample, i, 3));
    return { sum: size * (2 + x), size };
  });
}

test.each([30, 128])(
  "of %i stretches that are like their neighbours, 95% intervals hold the mean in 89 to 98 of 100",
  (n) => {
    const trials = 300;
    let [held, naive] = [0, 0];
    for (let seed = 0; seed < trials; seed++) {
      const blocks = series(seed, n);
      const own = interval(blocks, { draws: 400 });
      const alone = interval(blocks, { draws: 400, run: 1 });
      if (own.low <= 2 && 2 <= own.high) held += 1;
      if (alone.low <= 2 && 2 <= alone.high) naive += 1;
    }
    expect(held / trials).toBeGreaterThan(0.88);
    expect(held / trials).toBeLessThan(0.985);
    expect(naive).toBeLessThan(held); // stretches drawn one by one know nothing of their neighbours
  },
);

test("it holds the mean, is a function of the seed, and four times the text halves it", () => {
  const blocks = series(1, 512);
  const mean = blocks.reduce((sum, each) => sum + each.sum, 0) / blocks.reduce((sum, each) => sum + each.size, 0);
  const whole = interval(blocks);
  expect(whole.low < mean && mean < whole.high).toBe(true);
  expect(interval(blocks)).toEqual(whole);
  expect(interval(blocks, { seed: 2 })).not.toEqual(whole);
  const quarter = interval(blocks.slice(0, 128));
  const ratio = (quarter.high - quarter.low) / (whole.high - whole.low);
  expect(ratio > 1.4 && ratio < 2.9).toBe(true);
});

test("of too few stretches nothing can be told", () => {
  expect(interval([{ sum: 1, size: 1 }])).toEqual({ low: Number.NaN, high: Number.NaN });
});
