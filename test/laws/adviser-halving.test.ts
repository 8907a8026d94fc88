// Tests of the adviser's search on synthetic loss functions whose optimum is known, with noise added to each loss. From
// short trainings of a few settings the adviser must choose a near-optimal setting for a run a hundred times as long.

import { describe, expect, test } from "vitest";
import { fitCostModel, undisturbed } from "../../src/training/adviser/costs.js";
import { firstCandidates } from "../../src/training/adviser/halving.js";
import { fitNoise } from "../../src/training/adviser/noise.js";
import { type Candidate, choose, type Evidence, rank } from "../../src/training/adviser/rule.js";
import { newDraw } from "../helpers/tiny.js";

const BPTTS = [8, 12, 16, 24, 32, 48, 64, 96, 128];
const BATCHES = [8, 12, 16, 24, 32, 48, 64, 96, 128];
const settings = BPTTS.flatMap((bptt) => BATCHES.map((batch) => ({ bptt, batch })));

interface Problem {
  /** Gradient noise: its scale at 100,000 tokens, its growth exponent, and its exponent in the loss of progress. */
  readonly level: number;
  readonly growth: number;
  readonly power: number;
  /** Fixed cost of an update, in tokens. */
  readonly update: number;
}
const problems: Problem[] = [1, 1.25].flatMap((power) => [
  { level: 400, growth: 0.4, power, update: 100 },
  { level: 150, growth: 0.55, power, update: 40 },
  { level: 2000, growth: 0.47, power, update: 300 },
]);
const timedIn = ({ update }: Problem) =>
  settings.map((each) => {
    const n = each.bptt * each.batch;
    return { ...each, seconds: 1e-5 * (1 + update / n), bytes: 1 };
  });
/**
 * Loss in nats after a training: a power law of the progress that tends to 1.2. The progress is integrated in Euler
 * steps, with the noise of each step.
 */
function lossIn({ level, growth, power }: Problem, { bptt, batch }: Candidate, windows: number): number {
  const n = bptt * batch;
  let progress = 0;
  const parts = 200;
  for (let i = 0; i < parts; i++) {
    const tokens = ((i + 0.5) / parts) * windows * n;
    progress += windows / parts / (1 + (level * (tokens / 1e5) ** growth) / n) ** power;
  }
  return 1.2 + 3.5 * (1 + progress / 10) ** -0.28;
}

/** The adviser's measurements: two rounds of short trainings, the second of the better ones, with noisy losses. */
function evidenceOf(problem: Problem, seed: number, seconds: number, noise = 0.01): Evidence {
  const draw = newDraw(seed);
  const timed = timedIn(problem);
  const round = (field: readonly (typeof timed)[number][], each: number) =>
    field.map((one) => {
      const windows = Math.max(1, Math.floor(each / (one.seconds * one.bptt * one.batch)));
      const off = noise * draw.between(3, -1, 1).reduce((sum, x) => sum + x, 0);
      return { ...one, windows, nats: lossIn(problem, one, windows) + off };
    });
  const each = Math.min(180, seconds / 5) / 2 / (5 + 4 * 3); // half of the adviser's time
  const first = round(firstCandidates(timed), each).filter(({ windows }) => windows >= 12);
  const better = first.toSorted((a, b) => a.nats - b.nats).slice(0, 3);
  const tried = [...first, ...round(better, 4 * each)];
  // windows of any length keep the whole gradient
  const gradientDecay = { lags: [0, 1, 2], norms: [1, 0, 0], layers: [[1, 0, 0]], places: 1 };
  const context = { rows: [], carried: 2, carriedTokens: 512, scored: 1000 };
  return {
    gradientDecay,
    context,
    timed,
    tried,
    norms: { norms: [1], tokens: 1024 },
    noise: { tokens: 1000, seen: 20_000 },
    budget: { seconds, bytes: Number.POSITIVE_INFINITY },
  };
}
const lossOf = (problem: Problem, { bptt, batch }: Candidate, seconds: number) => {
  const { seconds: token } = timedIn(problem).find((each) => each.bptt === bptt && each.batch === batch)!;
  return lossIn(problem, { bptt, batch }, seconds / (token * bptt * batch));
};

describe("the choice from short trainings", () => {
  test.each(problems)(
    "%j: the advised settings lose at most 1% to the optimum on average and 1.5% at worst, " +
      "for a minute and for an hour",
    (problem) => {
      for (const seconds of [60, 3600]) {
        const best = Math.min(...settings.map((each) => lossOf(problem, each, seconds)));
        const chosen = [1, 2, 3, 4, 5].map((seed) => choose(rank(evidenceOf(problem, seed, seconds))));
        const above = chosen.map((each) => lossOf(problem, each, seconds) / best - 1);
        const said = `${seconds} s: ${chosen.map(({ bptt, batch }) => `${bptt} and ${batch}`)}`;
        expect(above.reduce((sum, x) => sum + x) / above.length, said).toBeLessThan(0.01);
        expect(Math.max(...above), said).toBeLessThan(0.015);
      }
    },
  );

  test("with other noise the advised bptt and batch differ by at most a factor of two", () => {
    for (const problem of problems) {
      const chosen = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => choose(rank(evidenceOf(problem, seed, 60))));
      for (const name of ["bptt", "batch"] as const) {
        const values = chosen.map((each) => each[name]);
        expect(Math.max(...values) / Math.min(...values), `${name}: ${values}`).toBeLessThanOrEqual(2);
      }
    }
  });

  test("measured losses override the gradients' noise scale; without them the noise scale is used", () => {
    const [problem] = problems;
    const { tried } = evidenceOf(problem!, 1, 600, 0.002);
    const trueNoise = problem!.level * 600 ** problem!.growth;
    for (const tokens of [100, 10_000]) {
      const ratio = fitNoise(tried, { tokens, seen: 20_000 }).noise(60_000_000) / trueNoise;
      expect(ratio).toBeGreaterThan(1 / 3);
      expect(ratio).toBeLessThan(3);
    }
    const assumed = fitNoise([], { tokens: 300, seen: 1000 });
    expect(assumed.noise(1000)).toBeCloseTo(300, 6);
    expect(assumed.noise(100_000)).toBeCloseTo(300 * 100 ** 0.47, 0);
    expect(assumed.residual).toBeNaN();
  });

  test(
    "without noise the progress counts updates; with noise alone it counts tokens, " +
      "or slightly more for large updates",
    () => {
      const still = fitNoise([], { tokens: 1e-6, seen: 1 });
      expect(still.progress(500, 1000)).toBeCloseTo(Math.log(500), 2);
      const loud = fitNoise([], { tokens: 1e9, seen: 1e6 });
      const both = (n: number) => loud.progress(1e6 / n, n);
      expect((both(1000) - both(100)) / Math.log(10)).toBeCloseTo(0.25, 2); // exponents from 1 to 1.5
    },
  );

  test("the first candidates are far apart, and none occurs twice", () => {
    const some = firstCandidates(timedIn(problems[0]!));
    expect(new Set(some).size).toBe(some.length);
    const sizes = some.map(({ bptt, batch }) => bptt * batch);
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeGreaterThanOrEqual(8);
    expect(firstCandidates(timedIn(problems[0]!).slice(0, 1))).toHaveLength(1);
  });
});

describe("the cost model", () => {
  const window = ({ bptt, batch, threads }: Candidate & { threads: number }) =>
    1e-3 + 2e-5 * bptt + (1e-5 * bptt * batch) / threads;
  const known = settings.map((each) => {
    const threads = each.bptt * each.batch > 1000 ? 2 : 1;
    return { ...each, threads, window: window({ ...each, threads }) };
  });

  test("the fit recovers the three terms of the timings, and predicts settings that were not timed", () => {
    const cost = fitCostModel(known);
    for (const each of known) expect(cost(each) / each.window).toBeCloseTo(1, 3);
    const other = { bptt: 256, batch: 20, threads: 2 };
    expect(cost(other) / window(other)).toBeCloseTo(1, 3);
  });

  test("one disturbed timing changes the other predictions little, and no term is negative", () => {
    const cost = fitCostModel(known.map((each, i) => (i === 7 ? { ...each, window: 3 * each.window } : each)));
    for (const each of known) expect(Math.abs(cost(each) / each.window - 1)).toBeLessThan(0.15);
    const odd = fitCostModel([
      { bptt: 8, batch: 8, threads: 1, window: 1 },
      { bptt: 64, batch: 8, threads: 1, window: 0.5 },
    ]);
    expect(odd({ bptt: 4096, batch: 128, threads: 1 })).toBeGreaterThanOrEqual(odd({ bptt: 8, batch: 8, threads: 1 }));
    const single = fitCostModel([{ bptt: 16, batch: 8, threads: 1, window: 0.25 }]);
    expect(single({ bptt: 16, batch: 8, threads: 1 })).toBeCloseTo(0.25, 6);
  });

  test("a window's time is its wall time, at most its processor time and at least its share a thread", () => {
    const walls = [0.5, 0.6, 0.7, 0.9, 4];
    expect(undisturbed({ walls, processor: [], threads: 2 })).toBe(0.6);
    expect(undisturbed({ walls, processor: [0.2, 0.21], threads: 1 })).toBe(0.2);
    expect(undisturbed({ walls, processor: [0.8, 0.9], threads: 2 })).toBe(0.6);
    expect(undisturbed({ walls, processor: [1.6, 1.7], threads: 2 })).toBe(0.8);
  });
});
