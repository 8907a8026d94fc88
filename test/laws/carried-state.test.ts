// Tests of the carried state: through the fastai lesson's validation, with another number of lanes, and as a value.

import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/evaluation/scoring/evaluate.js";
import { withLanes, zeroState } from "../../src/model/layout/state.js";
import { evaluationLanes, trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import { f64, float32Engines } from "../helpers/engines.js";
import { forward, newDraw, numbersOf, openModel, openTrainer, source, tinySpec, units } from "../helpers/tiny.js";

const validIds = newDraw(2).integers(40, 0, 10);
const [, gru] = units[2]!;

describe.each(float32Engines)("the carried state in training on %s", (_, engine) => {
  const spec = tinySpec(gru, {}, { layers: 1 });
  const train = trainingLanes(source(newDraw(5).integers(64 * 12, 0, 10)), 64);
  const valid = { lanes: evaluationLanes(source(validIds), 64), characters: 40, bytes: 40, spelling: 0 };

  test("lesson carries the state through validation back into training; never carries it past validation", async () => {
    for (const resetState of ["lesson", "never"]) {
      const { trainer } = openTrainer(spec, engine, { resetState, epochs: 2, bptt: 6 }, { train, valid });
      const check = openModel(spec, engine, { lanes: 64, steps: 6 });
      const began: number[] = [];
      const wanted: number[] = [];
      let expectedState = zeroState(spec, 64, engine.precision);
      for await (const event of trainer.events()) {
        if (event.kind === "window" && event.length === 6) began.push(event.nats);
        if (event.kind !== "validation") continue;
        const { weights, carried } = trainer.state(); // the state that training leaves, before validation changes it
        check.setWeights(weights);
        const validated = await evaluate(check, valid.lanes, { state: carried });
        expect(event.nats).toBe(validated.nats / 39);
        expectedState = resetState === "lesson" ? validated.state : carried;
        const next = train.window(0, 6) as Window;
        wanted.push(forward(check, expectedState, next).nats / next.counted);
      }
      expect(began.length).toBe(2);
      expect(began[1]).toBe(wanted[0]);
      expect(numbersOf(trainer.state().carried)).toEqual(numbersOf(expectedState));
    }
  });

  test("a state of 512 lanes, used with 64: laneChange zeroes or keeps it, before the first window only", async () => {
    const built = zeroState(spec, 512, engine.precision);
    // Zeros would not show when the state is zeroed.
    for (const { data } of built.arrays) data.fill(0.5);
    for (const laneChange of ["zero", "keep"] as const) {
      const settings = { resetState: "lesson", laneChange, bptt: 6, epochs: 1 };
      const fresh = openTrainer(spec, engine, settings, { train }).trainer.state();
      const { trainer } = openTrainer(spec, engine, settings, { train, resume: { ...fresh, carried: built } });
      const check = openModel(spec, engine, { lanes: 64, steps: 6, seed: 1 });
      const first = train.window(0, 6) as Window;
      const from = (value: number) => {
        const state = zeroState(spec, 64, engine.precision);
        for (const { data } of state.arrays) data.fill(value);
        return forward(check, state, first).nats / first.counted;
      };
      expect(from(0)).not.toBe(from(0.5));
      const before: number[] = [];
      for await (const event of trainer.events()) {
        if (event.kind === "window") before.push(event.nats);
        const { lanes, arrays } = trainer.state().carried;
        expect(lanes).toBe(64);
        if (before.length > 0) expect(arrays[0]!.data.some((x) => x !== 0)).toBe(true);
      }
      expect(before[0]).toBe(from(laneChange === "zero" ? 0 : 0.5));
    }
  });
});

describe("the carried state", () => {
  const two = { lanes: 2, arrays: [{ name: "rnn.0.h", width: 2, data: Float32Array.of(1, 2, 3, 4) }] };
  const dataOf = (lanes: number, change: "zero" | "keep") => [...withLanes(two, lanes, change).arrays[0]!.data];

  test("keep copies the first lanes and zeroes new ones; zero zeroes all lanes", () => {
    expect(dataOf(3, "keep")).toEqual([1, 2, 3, 4, 0, 0]);
    expect(dataOf(1, "keep")).toEqual([1, 2]);
    expect(dataOf(3, "zero")).toEqual([0, 0, 0, 0, 0, 0]);
    expect(dataOf(1, "zero")).toEqual([0, 0]);
  });

  test("with the same number of lanes the state stays the same, under either rule", () => {
    expect(withLanes(two, 2, "zero")).toBe(two);
    expect(withLanes(two, 2, "keep")).toBe(two);
  });

  test("the state is a value: neither a change of its lanes nor a write to a copy changes the original", () => {
    withLanes(two, 3, "keep").arrays[0]!.data.fill(9);
    expect([...two.arrays[0]!.data]).toEqual([1, 2, 3, 4]);
    const model = openModel(tinySpec(gru, {}), f64);
    const taken = model.state();
    taken.arrays[0]!.data.fill(9);
    expect(Math.max(...model.state().arrays[0]!.data)).toBe(0);
  });
});
