// Tests of the loss by context length: each mean against the same tokens scored one by one from a zero state.

import { expect, test } from "vitest";
import { measureContext } from "../../src/evaluation/inside/context.js";
import type { LanguageModel } from "../../src/model/language-model.js";
import { zeroState } from "../../src/model/layout/state.js";
import { f64 } from "../helpers/engines.js";
import { newDraw, openModel, source, tinySpec, units, windowOf } from "../helpers/tiny.js";

const BLOCK = 64;

/** −log p of token `at + 1`, given token `at` and the `age` tokens before it, from a zero state. */
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

test.each([units[0]!, units[3]!])(
  "%s: every row is the mean loss of its tokens scored one by one",
  async (_, cell, settings) => {
    const spec = tinySpec(cell, settings);
    const text = newDraw(3).integers(16 + 5 * BLOCK + 1, 0, 10);
    const model = openModel(spec, f64, { lanes: 3, steps: 7 });
    model.setWeights(model.weights().map((w) => 3 * w));
    const one = openModel(spec, f64, { lanes: 1, steps: 200 });
    one.setWeights(model.weights());
    const measured = await measureContext(model, source(text), { ages: [0, 1, 2, 8], seed: 1 });
    expect(measured).toMatchObject({ carriedTokens: 16, scored: 5 * BLOCK });
    const offsets = Array.from({ length: 5 * BLOCK }, (_, i) => 16 + i);
    const mean = (ageAt: (at: number) => number) =>
      offsets.reduce((sum, at) => sum + lossAt(one, text, at, ageAt(at)), 0) / offsets.length;
    const carried = mean((at) => 16 + ((at - 16) % BLOCK));
    expect(measured.carried).toBeCloseTo(carried, 9);
    for (const { tokens, nats, above } of measured.rows) {
      const age = (at: number) => (tokens < 8 ? tokens : tokens + ((at - 16) % 2)); // at most a quarter of 8 more
      expect(nats).toBeCloseTo(mean(age), 9);
      expect(above.mean).toBeCloseTo(nats - carried, 9);
      expect(above.low).toBeLessThan(above.mean);
      expect(above.high).toBeGreaterThan(above.mean);
    }
  },
);

test("if stopped it returns what it has measured; a seed determines the measured blocks", async () => {
  const [, cell, settings] = units[2]!;
  const model = openModel(tinySpec(cell, settings), f64, { lanes: 2, steps: 8 });
  const text = source(newDraw(4).integers(700, 0, 10), true);
  const o = { ages: [0, 4], seed: 2 };
  const stopped = await measureContext(model, text, { ...o, between: () => false });
  expect(stopped.scored).toBe(2 * BLOCK);
  const whole = await measureContext(model, text, o);
  expect(whole.scored).toBe(10 * BLOCK);
  expect(await measureContext(model, text, o)).toEqual(whole);
});
