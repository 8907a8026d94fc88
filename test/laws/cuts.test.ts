// Tests that an update split into parts, as worker threads split it, gives the bits of an unsplit one. Lanes and
// parameter rows are split at random points that are no multiple of a tile; the parts run one after another; several
// windows train with every feature on that could make a difference.

import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/compute/arena.js";
import type { ModelSpec } from "../../src/model/layout/spec.js";
import { trainWindow } from "../../src/training/loop/trainer.js";
import { findOptimizer } from "../../src/training/settings/optimizer.js";
import type { rangeOf } from "../../src/training/step/step.js";
import { allEngines } from "../helpers/engines.js";
import { thinned } from "../helpers/random.js";
import {
  dividedPool,
  newDraw,
  numbersOf,
  openModel,
  randomState,
  randomWindow,
  tinySpec,
  units,
} from "../helpers/tiny.js";

const [T, B] = [6, 13];
const settings = { beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.01, momentum: 0.9, alpha: 0.9 };

/** Bounds of `parts` parts of [0, n): no inner bound is a multiple of 4 or 6, the row counts of the tiles. */
function bounds(draw: ReturnType<typeof newDraw>, n: number, parts: number): number[] {
  const inner = new Set<number>();
  while (inner.size < parts - 1) {
    const at = draw.integer(1, n - 1);
    if (at % 4 !== 0 && at % 6 !== 0) inner.add(at);
  }
  return [0, ...[...inner].sort((a, b) => a - b), n];
}

/** Trains on three windows, each update split into `parts`; returns everything that could differ. */
async function train(spec: ModelSpec, engine: Engine, optimizer: string, parts = 1, draw = newDraw(0)) {
  const moments = findOptimizer(optimizer).moments(settings);
  const model = openModel(spec, engine, { lanes: B, steps: T, training: { moments }, documents: true });
  model.setState(randomState(model, 1));
  const results = [];
  for (let i = 0; i < 3; i++) {
    const starts = i === 1 ? { starts: 0.15 } : {};
    const window = randomWindow(i, { steps: T - i, lanes: B, vocabulary: 41, uncounted: 0.1, ...starts });
    const how = { optimizer: findOptimizer(optimizer), settings, rate: 0.02, clip: 0.1, clipBy: "norm" as const };
    const dropout = { seed: 3, token: 6 * i, lane0: 0 };
    const lanes = bounds(draw, B, parts);
    const rows = bounds(draw, model.plan.rows, parts === 1 ? 1 : 4 * parts); // four ranges for each thread, as in a run
    const projectionRows = model.plan.inputProjection
      ? bounds(draw, model.plan.inputProjection.rows, parts === 1 ? 1 : 4 * parts)
      : [];
    const partition: typeof rangeOf = (_, { kind }, part) => {
      const at =
        kind === "lanes"
          ? lanes
          : kind === "inputProjectionGradient" || kind === "inputProjection"
            ? projectionRows
            : rows;
      return [at[part]!, at[part + 1]!];
    };
    results.push(await trainWindow(model, window, { ...how, done: i, dropout }, dividedPool(model, parts, partition)));
    model.setState(model.state());
  }
  return {
    results,
    state: numbersOf(model.state()),
    weights: [...model.weights()],
    moments: model.plan.moments.map((m) => [...model.arena.reals(m, model.plan.size)]),
  };
}

const optimizers = ["sgd", "rmsprop", "adam", "adamw"];

describe.each(allEngines.map(([name, engine], turn) => [name, engine, turn] as const))("on %s", (_, engine, turn) => {
  const cases = units.map((unit, i) => [...unit, optimizers[i % optimizers.length]!] as const);
  test.each(thinned(cases, 3, turn))(
    "%s: an update split into 1, 2, 3 and 5 parts gives the bits of an unsplit one",
    async (_, cell, cellSettings, optimizer) => {
      for (const tied of [false, true]) {
        const size = { vocabulary: 41, hidden: 19, embedding: tied ? 19 : 5, dropout: 0.3, tied };
        const spec = tinySpec(cell, cellSettings, size);
        const expected = await train(spec, engine, optimizer);
        expect(expected.results.every((r) => r.norm > 0.1)).toBe(true);
        const draw = newDraw(tied ? 1 : 2);
        for (const parts of [1, 2, 3, 5]) {
          expect(await train(spec, engine, optimizer, parts, draw)).toEqual(expected);
        }
      }
    },
  );
});
