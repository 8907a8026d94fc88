// Tests of the adviser's rule on made-up measurements whose right answer is known, and on the copy task: the farther
// back a text repeats itself, the longer the advised windows, once the model has learned half of it.

import { describe, expect, test } from "vitest";
import type { Context } from "../../src/evaluation/inside/context.js";
import { type GradientDecay, LAGS, measureGradientDecay } from "../../src/evaluation/inside/gradient-decay.js";
import { lstm } from "../../src/model/cells/lstm.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import {
  choose,
  clipFor,
  type Evidence,
  enoughContext,
  gradientReach,
  lostGradient,
  noiseScale,
  rank,
  sharesOf,
} from "../../src/training/adviser/rule.js";
import { reasonsOf } from "../../src/training/adviser/words.js";
import { fastest } from "../helpers/engines.js";
import { newDraw, openTrainer, source } from "../helpers/tiny.js";

/** Gradient norms that are 1 for the given number of steps and 0 after them. */
const even = (steps: number): GradientDecay => {
  const lags = Array.from({ length: 257 }, (_, k) => k);
  const norms = lags.map((k) => (k < steps ? 1 : 0));
  return { lags, norms, layers: [norms], places: 1 };
};
const row = (tokens: number, mean: number, low = mean - 0.001): Context["rows"][number] => {
  return { tokens, nats: 2 + mean, above: { mean, low, high: mean + 0.001 } };
};
const context: Context = {
  rows: [row(0, 1), row(8, 0.1), row(64, 0.0015), row(128, 0.01, -0.001), row(256, 0)],
  carried: 2,
  carriedTokens: 512,
  scored: 1000,
};
const BPTTS = [8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256];
/** Timings with a fixed cost of 50 tokens a window. */
const timed = BPTTS.flatMap((bptt) =>
  [8, 12, 16, 24, 32, 48, 64, 96, 128].map((batch) => {
    const seconds = 1e-5 * (1 + 50 / (bptt * batch));
    return { bptt, batch, seconds, bytes: 1000 * bptt * batch };
  }),
);
/** Timings with a given batch: a longer window is then a larger update. */
const of32Lanes = timed.filter(({ batch }) => batch === 32);
const evidence = (over: Partial<Evidence> = {}): Evidence => ({
  gradientDecay: even(6),
  context,
  timed,
  noise: { tokens: 2000, seen: 100_000 },
  tried: [],
  norms: { norms: Array.from({ length: 200 }, (_, i) => 0.3 + i / 1000), tokens: 1024 },
  budget: { seconds: 60, bytes: Number.POSITIVE_INFINITY },
  ...over,
});

describe("the rule", () => {
  test("shares are squared norms that sum to one; between measured lags the norms follow a power law", () => {
    expect(sharesOf({ lags: [0, 1, 2], norms: [2, 1, 1] })).toEqual([4 / 6, 1 / 6, 1 / 6]);
    const shares = sharesOf({ lags: [0, 1, 4], norms: [1, 1, 1 / 4] });
    expect(shares[2]! / shares[1]!).toBeCloseTo(1 / 4, 12);
    expect(shares.reduce((sum, x) => sum + x)).toBeCloseTo(1, 12);
    expect(gradientReach(even(6), 0.01)).toBe(5);
    expect(gradientReach({ lags: [0, 1, 2], norms: [1, 1, 1] }, 0.01)).toBeUndefined();
  });

  test("windows of one step lose all gradients but the loss's own step; long ones lose almost none", () => {
    expect(lostGradient(even(4), 1)).toBeCloseTo(3 / 4, 12);
    expect(lostGradient(even(4), 2)).toBeCloseTo((3 / 4 + 2 / 4) / 2, 12);
    expect(lostGradient(even(4), 4)).toBeCloseTo(6 / 16, 12);
    expect(lostGradient(even(4), 256)).toBeLessThan(0.006);
  });

  test("enough context is the shortest one that no longer context improves significantly", () => {
    expect(enoughContext(context)).toBe(64);
    expect(enoughContext({ ...context, rows: [row(0, 1), row(8, 0.1)] })).toBeUndefined();
  });

  test("the noise scale is recovered from norms made of a gradient and noise", () => {
    const seen = [16, 64].flatMap((bptt) =>
      [8, 32, 128].map((batch) => ({ bptt, batch, norm: Math.sqrt(2 + 600 / (bptt * batch)) })),
    );
    expect(noiseScale(seen, 1e6)).toBeCloseTo(300, 6);
    expect(
      noiseScale(
        seen.map((each) => ({ ...each, norm: Math.sqrt(1 / each.batch) })),
        1e6,
      ),
    ).toBeCloseTo(1e6, 0);
  });

  test("more noise or a longer run gives larger updates; gradients from farther back, longer windows", () => {
    const best = (over: Partial<Evidence>) => rank(evidence(over))[0]!;
    const size = ({ bptt, batch }: { bptt: number; batch: number }) => bptt * batch;
    const noises = [100, 2000, 100_000].map((tokens) => size(best({ noise: { tokens, seen: 100_000 } })));
    expect(noises).toEqual([...new Set(noises)].sort((a, b) => a - b));
    const runs = [6, 600, 60_000].map((seconds) => size(best({ budget: { seconds, bytes: 1e12 } })));
    expect(runs).toEqual([...new Set(runs)].sort((a, b) => a - b));
    const windows = [4, 8, 16, 32].map((steps) => best({ gradientDecay: even(steps + 1), timed: of32Lanes }).bptt);
    expect(windows).toEqual([...new Set(windows)].sort((a, b) => a - b));
  });

  test("no advised setting exceeds the memory, and none makes fewer than a hundred updates if another fits", () => {
    const small = rank(evidence({ budget: { seconds: 60, bytes: 256_000 } }));
    expect(small.length).toBeGreaterThan(0);
    expect(Math.max(...small.map(({ bytes }) => bytes))).toBeLessThanOrEqual(256_000);
    // A second is enough for a hundred windows of about a thousand tokens; the noise calls for larger ones.
    const short = rank(evidence({ budget: { seconds: 1, bytes: 1e12 }, noise: { tokens: 1e6, seen: 100 } }));
    expect(Math.min(...short.map(({ windows }) => windows))).toBeGreaterThanOrEqual(100);
    expect(Math.max(...short.map(({ bptt, batch }) => bptt * batch))).toBeGreaterThan(500);
    const none = rank(evidence({ budget: { seconds: 0.001, bytes: 1e12 } }));
    expect(none.map(({ windows }) => windows)).toEqual([Math.max(...none.map(({ windows }) => windows))]);
  });

  test("clip is the 99th percentile of the norms, scaled down for larger updates, whose noise is smaller", () => {
    const { norms, noise } = evidence();
    expect(clipFor(norms, { bptt: 32, batch: 32 }, noise)).toBe(0.5);
    expect(clipFor(norms, { bptt: 128, batch: 128 }, noise)).toBeCloseTo(
      0.5 * Math.sqrt((1 + 2000 / 16384) / (1 + 2000 / 1024)),
      1,
    );
  });

  test("each choice has one reason, with the numbers behind it", () => {
    const e = evidence();
    const ranked = rank(e);
    const advised = { bptt: ranked[0]!.bptt, batch: ranked[0]!.batch, clip: 0.5 };
    const reasons = reasonsOf(e, { ranked, advised, given: [], unit: "characters" });
    expect(reasons.bptt).toMatch(
      new RegExp(
        "^99% of the gradient comes from the last 5 characters, windows of \\d+ cut off [\\d.]+% of it; " +
          "more than 64 characters of context gain nothing$",
      ),
    );
    expect(reasons.batch).toMatch(
      /^[\d,]+ updates of \d+ characters; critical batch about [\d,]+ characters \(from gradient norms\); to the same loss, \d+ would take ([\d.]+% longer|about as long)/,
    );
    expect(reasons.clip).toMatch(
      /^gradient norms over 1024 characters: median 0\.40, largest 0\.50; one in a hundred updates of \d+ characters/,
    );
  });
});

const NEW = 5;
const AGAIN = 6;

/**
 * The text of a copy task: every 2k tokens a mark and one of four random symbols, k tokens later another mark and the
 * same symbol, and zeros elsewhere.
 */
function copyText(k: number, length: number): Int32Array {
  const draw = newDraw(k);
  const ids = new Int32Array(length);
  for (let at = 0; at + k + 1 < length; at += 2 * k) {
    ids[at + 1] = draw.integers(1, 1, 4)[0]!;
    ids[at] = NEW;
    ids[at + k] = AGAIN;
    ids[at + k + 1] = ids[at + 1]!;
  }
  return ids;
}

/** Lanes whose loss counts only the copied symbols. */
function onlyCopies(lanes: ReturnType<typeof trainingLanes>): typeof lanes {
  return {
    ...lanes,
    window(at, steps) {
      const window = lanes.window(at, steps) as Window;
      const targets = window.targets.map((y, i) => (window.inputs[i] === AGAIN ? y : -1));
      return { ...window, targets, counted: targets.filter((y) => y >= 0).length };
    },
  };
}

test("copy after k tokens: once the task is half learned, the advised bptt rises with k", async () => {
  const advised: number[] = [];
  for (const k of [4, 8, 16, 32]) {
    const text = source(copyText(k, 40_000));
    const cellSettings = { forgetBias: 5 }; // an open forget gate remembers from the first update
    const spec = {
      vocabulary: 7,
      embedding: 8,
      hidden: 16,
      layers: 1,
      cell: lstm,
      cellSettings,
      dropout: 0,
      tied: false,
    };
    const settings = { cell: "lstm", ...cellSettings, bptt: 4 * k, lr: 0.01, steps: 3000, clip: 1 };
    const { trainer } = openTrainer(spec, fastest, settings, { train: onlyCopies(trainingLanes(text, 16)) });
    let copyLoss = Number.POSITIVE_INFINITY;
    for await (const event of trainer.events()) {
      if (event.kind === "window") copyLoss = event.smooth;
      if (copyLoss < Math.log(4) / 2) break;
    }
    expect(copyLoss).toBeLessThan(Math.log(4) / 2);
    const model = new LanguageModel(spec, fastest, { lanes: 16, steps: 256, training: { moments: 0 } });
    model.setWeights(trainer.model.weights());
    const gradientDecay = await measureGradientDecay(model, text, { lags: LAGS, rounds: 16, lead: 64, seed: 1 });
    advised.push(choose(rank(evidence({ gradientDecay }))).bptt);
  }
  // For example 56, 64, 96, 160; the candidates are few, and two may be alike on another engine.
  expect(advised).toEqual(advised.toSorted((a, b) => a - b));
  expect(new Set(advised).size).toBeGreaterThan(2);
});
