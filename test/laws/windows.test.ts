// Tests that neither the split into windows nor the other lanes change a bit, on every engine, for every cell.

import { describe, expect, test } from "vitest";
import { withLanes } from "../../src/model/layout/state.js";
import { allEngines } from "../helpers/engines.js";
import { fc } from "../helpers/random.js";
import {
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
} from "../helpers/tiny.js";

// Wider than a vector and a tile, and a multiple of neither.
const sizes = { vocabulary: 21, hidden: 19, embedding: 5, dropout: 0.3 };
const T = 12;
const B = 5;
const dropout = { seed: 4, token: 1000, lane0: 6 };

describe.each(allEngines)("on %s", (_, engine) => {
  describe.each(units)("%s", (_, cell, settings) => {
    const spec = tinySpec(cell, settings, sizes);
    const model = openModel(spec, engine, { lanes: B, steps: T, documents: true });
    const state = randomState(model, 1);

    test("windows that carry the state give the losses and the final state of one long window", () => {
      const cuts = fc.uniqueArray(fc.integer({ min: 1, max: T - 1 }), { maxLength: T - 1 });
      fc.assert(
        fc.property(fc.nat(), cuts, fc.boolean(), (seed, inner, masked) => {
          const window = randomWindow(seed, { steps: T, lanes: B, vocabulary: 21, ...(masked && { starts: 0.1 }) });
          const whole = forward(model, state, window, dropout);
          const bounds = [0, ...inner.toSorted((a, b) => a - b), T];
          const losses: number[] = [];
          let carried = state;
          let sum = 0;
          for (const [i, to] of bounds.slice(1).entries()) {
            const from = bounds[i]!;
            const ran = forward(model, carried, part(window, from, to), { ...dropout, token: dropout.token + from });
            losses.push(...ran.losses);
            carried = ran.state;
            sum = model.lossSum(sum);
          }
          expect(losses).toEqual([...whole.losses]);
          expect(numbersOf(carried)).toEqual(numbersOf(whole.state));
          expect(sum).toBe(whole.nats);
        }),
        { numRuns: 8 },
      );
    });

    test("a lane's losses, state and gradient are the same among other lanes, at another index and alone", () => {
      const single = openModel(spec, engine, { lanes: 1, steps: T, documents: true });
      const window = randomWindow(7, { steps: T, lanes: B, vocabulary: 21, uncounted: 0.2, starts: 0.1 });
      const whole = differentiate(model, state, window, dropout);
      for (let lane = 0; lane < B; lane++) {
        const own = { ...dropout, lane0: dropout.lane0 + lane };
        const one = differentiate(single, laneOf(state, lane), part(window, 0, T, [lane]), own);
        expect([...one.losses]).toEqual(laneRows(whole.losses, B, 1, lane));
        expect([...one.input.data]).toEqual(laneRows(whole.input.data, B, whole.input.width, lane));
        expect(numbersOf(one.state)).toEqual(numbersOf(laneOf(whole.state, lane)));
      }
      // Lane 0 among four lanes with other tokens.
      const states = withLanes(laneOf(state, 0), B, "keep");
      const others = randomWindow(8, { steps: T, lanes: B, vocabulary: 21, starts: 0.5 });
      for (const key of ["inputs", "targets", "starts"] as const) {
        for (let t = 0; t < T; t++) others[key]![t * B] = window[key]![t * B]!;
      }
      const among = differentiate(model, states, others, dropout);
      expect(laneRows(among.losses, B, 1, 0)).toEqual(laneRows(whole.losses, B, 1, 0));
      const { data, width } = whole.input;
      expect(laneRows(among.input.data, B, width, 0)).toEqual(laneRows(data, B, width, 0));
      expect(laneRows(among.losses, B, 1, 1)).not.toEqual(laneRows(whole.losses, B, 1, 1));
    });
  });
});
