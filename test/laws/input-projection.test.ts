// Tests of the input projection cache: the first layer's input product, computed once for each vocabulary entry. It
// changes no bit of what a model computes, its gradients are the same sums in another order, and the plan decides when
// to use it. A cell without `inputBuffer` has no cache: each test compares a cell with such a twin.

import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/model/cells/cell.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { plan, region } from "../../src/model/layout/plan.js";
import { trainWindow } from "../../src/training/loop/trainer.js";
import { findOptimizer } from "../../src/training/settings/optimizer.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { allEngines, f64 } from "../helpers/engines.js";
import { distance } from "../helpers/golden.js";
import {
  differentiate,
  dividedPool,
  forward,
  numbersOf,
  openModel,
  randomState,
  randomWindow,
  tinySpec,
  units,
} from "../helpers/tiny.js";

const [T, B] = [8, 5];
const dropout = { seed: 2, token: 70, lane0: 0 };

function withoutCache({ inputBuffer: _, ...cell }: Cell): Cell {
  return cell;
}

/** The values of the cache, or of its gradient, in memory order. */
function cacheOf(model: LanguageModel, name = "inputProjection"): number[] {
  const { offset, width, rows } = region(model.plan, name);
  return [...model.arena.reals(offset, rows! * width)];
}

describe.each(allEngines)("on %s", (_, engine) => {
  describe.each(units.filter(([, cell]) => cell.inputBuffer !== undefined))("%s", (_, cell, settings) => {
    const twins = [cell, withoutCache(cell)] as const;
    const specs = [false, true].map((tied) => twins.map((each) => tinySpec(each, settings, { tied, dropout: 0.3 })));

    test("losses, states and logits have the bits of a full product, in training and in inference", () => {
      for (const documents of [false, true]) {
        for (const pair of specs) {
          const results = pair.map((spec) => {
            const training = openModel(spec, engine, { lanes: B, steps: T, documents });
            const reading = new LanguageModel(spec, engine, { lanes: B, steps: T, documents });
            reading.setWeights(training.weights());
            const window = randomWindow(4, { steps: T - 1, lanes: B, ...(documents && { starts: 0.2 }) });
            const state = randomState(training, 1);
            return [
              [training.plan.inputProjection, reading.plan.inputProjection].map((each) => each !== undefined),
              [forward(training, state, window, dropout), forward(reading, state, window)].map((ran) => ({
                ...ran,
                state: numbersOf(ran.state),
              })),
              [training, reading].map((model) => model.logits(T - 2, B - 1)),
            ];
          });
          expect(results[0]![0]).toEqual([true, true]);
          expect(results[1]![0]).toEqual([false, false]);
          expect(results[0]!.slice(1)).toEqual(results[1]!.slice(1));
        }
      }
    });

    test("gradients are the same sums in another order, within rounding", () => {
      for (const pair of specs) {
        const [cached, plain] = pair.map((spec) => {
          const model = openModel(spec, engine, { lanes: B, steps: T });
          const window = (seed: number) => randomWindow(seed, { steps: T, lanes: B });
          differentiate(model, randomState(model, 1), window(3), dropout); // must leave nothing for the next window
          return differentiate(model, randomState(model, 1), window(4), dropout);
        });
        expect(cached!.input).toEqual(plain!.input);
        expect(Math.max(...plain!.gradient)).toBeGreaterThan(0.1);
        const close = engine.precision === "f64" ? 1e-13 : 2e-5;
        expect(distance(cached!.gradient, plain!.gradient).absolute).toBeLessThan(close);
      }
    });

    test("after an update, however it is split, the cache holds the product of the new weights", async () => {
      const moments = findOptimizer("adam").moments(checkSettings({}));
      const settings = checkSettings({ beta2: 0.99 });
      const how = { optimizer: findOptimizer("adam"), settings, rate: 0.05, clip: 1, clipBy: "norm" as const };
      const updated = [];
      for (const parts of [1, 2, 3]) {
        // Wider than two tiles, so that a split falls inside one.
        const spec = tinySpec(cell, specs[0]![0]!.cellSettings, { vocabulary: 37 });
        const model = openModel(spec, engine, { lanes: B, steps: T, training: { moments } });
        const window = randomWindow(4, { steps: T, lanes: B, vocabulary: 37 });
        const before = cacheOf(model);
        await trainWindow(model, window, { ...how, done: 0, dropout }, dividedPool(model, parts));
        const [after, gradient] = [cacheOf(model), cacheOf(model, "d.inputProjection")];
        expect(after).not.toEqual(before);
        model.setWeights(model.weights());
        expect(cacheOf(model)).toEqual(after);
        updated.push({ after, gradient });
      }
      expect(updated[1]).toEqual(updated[0]);
      expect(updated[2]).toEqual(updated[0]);
    });
  });
});

describe("the plan uses the cache", () => {
  const [, gru] = units[2]!;
  const of = (vocabulary: number, o: { lanes?: number; steps?: number; training?: { moments: number } }, cell = gru) =>
    plan(tinySpec(cell, {}, { vocabulary }), { lanes: 3, steps: 4, ...o, precision: "f32", panel: 16 });
  const training = { moments: 0 };

  test("in training if the vocabulary is no larger than the tokens of a window", () => {
    expect(of(12, { training }).inputProjection).toBeDefined();
    expect(of(13, { training }).inputProjection).toBeUndefined();
    expect(of(13, { training, lanes: 4 }).inputProjection).toBeDefined();
  });

  test("in inference if it is no larger than the weights, however short the windows", () => {
    // tinySpec has two layers of 6 units on 5: V · 12 + 18 · (5 + 6 + 6 + 6) + 72 weights; the cache has V · 18.
    expect(of(81, { steps: 1, lanes: 1 }).inputProjection).toBeDefined();
    expect(of(82, { steps: 1, lanes: 1 }).inputProjection).toBeUndefined();
    expect(of(82, { steps: 64 }).inputProjection).toBeUndefined();
  });

  test("never for a cell without inputBuffer", () => {
    expect(of(4, { training }, withoutCache(gru)).inputProjection).toBeUndefined();
    expect(of(4, {}, withoutCache(gru)).inputProjection).toBeUndefined();
  });

  test("instead of the embedded window, and counts its bytes", () => {
    const [cached, plain] = [gru, withoutCache(gru)].map((cell) => of(11, { training }, cell));
    const room = (n: number) => 64 * Math.ceil((4 * n) / 64);
    expect(cached!.bytes.packed - plain!.bytes.packed).toBe(room(11 * 18));
    expect(cached!.bytes.activations - plain!.bytes.activations).toBe(room(11 * 18) - 2 * room(12 * 5));
    expect(cached!.regions.has("embedded")).toBe(false);
  });
});

test("with the cache too, a token absent from the window has a zero gradient", () => {
  const [, cell, settings] = units[3]!;
  const model = openModel(tinySpec(cell, settings), f64, { lanes: B, steps: T });
  const window = randomWindow(4, { steps: T, lanes: B, vocabulary: 10 });
  expect(model.plan.inputProjection).toBeDefined();
  const { gradient } = differentiate(model, randomState(model, 1), window);
  for (let id = 0; id < 11; id++) {
    const row = [...gradient.slice(5 * id, 5 * id + 5)];
    if (window.inputs.includes(id)) expect(Math.min(...row.map(Math.abs))).toBeGreaterThan(0);
    else expect(row).toEqual([0, 0, 0, 0, 0]);
  }
});
