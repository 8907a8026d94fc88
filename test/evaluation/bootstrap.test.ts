// An interval holds the truth as often as it says; where all that can be drawn can be listed, it is what the list says.

import { expect, test } from "vitest";
import { normal, Purpose, uniform } from "../../src/base/random.js";
import { type Block, interval } from "../../src/evaluation/intervals/bootstrap.js";

/** Stretches of a series with mean 2 in which neighbours are alike: x' = 0.5 x + noise. */
function series(seed: number, n: number) {
  let x = normal(seed, Purpose.sample, 0, 1) / Math.sqrt(0.75);
  return Array.from({ length: n }, (_, i) => {
    x = 0.5 * x + normal(seed, Purpose.sample, i, 2);
    const size = 50 + Math.floor(20 * uniform(seed, Purpose.sample, i, 3));
    return { sum: size * (2 + x), size };
  });
}

/** All means that so many runs of `run` stretches can give, the text closed to a ring, from the least; each is as likely as any. */
function everyMean(blocks: readonly Block[], run: number): number[] {
  const n = blocks.length;
  const runs = Math.ceil(n / run);
  return Array.from({ length: n ** runs }, (_, choice) => {
    let [sum, size, left] = [0, 0, n];
    for (let i = 0; i < runs; i++, left -= run) {
      const from = Math.floor(choice / n ** i) % n;
      for (let k = 0; k < Math.min(run, left); k++) {
        const block = blocks[(from + k) % n]!;
        sum += block.sum;
        size += block.size;
      }
    }
    return sum / size;
  }).sort((x, y) => x - y);
}

/** The 97.5% point of Student's t by its expansion (Abramowitz and Stegun, 26.7.5). */
const z = 1.96;
const t = (v: number) => z + (z ** 3 + z) / (4 * v) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v ** 2);

test.each([
  [6, 1],
  [8, 2],
  [7, 2],
  [7, 3],
  [10, 2],
])("of %i stretches in runs of %i, its ends are 2.5% of all means that can be drawn, widened", (n, run) => {
  const blocks = series(7, n);
  const means = everyMean(blocks, run);
  const mean = blocks.reduce((sum, each) => sum + each.sum, 0) / blocks.reduce((sum, each) => sum + each.size, 0);
  const runs = n / run;
  const wider = Math.sqrt(runs / (runs - 1)) * (t(runs - 1) / z);
  const share = (end: number) => {
    const drawn = mean + (end - mean) / wider;
    return means.filter((each) => each <= drawn).length / means.length;
  };
  const { low, high } = interval(blocks, { run, draws: 8000 });
  expect(Math.abs(share(low) - 0.025)).toBeLessThan(0.012);
  expect(Math.abs(share(high) - 0.975)).toBeLessThan(0.012);
});

test.each([30, 64])(
  "of %i stretches that are like their neighbours, 95% intervals hold the mean in 89 to 98 of 100",
  (n) => {
    const trials = 300;
    let [held, together, alone] = [0, 0, 0];
    for (let seed = 0; seed < trials; seed++) {
      const blocks = series(seed, n);
      const holds = (options: object) => {
        const { low, high } = interval(blocks, { draws: 400, ...options });
        return low <= 2 && 2 <= high ? 1 : 0;
      };
      held += holds({});
      if (seed % 3 > 0) continue;
      together += holds({});
      alone += holds({ run: 1 });
    }
    expect(held / trials).toBeGreaterThan(0.88);
    expect(held / trials).toBeLessThan(0.985);
    expect(alone).toBeLessThan(together - 2); // stretches drawn one by one know nothing of their neighbours
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
