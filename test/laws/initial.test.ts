// Tests of weight initialization: PyTorch's distributions, identityInit, forgetBias, and determinism by the seed.

import { describe, expect, test } from "vitest";
import type { Reals } from "../../src/compute/arena.js";
import { LanguageModel } from "../../src/model/language-model.js";
import type { ModelSpec } from "../../src/model/layout/spec.js";
import { allEngines, f32, f64 } from "../helpers/engines.js";
import { openModel, tinySpec, units } from "../helpers/tiny.js";

const [[, rnn, tanh], , [, gru], [, lstm]] = units as [
  (typeof units)[0],
  (typeof units)[0],
  (typeof units)[0],
  (typeof units)[0],
];

function initialized(spec: ModelSpec, seed = 1, engine = f64): LanguageModel {
  const model = new LanguageModel(spec, engine, { lanes: 1, steps: 1 });
  model.initialize(seed);
  return model;
}

/** Mean, variance and fourth moment about zero. */
function moments(values: Reals) {
  const mean = (power: number) => [...values].reduce((sum, x) => sum + x ** power, 0) / values.length;
  return { mean: mean(1), variance: mean(2), fourth: mean(4), most: Math.max(...values.map(Math.abs)) };
}

// Tolerance: five standard deviations of an estimate from n draws, σ/√n for a mean, about σ²·√(2/n) for a variance.
const allowed = (n: number) => 5 / Math.sqrt(n);

describe("initial weights", () => {
  const model = initialized(tinySpec(gru, {}, { vocabulary: 90, embedding: 30, hidden: 36 }));

  test.each(model.plan.parameters.map((p) => [p.name, p.rows * p.cols] as const))(
    "%s has the mean, variance and bound of PyTorch's distribution",
    (name, n) => {
      const { mean, variance, fourth, most } = moments(model.parameter(name));
      if (name === "embedding.weight") {
        expect(Math.abs(mean)).toBeLessThan(allowed(n));
        expect(Math.abs(variance - 1)).toBeLessThan(2 * allowed(n));
        expect(Math.abs(fourth - 3)).toBeLessThan(10 * allowed(n));
        return;
      }
      const bound = 1 / Math.sqrt(36); // PyTorch's bound for a layer and for the decoder, both of width 36
      expect(most).toBeLessThanOrEqual(bound);
      expect(most).toBeGreaterThan(bound * (1 - 10 / n));
      expect(Math.abs(mean)).toBeLessThan(bound * allowed(n));
      expect(Math.abs(variance / (bound * bound) - 1 / 3)).toBeLessThan(allowed(n));
    },
  );

  test("no two weights start with the same value", () => {
    const firsts = model.plan.parameters.map((p) => model.parameter(p.name)[0]!);
    expect(new Set(firsts).size).toBe(firsts.length);
    expect(new Set(model.weights()).size).toBe(model.plan.size);
  });
});

test("identityInit starts weight_hh of every layer as the identity matrix, and changes nothing else", () => {
  const plain = initialized(tinySpec(rnn, tanh));
  const identity = initialized(tinySpec(rnn, { ...tanh, identityInit: true }));
  for (const { name } of plain.plan.parameters) {
    const values = [...identity.parameter(name)];
    const eye = Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0));
    expect(values).toEqual(name.includes("weight_hh") ? eye : [...plain.parameter(name)]);
  }
});

test("forgetBias starts the forget gate's bias_hh at its value, its bias_ih at zero, and changes nothing else", () => {
  const plain = initialized(tinySpec(lstm, {}));
  const open = initialized(tinySpec(lstm, { forgetBias: 1.5 }));
  for (const { name } of plain.plan.parameters) {
    const values = [...plain.parameter(name)];
    if (name.includes("bias_hh")) values.fill(1.5, 6, 12);
    if (name.includes("bias_ih")) values.fill(0, 6, 12);
    expect([...open.parameter(name)], name).toEqual(values);
  }
});

test(
  "the seed alone determines the initial weights: on every engine, for any number of lanes; " +
    "another seed gives others",
  () => {
    const spec = tinySpec(lstm, {});
    const first = initialized(spec, 1, f32).weights();
    for (const [name, engine] of allEngines) {
      const again = openModel(spec, engine, { seed: 1, lanes: 7 }).weights();
      expect(Float32Array.from(again), name).toEqual(first);
    }
    for (const seed of [0, 2, 2 ** 32 + 1, 2 ** 53 - 1]) {
      const other = initialized(spec, seed, f32).weights();
      expect(other.filter((x, i) => x === first[i]).length, `seed ${seed}`).toBe(0);
    }
  },
);
