// The loss by states of different ages: each number against the same tokens scored one by one, each from zeros.

import { expect, test } from "vitest";
import { measureContext } from "../../src/evaluation/inside/context.js";
import type { LanguageModel } from "../../src/model/language-model.js";
import { zeroState } from "../../src/model/layout/state.js";
import { f64 } from "../helpers/engines.js";
import { newDraw, openModel, source, tinySpec, units, windowOf } from "../helpers/tiny.js";

const STRETCH = 64;

/** −log p of token `at + 1` after `age` tokens from zeros and token `at`, one lane. */
function lossAt(one: LanguageModel, text: Int32Array, at: number, age: number): number {
  const inputs = text.slice(at - age, at + 1);
  const targets = new Int32Array(age + 1).fill(-1);
  targets[age] = text[at + 1]!;
  one.setState(zeroState(one.spec, 1, "f64"));
  one.load(windowOf(age + 1, 1, inputs, targets));
  one.forward();
  one.loss();
  return one.lossSum();
}

test.each([units[0]!, units[3]!])("%s: every row is the mean of its tokens scored alone", async (_, cell, settings) => {
  const spec = tinySpec(cell, settings);
  const text = newDraw(3).integers(16 + 5 * STRETCH + 1, 0, 10);
  const model = openModel(spec, f64, { lanes: 3, steps: 7 });
  model.setWeights(model.weights().map((w) => 3 * w));
  const one = openModel(spec, f64, { lanes: 1, steps: 200 });
  one.setWeights(model.weights());
  const found = await measureContext(model, source(text), { ages: [0, 1, 2, 8], seed: 1 });
  expect(found).toMatchObject({ carriedTokens: 16, scored: 5 * STRETCH });
  const places = Array.from({ length: 5 * STRETCH }, (_, i) => 16 + i);
  const mean = (ageAt: (at: number) => number) =>
    places.reduce((sum, at) => sum + lossAt(one, text, at, ageAt(at)), 0) / places.length;
  const carried = mean((at) => 16 + ((at - 16) % STRETCH));
  expect(found.carried).toBeCloseTo(carried, 9);
  for (const { tokens, nats, above } of found.rows) {
    const age = (at: number) => (tokens < 8 ? tokens : tokens + ((at - 16) % 2)); // a quarter of 8 more at most
    expect(nats).toBeCloseTo(mean(age), 9);
    expect(above.mean).toBeCloseTo(nats - carried, 9);
    expect(above.low).toBeLessThan(above.mean);
    expect(above.high).toBeGreaterThan(above.mean);
  }
});

test("stopped, it tells what it has; the same seed asks the same stretches", async () => {
  const [, cell, settings] = units[2]!;
  const model = openModel(tinySpec(cell, settings), f64, { lanes: 2, steps: 8 });
  const text = source(newDraw(4).integers(700, 0, 10), true);
  const o = { ages: [0, 4], seed: 2 };
  const stopped = await measureContext(model, text, { ...o, between: () => false });
  expect(stopped.scored).toBe(2 * STRETCH);
  const whole = await measureContext(model, text, o);
  expect(whole.scored).toBe(10 * STRETCH);
  expect(await measureContext(model, text, o)).toEqual(whole);
});
