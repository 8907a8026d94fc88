// Tests of gradient decay: the norm of a loss's gradient in an earlier state, against finite differences in f64.

import { describe, expect, test } from "vitest";
import { measureGradientDecay } from "../../src/evaluation/inside/gradient-decay.js";
import type { LanguageModel } from "../../src/model/language-model.js";
import { type State, zeroState } from "../../src/model/layout/state.js";
import { f64 } from "../helpers/engines.js";
import { newDraw, openModel, source, tinySpec, units, windowOf } from "../helpers/tiny.js";

const STEP = 1e-5;
const LEAD = 7;
const LANES = 2;
const VOCABULARY = 11;
const LAYERS = 5;
/** A text with room for one measurement only, so that the random offset is 0. */
const ids = (length: number) => newDraw(7).integers(length, 0, VOCABULARY - 1);

/** The state after inputs [0, n), the same in both lanes. */
function stateAfter(model: LanguageModel, text: Int32Array, n: number): State {
  let state = zeroState(model.spec, LANES, "f64");
  for (let t = 0; t < n; t++) {
    model.setState(state);
    model.load(windowOf(1, LANES, Int32Array.of(text[t]!, text[t]!), Int32Array.of(-1, -1)));
    model.forward();
    state = model.state();
  }
  return state;
}

/** −log p of the last token in lane 0, from a given state before the last inputs. */
function lossFrom(model: LanguageModel, state: State, text: Int32Array, from: number): number {
  const steps = text.length - 1 - from;
  const inputs = new Int32Array(steps * LANES).map((_, i) => text[from + Math.floor(i / LANES)]!);
  const targets = new Int32Array(steps * LANES).fill(-1);
  targets[(steps - 1) * LANES] = text.at(-1)!;
  model.setState(state);
  model.load(windowOf(steps, LANES, inputs, targets));
  model.forward();
  model.loss();
  return model.lossSum();
}

/** The norms of the finite differences: of each layer's state, then of all layers. */
function differences(model: LanguageModel, text: Int32Array, lag: number): number[] {
  const length = text.length - 1;
  const state = stateAfter(model, text, length - lag);
  const squares = new Array<number>(LAYERS).fill(0);
  for (const [i, { name, width }] of state.arrays.entries()) {
    for (let j = 0; j < width; j++) {
      const moved = (by: number): State => ({
        lanes: LANES,
        arrays: state.arrays.map((a, n) => ({ ...a, data: a.data.map((x, m) => (n === i && m === j ? x + by : x)) })),
      });
      const at = (by: number) => lossFrom(model, moved(by), text, length - lag);
      const difference = (at(STEP) - at(-STEP)) / (2 * STEP);
      squares[Number(name.split(".")[1])]! += difference * difference;
    }
  }
  return [...squares, squares.reduce((a, b) => a + b)].map(Math.sqrt);
}

describe("gradient decay", () => {
  test.each(units)(
    "%s: each norm equals the finite differences of the loss in the earlier state, layer by layer",
    async (_, cell, settings) => {
      const lags = [1, 2, 5];
      const text = ids(LEAD + 5 + 1);
      const model = openModel(tinySpec(cell, settings, { layers: LAYERS }), f64, { lanes: LANES, steps: 5 });
      const decay = await measureGradientDecay(model, source(text), { lags, rounds: 1, lead: LEAD, seed: 1 });
      expect(decay).toMatchObject({ lags: [0, 1, 2, 5], places: LANES });
      for (const [i, lag] of lags.entries()) {
        for (const [l, norm] of differences(model, text, lag).entries()) {
          expect((decay.layers[l] ?? decay.norms)[i + 1]).toBeCloseTo(norm, 7);
        }
      }
      expect(decay.norms[1]).toBeGreaterThan(1e-3);
    },
  );

  test.each(units)(
    "%s: at lag 0 the gradient is the decoder's transpose times softmax minus the one-hot target",
    async (_, cell, settings) => {
      const text = ids(LEAD + 2 + 1);
      const model = openModel(tinySpec(cell, settings, { layers: 3 }), f64, { lanes: LANES, steps: 2 });
      const decay = await measureGradientDecay(model, source(text), { lags: [1, 2], rounds: 2, lead: LEAD, seed: 3 });
      const weight = model.parameter("decoder.weight");
      const state = stateAfter(model, text, text.length - 1); // leaves its logits in the model
      const logits = [...model.logits(0)];
      const sum = logits.reduce((all, x) => all + Math.exp(x), 0);
      const gradient = Array.from({ length: 6 }, (_, h) =>
        logits.reduce((all, x, v) => all + weight[v * 6 + h]! * (Math.exp(x) / sum - (v === text.at(-1) ? 1 : 0)), 0),
      );
      expect(state.lanes).toBe(LANES);
      expect(decay.norms[0]).toBeCloseTo(Math.hypot(...gradient), 10);
      expect(decay.layers[0]![0]).toBe(0);
      expect(decay.places).toBe(2 * LANES);
    },
  );

  test("it changes no weight, draws the same positions from a seed, and skips lags longer than the text", async () => {
    const [, cell, settings] = units[3]!;
    const model = openModel(tinySpec(cell, settings), f64, { lanes: 2, steps: 8 });
    const before = model.weights();
    const o = { lags: [1, 2, 4, 8], rounds: 3, lead: 4, seed: 5 };
    const decay = await measureGradientDecay(model, source(ids(16), true), o);
    expect(decay.lags).toEqual([0, 1, 2, 4]);
    expect(await measureGradientDecay(model, source(ids(16)), o)).toEqual(decay);
    expect(await measureGradientDecay(model, source(ids(16)), { ...o, seed: 6 })).not.toEqual(decay);
    expect(model.weights()).toEqual(before);
    let asked = 0;
    const stopped = await measureGradientDecay(model, source(ids(16)), { ...o, between: () => ++asked < 2 });
    expect(stopped.places).toBe(2);
  });
});
