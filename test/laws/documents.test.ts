// Tests of document starts and uncounted targets: a window with `starts` gives what its documents give one by one, and
// a position with target −1 has no influence.

import { describe, expect, test } from "vitest";
import { zeroState } from "../../src/model/layout/state.js";
import type { Window } from "../../src/text/windows/lanes.js";
import { trainWindow } from "../../src/training/loop/trainer.js";
import { findOptimizer } from "../../src/training/settings/optimizer.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { allEngines, f64 } from "../helpers/engines.js";
import { distance } from "../helpers/golden.js";
import { fc } from "../helpers/random.js";
import {
  type Differentiated,
  differentiate,
  forward,
  laneOf,
  laneRows,
  numbersOf,
  openModel,
  part,
  randomState,
  randomWindow,
  tinySpec,
  units,
  windowOf,
} from "../helpers/tiny.js";

const [T, B] = [9, 3];
const dropoutAt = { seed: 2, token: 70, lane0: 0 };

/** The bounds of each document in a lane. */
function documentsOf(window: Window, lane: number): [from: number, to: number][] {
  const inner = Array.from({ length: window.steps }, (_, t) => t).filter(
    (t) => t > 0 && window.starts![t * window.lanes + lane] === 1,
  );
  const bounds = [0, ...inner, window.steps];
  return bounds.slice(1).map((to, i) => [bounds[i]!, to]);
}

/** The sum of several gradients. */
function sumOf(gradients: readonly ArrayLike<number>[]): Float64Array {
  return Float64Array.from({ length: gradients[0]!.length }, (_, i) => gradients.reduce((sum, g) => sum + g[i]!, 0));
}

describe.each(allEngines)("on %s", (_, engine) => {
  // Rounding bound for sums of some 30 terms of size 1 in another order.
  const close = engine.precision === "f64" ? 1e-13 : 2e-5;

  describe.each(units)("%s", (_, cell, settings) => {
    const spec = tinySpec(cell, settings, { dropout: 0.3 });
    const model = openModel(spec, engine, { lanes: B, steps: T, documents: true });
    const single = openModel(spec, engine, { lanes: 1, steps: T, documents: true });
    const state = randomState(model, 1);
    const zero = zeroState(spec, 1, engine.precision);

    test("a window with document starts equals its documents one by one, in losses and gradients", () => {
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const window = randomWindow(seed, { steps: T, lanes: B, uncounted: 0.1, starts: 0.3 });
          const together = differentiate(model, state, window, dropoutAt);
          const each: Differentiated[] = [];
          for (let lane = 0; lane < B; lane++) {
            let losses: number[] = [];
            let inputs: number[] = [];
            for (const [from, to] of documentsOf(window, lane)) {
              const whole = part(window, from, to, [lane]);
              const text = windowOf(whole.steps, 1, whole.inputs, whole.targets); // without starts
              const continued = from === 0 && whole.starts![0] === 0; // the document began in an earlier window
              const dropout = { ...dropoutAt, token: dropoutAt.token + from, lane0: lane };
              const one = differentiate(single, continued ? laneOf(state, lane) : zero, text, dropout);
              each.push(one);
              losses = [...losses, ...one.losses];
              inputs = [...inputs, ...one.input.data];
            }
            expect(losses).toEqual(laneRows(together.losses, B, 1, lane));
            expect(inputs).toEqual(laneRows(together.input.data, B, together.input.width, lane));
            expect(numbersOf(each.at(-1)!.state)).toEqual(numbersOf(laneOf(together.state, lane)));
          }
          expect(distance(together.gradient, sumOf(each.map((one) => one.gradient))).absolute).toBeLessThan(close);
        }),
        { numRuns: 5 },
      );
    });

    test("for a window without document starts, a model planned for documents equals one that is not", () => {
      const plain = openModel(spec, engine, { lanes: B, steps: T });
      const window = randomWindow(3, { steps: T, lanes: B });
      const masked = differentiate(model, state, window, dropoutAt);
      const without = differentiate(plain, state, window, dropoutAt);
      expect(masked.losses).toEqual(without.losses);
      expect(numbersOf(masked.state)).toEqual(numbersOf(without.state));
      expect(distance(masked.gradient, without.gradient).absolute).toBeLessThan(close);
    });

    test("trailing positions and whole lanes whose targets are −1 change no bit of loss, gradient or norm", () => {
      const full = randomWindow(5, { steps: T, lanes: B });
      const [steps, lanes] = [6, [0, 2]];
      const silent = full.targets.map((y, m) => (Math.floor(m / B) < steps && m % B !== 1 ? y : -1));
      const marked = windowOf(T, B, full.inputs, silent);
      const short = part(marked, 0, steps, lanes);
      expect(marked.counted).toBe(short.counted);
      const two = openModel(spec, engine, { lanes: 2, steps });
      const three = openModel(spec, engine, { lanes: B, steps: T });
      const here = randomState(two, 2);
      const arrays = here.arrays.map((a) => {
        const rows = [0, 1, 1].map((lane) => [...a.data.subarray(lane * a.width, (lane + 1) * a.width)]);
        return { ...a, data: Float64Array.from(rows.flat()) };
      });
      const long = differentiate(three, { lanes: B, arrays }, marked);
      const shortened = differentiate(two, here, short);
      expect(long.nats).toBe(shortened.nats);
      // + 0 makes −0 and 0 equal.
      expect(long.gradient.map((x) => x + 0)).toEqual(shortened.gradient.map((x) => x + 0));
      expect(long.squaredNorm).toBe(shortened.squaredNorm);
    });

    test("the gradient is the sum over counted targets, and targets of −1 contribute nothing", () => {
      const full = randomWindow(6, { steps: T, lanes: B });
      const only = (keep: (m: number) => boolean) => {
        const targets = full.targets.map((y, m) => (keep(m) ? y : -1));
        return differentiate(model, state, windowOf(T, B, full.inputs, targets), dropoutAt);
      };
      const [all, even, odd] = [only(() => true), only((m) => m % 2 === 0), only((m) => m % 2 === 1)];
      expect(distance(all.gradient, sumOf([even.gradient, odd.gradient])).absolute).toBeLessThan(close);
      expect([...even.losses].map((x, m) => x + odd.losses[m]!)).toEqual([...all.losses]);
      expect([...even.losses].filter((x) => x === 0).length).toBe(Math.floor((T * B) / 2));
    });

    test("a window without counted targets advances the state and changes no weight", async () => {
      const optimizer = findOptimizer("adam");
      const settings = checkSettings({});
      const trained = openModel(spec, engine, { lanes: B, steps: T, training: { moments: 2 } });
      const window = randomWindow(8, { steps: T, lanes: B, uncounted: 1 });
      const before = trained.weights();
      trained.setState(state);
      const how = { optimizer, settings, rate: 0.1, clip: 1, clipBy: "norm" as const, done: 0, dropout: dropoutAt };
      const result = await trainWindow(trained, window, how);
      expect({ ...result, norm: result.norm + 0 }).toEqual({ nats: 0, counted: 1, norm: 0 });
      expect(trained.weights()).toEqual(before);
      expect(numbersOf(trained.state())).toEqual(numbersOf(forward(trained, state, window, dropoutAt).state));
    });
  });
});

test("the loss and the gradient norm of an update are means over the counted targets", async () => {
  const [, cell, settings] = units[2]!;
  const model = openModel(tinySpec(cell, settings), f64, { lanes: B, steps: T });
  const window = randomWindow(9, { steps: T, lanes: B, uncounted: 0.5 });
  const state = randomState(model, 1);
  const { gradient, nats } = differentiate(model, state, window);
  model.setState(state);
  const how = { optimizer: findOptimizer("sgd"), settings: checkSettings({}), rate: 0, clip: 0 };
  const result = await trainWindow(model, window, { ...how, clipBy: "norm", done: 0, dropout: dropoutAt });
  const counted = window.targets.filter((y) => y !== -1).length;
  expect(counted).toBeLessThan(T * B);
  expect(result.counted).toBe(counted);
  expect(result.nats).toBe(nats);
  expect(result.norm).toBeCloseTo(Math.hypot(...gradient) / counted, 12);
});
