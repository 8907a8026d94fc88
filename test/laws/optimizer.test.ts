// Tests of one update: clipping, and each optimizer's state tensors. golden/training.test.ts tests their arithmetic.

import { describe, expect, test } from "vitest";
import { trainWindow, type UpdateOptions } from "../../src/training/loop/trainer.js";
import { findOptimizer, optimizers } from "../../src/training/settings/optimizer.js";
import { allEngines, f64 } from "../helpers/engines.js";
import { differentiate, openModel, randomState, randomWindow, tinySpec, units } from "../helpers/tiny.js";

const [, gru] = units[2]!;
const settings = { momentum: 0, weightDecay: 0, alpha: 0.9, beta1: 0.9, beta2: 0.99, eps: 1e-8 };
const plain: UpdateOptions = {
  optimizer: findOptimizer("sgd"),
  settings,
  rate: 1,
  clip: 0,
  clipBy: "norm",
  done: 0,
  dropout: { seed: 1, token: 0, lane0: 0 },
};
const window = randomWindow(4, { steps: 8, lanes: 3, uncounted: 0.3 });

/** The gradient that an update uses: with sgd at rate 1, the weights before less the weights after. */
async function used(s: Partial<UpdateOptions>) {
  const model = openModel(tinySpec(gru, {}), f64);
  const state = randomState(model, 1);
  const mean = differentiate(model, state, window).gradient.map((g) => g / window.counted);
  const before = model.weights();
  model.setState(state);
  const { norm } = await trainWindow(model, window, { ...plain, ...s });
  const after = model.weights();
  return { mean: [...mean], update: [...before].map((w, i) => w - after[i]!), norm };
}

const farthest = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe("clipping", () => {
  test("without clipping, and below the threshold, an update uses the mean gradient over counted targets", async () => {
    const { mean, norm } = await used({});
    expect(norm).toBeCloseTo(Math.hypot(...mean), 12);
    for (const s of [{}, { clip: 2 * norm }, { clip: 2 * norm, clipBy: "value" as const }]) {
      expect(farthest((await used(s)).update, mean)).toBeLessThan(1e-14);
    }
  });

  test("by norm: the gradient is scaled down to the threshold; the reported norm is the unclipped one", async () => {
    const whole = await used({});
    const clip = whole.norm / 3;
    const { update, norm } = await used({ clip });
    expect(norm).toBe(whole.norm);
    expect(Math.hypot(...update)).toBeCloseTo(clip, 5); // torch adds 1e-6 to the norm
    const shrink = clip / (norm + 1e-6);
    expect(
      farthest(
        update,
        whole.mean.map((g) => g * shrink),
      ),
    ).toBeLessThan(1e-14);
  });

  test("by value: each element is clamped to the threshold, and smaller ones stay the same", async () => {
    const { mean } = await used({});
    const clip = mean.map(Math.abs).sort((a, b) => a - b)[Math.floor(mean.length / 2)]!;
    const { update } = await used({ clip, clipBy: "value" });
    expect(
      farthest(
        update,
        mean.map((g) => Math.min(Math.max(g, -clip), clip)),
      ),
    ).toBeLessThan(1e-14);
    expect(update.filter((g) => Math.abs(Math.abs(g) - clip) < 1e-14).length).toBeGreaterThan(mean.length / 3);
  });
});

describe.each(allEngines)("on %s", (_, engine) => {
  const cases = [
    ["sgd", { momentum: 0 }, 0],
    ["sgd", { momentum: 0.9 }, 1],
    ["rmsprop", {}, 1],
    ["adam", {}, 2],
    ["adamw", {}, 2],
  ] as const;

  test.each(cases)("%s with %j has %i state tensors, which start at zero and all change", async (kind, own, count) => {
    const optimizer = findOptimizer(kind);
    const values = { ...settings, ...own };
    expect(optimizer.moments(values)).toBe(count);
    const model = openModel(tinySpec(gru, {}), engine, { training: { moments: count } });
    const arrays = () => model.plan.moments.map((m) => model.arena.reals(m, model.plan.size).slice());
    const [before, weights] = [arrays(), model.weights()];
    expect(before.length).toBe(count);
    expect(before.every((a) => a.every((x) => x === 0))).toBe(true);
    const full = randomWindow(4, { steps: 8, lanes: 3 });
    await trainWindow(model, full, { ...plain, optimizer, settings: values, rate: 0.01 });
    const gradient = model.arena.reals(model.plan.gradients, model.plan.size).slice();
    for (const a of arrays()) expect(a.filter((x, i) => (x !== 0) !== (gradient[i] !== 0)).length).toBe(0);
    const moved = model.weights().filter((w, i) => w !== weights[i]).length;
    expect(moved).toBeGreaterThan(0.9 * gradient.filter((g) => g !== 0).length);
  });
});

test("the list above covers every optimizer", () => {
  expect(optimizers.map((each) => each.kind).sort()).toEqual(["adam", "adamw", "rmsprop", "sgd"]);
});
