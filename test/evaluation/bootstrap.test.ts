// Tests of the bootstrap: intervals hold the true mean as often as they claim, and match a full enumeration of
// resamples where one is possible.

import { expect, test } from "vitest";
import { normal, Purpose, uniform } from "../../src/base/random.js";
import { NORMAL_POINT, studentPoint } from "../../src/base/statistics.js";
import { type Block, interval } from "../../src/evaluation/intervals/bootstrap.js";

/** Blocks of a series with mean 2 in which neighbours are alike: x' = 0.5 x + noise. */
function series(seed: number, n: number) {
  let x = normal(seed, Purpose.sample, 0, 1) / Math.sqrt(0.75);
  return Array.from({ length: n }, (_, i) => {
    x = 0.5 * x + normal(seed, Purpose.sample, i, 2);
    const size = 50 + Math.floor(20 * uniform(seed, Purpose.sample, i, 3));
    return { sum: size * (2 + x), size };
  });
}

/**
 * All means that resampling chunks of `chunk` blocks can give, the text closed to a ring, ascending; all are equally
 * likely.
 */
function everyMean(blocks: readonly Block[], chunk: number): number[] {
  const n = blocks.length;
  const chunks = Math.ceil(n / chunk);
  return Array.from({ length: n ** chunks }, (_, choice) => {
    let sum = 0;
    let size = 0;
    let left = n;
    for (let i = 0; i < chunks; i++, left -= chunk) {
      const from = Math.floor(choice / n ** i) % n;
      for (let k = 0; k < Math.min(chunk, left); k++) {
        const block = blocks[(from + k) % n]!;
        sum += block.sum;
        size += block.size;
      }
    }
    return sum / size;
  }).sort((x, y) => x - y);
}

test.each([
  [6, 1],
  [8, 2],
  [7, 2],
  [7, 3],
  [10, 2],
])(
  "%i blocks in chunks of %i: the ends of the interval are the 2.5% " +
    "and 97.5% points of all possible resamples, widened",
  (n, chunk) => {
    const blocks = series(7, n);
    const means = everyMean(blocks, chunk);
    const mean = blocks.reduce((sum, each) => sum + each.sum, 0) / blocks.reduce((sum, each) => sum + each.size, 0);
    const chunks = n / chunk;
    const wider = Math.sqrt(chunks / (chunks - 1)) * (studentPoint(chunks - 1) / NORMAL_POINT);
    const share = (end: number) => {
      const drawn = mean + (end - mean) / wider;
      return means.filter((each) => each <= drawn).length / means.length;
    };
    const { low, high } = interval(blocks, { chunk, draws: 8000 });
    expect(Math.abs(share(low) - 0.025)).toBeLessThan(0.012);
    expect(Math.abs(share(high) - 0.975)).toBeLessThan(0.012);
  },
);

test.each([30, 64])("%i correlated blocks: 95% intervals hold the mean in 88 to 98.5 of 100 trials", (n) => {
  const trials = 300;
  let held = 0;
  let together = 0;
  let single = 0;
  for (let seed = 0; seed < trials; seed++) {
    const blocks = series(seed, n);
    const holds = (options: object) => {
      const { low, high } = interval(blocks, { draws: 400, ...options });
      return low <= 2 && 2 <= high ? 1 : 0;
    };
    held += holds({});
    if (seed % 3 > 0) continue;
    together += holds({});
    single += holds({ chunk: 1 });
  }
  expect(held / trials).toBeGreaterThan(0.88);
  expect(held / trials).toBeLessThan(0.985);
  expect(single).toBeLessThan(together - 2); // single blocks ignore the correlation of neighbours
});

test("the interval holds the sample mean, is a function of the seed, and about halves with four times the text", () => {
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

test("the interval of too few blocks is NaN", () => {
  expect(interval([{ sum: 1, size: 1 }])).toEqual({ low: Number.NaN, high: Number.NaN });
});
