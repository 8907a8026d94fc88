// The adviser held to landscapes whose best is known: losses that follow a law of their own, with chance in them. From
// short trainings of a few settings the setting for a run a hundred times as long must come out near its best, whatever
// the chance.

import { describe, expect, test } from "vitest";
import { fitCostModel, undisturbed } from "../../src/training/adviser/costs.js";
import { fitNoise } from "../../src/training/adviser/noise.js";
import { firstCandidates } from "../../src/training/adviser/race.js";
import { type Candidate, choose, type Evidence, rank } from "../../src/training/adviser/rule.js";
import { newDraw } from "../helpers/tiny.js";

const BPTTS = [8, 12, 16, 24, 32, 48, 64, 96, 128];
const BATCHES = [8, 12, 16, 24, 32, 48, 64, 96, 128];
const settings = BPTTS.flatMap((bptt) => BATCHES.map((batch) => ({ bptt, batch })));

interface Land {
  /** Of the noise at 100,000 tokens, how it grows, and how much small updates suffer from it. */
  readonly level: number;
  readonly growth: number;
  readonly power: number;
  /** Tokens that an update costs beside its own. */
  readonly update: number;
}
const lands: Land[] = [1, 1.25].flatMap((power) => [
  { level: 400, growth: 0.4, power, update: 100 },
  { level: 150, growth: 0.55, power, update: 40 },
  { level: 2000, growth: 0.47, power, update: 300 },
]);
const timedIn = ({ update }: Land) =>
  settings.map((each) => {
    const n = each.bptt * each.batch;
    return { ...each, seconds: 1e-5 * (1 + update / n), bytes: 1 };
  });
/**
 * Nats after a training: no parabola, but a power that ends at 1.2. Steps of time are Euler's: the noise is what it was
 * at each.
 */
function lossIn({ level, growth, power }: Land, { bptt, batch }: Candidate, windows: number): number {
  const n = bptt * batch;
  let progress = 0;
  const parts = 200;
  for (let i = 0; i < parts; i++) {
    const tokens = ((i + 0.5) / parts) * windows * n;
    progress += windows / parts / (1 + (level * (tokens / 1e5) ** growth) / n) ** power;
  }
  return 1.2 + 3.5 * (1 + progress / 10) ** -0.28;
}

/** What the adviser would know: two rounds, the second of the better half, each loss with chance in it. */
function evidenceOf(land: Land, seed: number, seconds: number, chance = 0.01): Evidence {
  const draw = newDraw(seed);
  const timed = timedIn(land);
  const heat = (field: readonly (typeof timed)[number][], each: number) =>
    field.map((one) => {
      const windows = Math.max(1, Math.floor(each / (one.seconds * one.bptt * one.batch)));
      const off = chance * draw.between(3, -1, 1).reduce((sum, x) => sum + x, 0);
      return { ...one, windows, nats: lossIn(land, one, windows) + off };
    });
  const each = Math.min(180, seconds / 5) / 2 / (5 + 4 * 3); // half of the advice's time
  const first = heat(firstCandidates(timed), each).filter(({ windows }) => windows >= 12);
  const better = first.toSorted((a, b) => a.nats - b.nats).slice(0, 3);
  const tried = [...first, ...heat(better, 4 * each)];
  // windows of any length lose nothing
  const fading = { lags: [0, 1, 2], norms: [1, 0, 0], layers: [[1, 0, 0]], places: 1 };
  const context = { rows: [], carried: 2, carriedTokens: 512, scored: 1000 };
  return {
    fading,
    context,
    timed,
    tried,
    norms: { norms: [1], tokens: 1024 },
    noise: { tokens: 1000, seen: 20_000 },
    budget: { seconds, bytes: Number.POSITIVE_INFINITY },
  };
}
const lossOf = (land: Land, { bptt, batch }: Candidate, seconds: number) => {
  const { seconds: token } = timedIn(land).find((each) => each.bptt === bptt && each.batch === batch)!;
  return lossIn(land, { bptt, batch }, seconds / (token * bptt * batch));
};

describe("the race", () => {
  test.each(lands)(
    "in the land %j what is advised is within 1% of the best in the mean, " +
      "and never past 1.5%, for a minute and for an hour",
    (land) => {
      for (const seconds of [60, 3600]) {
        const best = Math.min(...settings.map((each) => lossOf(land, each, seconds)));
        const chosen = [1, 2, 3, 4, 5].map((seed) => choose(rank(evidenceOf(land, seed, seconds))));
        const above = chosen.map((each) => lossOf(land, each, seconds) / best - 1);
        const said = `${seconds} s: ${chosen.map(({ bptt, batch }) => `${bptt} and ${batch}`)}`;
        expect(above.reduce((sum, x) => sum + x) / above.length, said).toBeLessThan(0.01);
        expect(Math.max(...above), said).toBeLessThan(0.015);
      }
    },
  );

  test(
    "asked again, with other chance, its bptt and its lanes are the " + "same but for one step of a grid of doublings",
    () => {
      for (const land of lands) {
        const chosen = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => choose(rank(evidenceOf(land, seed, 60))));
        for (const name of ["bptt", "batch"] as const) {
          const values = chosen.map((each) => each[name]);
          expect(Math.max(...values) / Math.min(...values), `${name}: ${values}`).toBeLessThanOrEqual(2);
        }
      }
    },
  );

  test("what was tried overrules what gradients say, and without it they are believed", () => {
    const [land] = lands;
    const { tried } = evidenceOf(land!, 1, 600, 0.002);
    const true_ = land!.level * 600 ** land!.growth;
    for (const tokens of [100, 10_000]) {
      const found = fitNoise(tried, { tokens, seen: 20_000 }).noise(60_000_000) / true_;
      expect(found).toBeGreaterThan(1 / 3);
      expect(found).toBeLessThan(3);
    }
    const believed = fitNoise([], { tokens: 300, seen: 1000 });
    expect(believed.noise(1000)).toBeCloseTo(300, 6);
    expect(believed.noise(100_000)).toBeCloseTo(300 * 100 ** 0.47, 0);
    expect(believed.beside).toBeNaN();
  });

  test(
    "progress is windows where there is no noise, and tokens, or somewhat " +
      "more of large updates, where there is nothing else",
    () => {
      const still = fitNoise([], { tokens: 1e-6, seen: 1 });
      expect(still.progress(500, 1000)).toBeCloseTo(Math.log(500), 2);
      const loud = fitNoise([], { tokens: 1e9, seen: 1e6 });
      const both = (n: number) => loud.progress(1e6 / n, n);
      expect((both(1000) - both(100)) / Math.log(10)).toBeCloseTo(0.25, 2); // powers of 1 to 1.5
    },
  );

  test("settings that start are far apart, and each stands once", () => {
    const some = firstCandidates(timedIn(lands[0]!));
    expect(new Set(some).size).toBe(some.length);
    const sizes = some.map(({ bptt, batch }) => bptt * batch);
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeGreaterThanOrEqual(8);
    expect(firstCandidates(timedIn(lands[0]!).slice(0, 1))).toHaveLength(1);
  });
});

describe("costs", () => {
  const window = ({ bptt, batch, threads }: Candidate & { threads: number }) =>
    1e-3 + 2e-5 * bptt + (1e-5 * bptt * batch) / threads;
  const known = settings.map((each) => {
    const threads = each.bptt * each.batch > 1000 ? 2 : 1;
    return { ...each, threads, window: window({ ...each, threads }) };
  });

  test("three terms that made the windows are found, and say others that were not timed", () => {
    const cost = fitCostModel(known);
    for (const each of known) expect(cost(each) / each.window).toBeCloseTo(1, 3);
    const other = { bptt: 256, batch: 20, threads: 2 };
    expect(cost(other) / window(other)).toBeCloseTo(1, 3);
  });

  test("one window that was disturbed moves the others little, and no term gives anything back", () => {
    const cost = fitCostModel(known.map((each, i) => (i === 7 ? { ...each, window: 3 * each.window } : each)));
    for (const each of known) expect(Math.abs(cost(each) / each.window - 1)).toBeLessThan(0.15);
    const odd = fitCostModel([
      { bptt: 8, batch: 8, threads: 1, window: 1 },
      { bptt: 64, batch: 8, threads: 1, window: 0.5 },
    ]);
    expect(odd({ bptt: 4096, batch: 128, threads: 1 })).toBeGreaterThanOrEqual(odd({ bptt: 8, batch: 8, threads: 1 }));
    const alone = fitCostModel([{ bptt: 16, batch: 8, threads: 1, window: 0.25 }]);
    expect(alone({ bptt: 16, batch: 8, threads: 1 })).toBeCloseTo(0.25, 6);
  });

  test("others on the machine stretch the wall's clock, and the processor's says by how much", () => {
    const walls = [0.5, 0.6, 0.7, 0.9, 4];
    expect(undisturbed({ walls, processor: [], threads: 2 })).toBe(0.6);
    expect(undisturbed({ walls, processor: [0.2, 0.21], threads: 1 })).toBe(0.2);
    expect(undisturbed({ walls, processor: [0.8, 0.9], threads: 2 })).toBe(0.6);
    expect(undisturbed({ walls, processor: [1.6, 1.7], threads: 2 })).toBe(0.8);
  });
});
