// Tests of divergence: a run stops before the broken update, keeps its last weights, and advises other settings.

import { describe, expect, test } from "vitest";
import { trainingLanes } from "../../src/text/windows/lanes.js";
import type { TrainEvent } from "../../src/training/loop/events.js";
import { trainWindow } from "../../src/training/loop/trainer.js";
import { float32Engines } from "../helpers/engines.js";
import { newDraw, openModel, openTrainer, randomWindow, source, tinySpec, units } from "../helpers/tiny.js";

const ids = newDraw(1).integers(3 * 24 + 1, 0, 10);
const [, gru] = units[2]!;

describe.each(float32Engines)("a run that diverges on %s", (_, engine) => {
  const [, rnn, relu] = units[1]!;

  test("stops before the update, keeps finite weights, and advises settings with their values", async () => {
    const train = trainingLanes(source(ids), 3);
    const settings = { lr: 1e12, epochs: 9, optimizer: "sgd", bptt: 11, nonlinearity: "relu", tries: 0 };
    const { trainer } = openTrainer(tinySpec(rnn, relu), engine, settings, { train });
    const events: TrainEvent[] = [];
    let before = trainer.state();
    for await (const event of trainer.events()) {
      events.push(event);
      if (event.kind === "window") before = trainer.state();
    }
    const last = events.at(-1)!;
    expect(last).toMatchObject({ kind: "diverged", what: "loss", window: before.position.window + 1 });
    expect(last.kind === "diverged" && last.advice).toBe(
      "Try one of these, in this order: `lr: 250000000000` (this update's rate was 1000000000000); " +
        "`clip: 1` (it is off); `bptt: 6` (this window had 11 steps).",
    );
    const after = trainer.state();
    expect(before.position.window).toBeGreaterThan(0);
    expect(after.weights.every(Number.isFinite)).toBe(true);
    expect(after.weights).toEqual(before.weights);
    expect(after.position).toEqual(before.position);
    expect(after.ended).toBe(false);
  });

  test("a gradient that is not finite stops the update too, even if the loss is finite", async () => {
    const model = openModel(tinySpec(rnn, relu), engine, { training: { moments: 2 } });
    // Inputs so large that the squares of weight_ih's gradient overflow, and a weight_ih so small that h stays finite.
    const huge = 1e25;
    for (const [name, factor] of [
      ["embedding.weight", huge],
      ["rnn.weight_ih_l0", 1 / huge],
    ] as const) {
      model.setParameter(
        name,
        model.parameter(name).map((x) => x * factor),
      );
    }
    model.pack();
    const before = model.weights();
    const { settings } = openTrainer(tinySpec(gru, {}), engine, {}, { train: trainingLanes(source(ids), 3) });
    const { optimizer, values } = settings;
    const how = { optimizer, settings: values, rate: 0.1, clip: 1, clipBy: "norm" as const, done: 0 };
    const window = randomWindow(3, { steps: 8, lanes: 3 });
    const update = trainWindow(model, window, { ...how, dropout: { seed: 1, token: 0, lane0: 0 } });
    const finding = { what: "gradient", how: "not finite", window: 1, value: "Infinity" };
    await expect(update).rejects.toMatchObject({ name: "DivergenceError", finding });
    expect(model.lossSum()).toBeLessThan(1000);
    expect(model.weights()).toEqual(before);
    for (const m of model.plan.moments) expect(model.arena.reals(m, model.plan.size).every((x) => x === 0)).toBe(true);
  });
});
