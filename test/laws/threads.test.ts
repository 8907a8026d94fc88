// Tests that training and evaluation on several threads give the bits of one thread, for every cell, engine and number
// of threads, with every feature on that could make a difference.

import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/compute/arena.js";
import { evaluate } from "../../src/evaluation/scoring/evaluate.js";
import type { ModelSpec } from "../../src/model/layout/spec.js";
import { trainingLanes } from "../../src/text/windows/lanes.js";
import { trainWindow } from "../../src/training/loop/trainer.js";
import { findOptimizer } from "../../src/training/settings/optimizer.js";
import { createPool } from "../../src/training/step/threads.js";
import { allEngines, f32, fastest } from "../helpers/engines.js";
import { thinned } from "../helpers/random.js";
import { watchThreads } from "../helpers/threads.js";
import { newDraw, numbersOf, randomState, randomWindow, source, tinySpec, units } from "../helpers/tiny.js";

const [T, B, V] = [6, 13, 21];
const settings = { beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.01, momentum: 0.9, alpha: 0.9 };
const ids = newDraw(5).integers(B * 40, 0, V - 1);

/** Trains on three windows and scores a text. `workersOnly`: the workers compute everything, the caller nothing. */
async function work(spec: ModelSpec, engine: Engine, optimizer: string, asked: number, workersOnly: boolean) {
  const moments = findOptimizer(optimizer).moments(settings);
  const options = { lanes: B, steps: T, training: { moments }, documents: true };
  const watched = watchThreads(workersOnly);
  const threads = { available: 99, spawn: watched.spawn };
  const { model, pool } = createPool(spec, engine, options, { threads, asked });
  try {
    model.initialize(3);
    model.setState(randomState(model, 1));
    if (asked > 1) {
      // Starts the workers; this is not an update.
      await pool.run({ kind: "lanes", window: model.window, verbs: ["forward", "loss"] }, 1);
      await watched.present(workersOnly ? asked : asked - 1);
    }
    const results = [];
    for (let i = 0; i < 3; i++) {
      const starts = i === 1 ? { starts: 0.15 } : {};
      const window = randomWindow(i, { steps: T - i, lanes: B, vocabulary: V, uncounted: 0.1, ...starts });
      const how = { optimizer: findOptimizer(optimizer), settings, rate: 0.02, clip: 0.1, clipBy: "norm" as const };
      const dropout = { seed: 3, token: 6 * i, lane0: 0 };
      results.push(await trainWindow(model, window, { ...how, done: i, dropout }, pool));
      model.setState(model.state());
    }
    const scored = await evaluate(model, trainingLanes(source(ids), B), { pool });
    return {
      results,
      scored: { ...scored, state: numbersOf(scored.state) },
      weights: [...model.weights()],
      moments: model.plan.moments.map((m) => [...model.arena.reals(m, model.plan.size)]),
    };
  } finally {
    pool.end();
    expect(watched.counts.started).toBe(watched.counts.ended);
  }
}

const optimizers = ["sgd", "rmsprop", "adam", "adamw"];

function specOf(i: number): ModelSpec {
  const [, cell, cellSettings] = units[i]!;
  const tied = i % 2 === 1;
  return tinySpec(cell, cellSettings, { vocabulary: V, hidden: 19, embedding: tied ? 19 : 5, dropout: 0.3, tied });
}

// A cell runs on two threads on one engine and on three on the next.
describe.each(allEngines.map(([name, engine], turn) => [name, engine, turn] as const))("on %s", (_, engine, turn) => {
  const cases = units.map(([name], i) => [name, (i + turn) % 2 === 0 ? "two" : "three", i] as const);
  test.each(thinned(cases, 4, turn))("%s gives on %s threads the bits of one thread", async (_, threads, i) => {
    const spec = specOf(i);
    const optimizer = optimizers[i % optimizers.length]!;
    const expected = await work(spec, engine, optimizer, 1, false);
    expect(expected.results.every((r) => r.norm > 0.1)).toBe(true);
    const two = threads === "two";
    expect(await work(spec, engine, optimizer, two ? 2 : 3, two)).toEqual(expected);
  });
});

test.each([f32, fastest])("four and eight threads give the bits of one thread: $name $level", async (engine) => {
  for (const [i, threads] of [4, 8].entries()) {
    const expected = await work(specOf(i + 2), engine, "adam", 1, false);
    expect(await work(specOf(i + 2), engine, "adam", threads, true)).toEqual(expected);
  }
});
