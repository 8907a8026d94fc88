// Gradient check: the gradient of every parameter of every cell against central finite differences in f64.

import { describe, expect, test } from "vitest";
import type { LanguageModel } from "../../src/model/language-model.js";
import type { State } from "../../src/model/layout/state.js";
import type { Window } from "../../src/text/windows/lanes.js";
import { f64 } from "../helpers/engines.js";
import { differentiate, forward, openModel, randomState, randomWindow, tinySpec, units } from "../helpers/tiny.js";

const STEP = 1e-5;
const dropout = { seed: 5, token: 40, lane0: 2 };

/** The largest |slope − gradient| over every `every`th parameter, by the loss of `lossOf`. */
function farthest(model: LanguageModel, gradient: ArrayLike<number>, lossOf: () => number, every = 1): number {
  const weights = model.arena.reals(model.plan.weights, model.plan.size);
  let far = 0;
  for (let i = 0; i < weights.length; i += every) {
    const value = weights[i]!;
    const at = (moved: number) => {
      weights[i] = moved;
      model.pack();
      return lossOf();
    };
    const slope = (at(value + STEP) - at(value - STEP)) / (2 * STEP);
    weights[i] = value;
    far = Math.max(far, Math.abs(slope - gradient[i]!));
  }
  model.pack();
  return far;
}

const cases = units.flatMap(([name, cell, settings]) =>
  [false, true].flatMap((tied) =>
    [false, true].map((documents) => ({
      name,
      cell,
      settings,
      tied,
      documents,
      dropout: tied === documents ? 0.4 : 0,
    })),
  ),
);

describe("gradients are slopes of the loss", () => {
  test.each(cases)("$name, tied $tied, dropout $dropout, documents $documents: every parameter", (each) => {
    const spec = tinySpec(each.cell, each.settings, {
      tied: each.tied,
      dropout: each.dropout,
      vocabulary: 7,
      hidden: 4,
    });
    const sized = { ...spec, embedding: each.tied ? 4 : 3 };
    const model = openModel(sized, f64, { lanes: 2, steps: 4, documents: each.documents });
    const mask = each.documents ? { starts: 0.3 } : {};
    const window = randomWindow(12, { steps: 4, lanes: 2, vocabulary: 7, uncounted: 0.25, ...mask });
    const state = randomState(model, 9);
    expect(window.counted).toBeLessThan(8);
    if (each.documents) expect(window.starts).toContain(1);
    const { gradient } = differentiate(model, state, window, dropout);
    expect(Math.max(...gradient)).toBeGreaterThan(0.1);
    const loss = () => forward(model, state, window, dropout).nats;
    expect(farthest(model, gradient, loss)).toBeLessThan(1e-8);
  });

  test("dropout of 0.4 keeps 58 to 62% of the units, other units in another window, and all units if it is off", () => {
    const [, cell, settings] = units[2]!;
    const model = openModel(tinySpec(cell, settings, { dropout: 0.4 }), f64, { lanes: 3, steps: 8 });
    const window = randomWindow(1, { steps: 8, lanes: 3 });
    const state = randomState(model, 2);
    const losses = (token?: number) => [
      ...forward(model, state, window, token === undefined ? undefined : { seed: 5, token, lane0: 0 }).losses,
    ];
    const keptShare = () => {
      const dropped = model.plan.regions.get("rnn.0.dropped")!;
      return model.arena.reals(dropped.offset, 8 * 3 * 6).filter((x) => x !== 0).length / (8 * 3 * 6);
    };
    expect(losses(0)).toEqual(losses(0));
    const shares = Array.from({ length: 50 }, (_, window) => {
      losses(8 * window);
      return keptShare();
    });
    expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) / shares.length - 0.6)).toBeLessThan(0.02);
    expect(losses(0)).not.toEqual(losses(8));
    expect(losses()).not.toEqual(losses(0));
    losses();
    expect(keptShare()).toBe(1);
  });

  test("dropout never affects the input of the first layer or the output of the last", () => {
    const [, cell, settings] = units[2]!;
    const window = randomWindow(1, { steps: 8, lanes: 3 });
    const ran = (dropped: boolean) => {
      const model = openModel(tinySpec(cell, settings, { dropout: 0.4 }), f64, { lanes: 3, steps: 8 });
      const { losses } = forward(model, randomState(model, 2), window, dropped ? dropout : undefined);
      const of = (name: string) => [...model.arena.reals(model.plan.regions.get(name)!.offset, 8 * 3 * 6)];
      const [bias, decoder] = ["decoder.bias", "decoder.weight"].map((name) => model.parameter(name));
      const top = of("rnn.1.output").slice(0, 6);
      const logit = bias![4]! + top.reduce((sum, h, i) => sum + h * decoder![4 * 6 + i]!, 0);
      expect(model.logits(0)[4]).toBeCloseTo(logit, 12); // no dropout between the last layer and the decoder
      return { losses: [...losses], first: of("rnn.0.output"), last: of("rnn.1.output") };
    };
    const whole = ran(false);
    const thinned = ran(true);
    expect(thinned.first).toEqual(whole.first);
    expect(thinned.last).not.toEqual(whole.last);
    expect(thinned.losses).not.toEqual(whole.losses);
  });
});

describe("no gradient crosses a window", () => {
  test.each(units)(
    "%s: the gradient of a second window is the slope of its loss with the incoming state held constant",
    (_, cell, settings) => {
      const model = openModel(tinySpec(cell, settings), f64, { lanes: 2, steps: 4 });
      const [first, second]: Window[] = [1, 2].map((seed) => randomWindow(seed, { steps: 4, lanes: 2 })) as [
        Window,
        Window,
      ];
      const before = randomState(model, 3);
      const carried: State = forward(model, before, first).state;
      const { gradient } = differentiate(model, carried, second);
      const held = () => forward(model, carried, second).nats;
      const through = () => forward(model, forward(model, before, first).state, second).nats;
      expect(farthest(model, gradient, held, 5)).toBeLessThan(1e-8);
      expect(farthest(model, gradient, through, 5)).toBeGreaterThan(1e-3);
    },
  );
});
