// What the trainer does is what a loop by hand does; and looking on (validating, sampling, waiting for text) changes no bit of it.

import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/evaluation/evaluate.js";
import { withLanes, zeroState } from "../../src/model/state.js";
import { readCorpus } from "../../src/text/corpus.js";
import { makeField } from "../../src/text/field.js";
import { evaluationLanes, trainingLanes, type Window } from "../../src/text/lanes.js";
import { sourceOf, type Tokens } from "../../src/text/tokens.js";
import type { TrainEvent } from "../../src/training/events.js";
import { checkKnobs } from "../../src/training/knob-values.js";
import { prepare } from "../../src/training/prepare.js";
import { validationReader } from "../../src/training/reading.js";
import { trainStep } from "../../src/training/step.js";
import type { Trainer } from "../../src/training/trainer.js";
import { allEngines, f64, float32Engines } from "../helpers/engines.js";
import {
  forward,
  newDraw,
  numbersOf,
  openModel,
  openTrainer,
  randomWindow,
  source,
  tinySpec,
  units,
} from "../helpers/tiny.js";

const ids = newDraw(1).integers(3 * 24 + 1, 0, 10);
const validIds = newDraw(2).integers(40, 0, 10);
const [, gru] = units[2]!;
const [, lstm] = units[3]!;

/** Ids as a part of a text of one byte a token. */
function tokensOf(ids: Int32Array): Tokens {
  const sizes = { characters: ids.length, bytes: ids.length, firstCharacters: 1, firstBytes: 1, unknown: 0 };
  return { ...sourceOf(ids), ...sizes };
}

/** All events without their clocks. */
async function eventsOf(trainer: Trainer): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of trainer.events()) events.push(event);
  return events.map((event) => ("clock" in event ? { ...event, clock: { seconds: 0, tokensPerSecond: 0 } } : event));
}

/** What training leaves, and what it told about its windows. */
async function outcome(trainer: Trainer) {
  const events = await eventsOf(trainer);
  const { weights, moments, carried, running, position } = trainer.state();
  const windows = events.filter((event) => event.kind === "window");
  return { windows, weights, moments, carried: numbersOf(carried), running, position };
}

describe.each(allEngines)("on %s", (_, engine) => {
  const spec = tinySpec(lstm, {}, { dropout: 0.2 });
  const train = trainingLanes(source(ids), 3);
  const valid = { lanes: evaluationLanes(source(validIds), 3), characters: 40, bytes: 40 };

  test.each(["epoch", "never"] as const)(
    "state %s: the trainer leaves the bits that a loop by hand leaves",
    async (policy) => {
      const { trainer, settings } = openTrainer(
        spec,
        engine,
        { state: policy, epochs: 3, layers: 2, clip: 0.5 },
        { train },
      );
      const left = await outcome(trainer);

      const model = openModel(spec, engine, { lanes: 3, steps: 7, training: { moments: 2 }, seed: 1 });
      const zero = zeroState(spec, 3, engine.precision);
      let carried = zero;
      let done = 0;
      const nats: number[] = [];
      for (let epoch = 0; epoch < 3; epoch++) {
        if (policy === "epoch") carried = zero;
        for (let at = 0; at < 23; at += 7) {
          const window = train.window(at, Math.min(7, 23 - at)) as Window;
          model.setState(carried);
          const dropout = { seed: 1, token: 23 * epoch + at, lane0: 0 };
          const how = {
            optimizer: settings.optimizer,
            knobs: settings.knobs,
            rate: 0.003,
            clip: 0.5,
            clipBy: "norm" as const,
          };
          const step = trainStep(model, window, { ...how, done, dropout });
          nats.push(step.nats / step.counted);
          carried = model.state();
          done += 1;
        }
      }
      expect(left.windows.map((event) => event.nats)).toEqual(nats);
      expect(left.windows.map((event) => event.length)).toEqual([7, 7, 7, 2, 7, 7, 7, 2, 7, 7, 7, 2]);
      expect(left.weights).toEqual(model.weights());
      expect(left.carried).toEqual(numbersOf(policy === "epoch" ? zero : carried));
      expect(left.position).toEqual({ window: 12, epoch: 3, at: 0, tokens: 3 * 3 * 23 });
    },
  );

  test("state window: each window begins from zero, in validation too, and nothing is left to carry", async () => {
    const cold = validationReader(
      tokensOf(validIds),
      checkKnobs({ state: "window", bptt: 7 }),
      { lanes: 3, steps: 7 },
      0,
    );
    const { trainer, settings } = openTrainer(spec, engine, { state: "window", epochs: 2 }, { train, valid: cold });
    const model = openModel(spec, engine, { lanes: 3, steps: 7, training: { moments: 2 }, seed: 1 });
    const zero = zeroState(spec, 3, engine.precision);
    let done = 0;
    for await (const event of trainer.events()) {
      if (event.kind === "window") {
        const at = (7 * done) % 28;
        model.setState(zero);
        const { optimizer, knobs } = settings;
        const how = { optimizer, knobs, rate: 0.003, clip: 0, clipBy: "norm" as const, done };
        const dropout = { seed: 1, token: 23 * event.epoch + at, lane0: 0 };
        const step = trainStep(model, train.window(at, Math.min(7, 23 - at)) as Window, { ...how, dropout });
        expect(event.nats).toBe(step.nats / step.counted);
        expect(numbersOf(trainer.state().carried)).toEqual(numbersOf(zero));
        done += 1;
      }
      if (event.kind !== "validation") continue;
      let nats = 0;
      for (let at = 0; at < cold.lanes.positions; at += 7) {
        nats += forward(model, zero, cold.lanes.window(at, 7) as Window).nats;
      }
      expect(event.tokens).toBe(35); // 5 sections of 7 of 40 tokens
      expect(event.nats).toBeCloseTo(nats / 35, 6);
    }
    expect(done).toBe(8);
  });

  test("a reader is told where, how much and for which epoch it reads", async () => {
    const asked: number[][] = [];
    const window = (at: number, steps: number, epoch?: number) => {
      asked.push([at, steps, epoch!]);
      return train.window(at, steps);
    };
    await outcome(openTrainer(spec, engine, { epochs: 2, bptt: 12 }, { train: { ...train, window } }).trainer);
    expect(asked).toEqual([[0, 12, 0], [12, 11, 0], [0, 12, 1], [12, 11, 1]]); // biome-ignore format: one line
  });

  test("a promised window trains to the bits of one that is there", async () => {
    const promised = trainingLanes(source(ids, true), 3);
    expect(promised.window(0, 7)).toBeInstanceOf(Promise);
    const [one, other] = [train, promised].map((reader) => openTrainer(spec, engine, { epochs: 2 }, { train: reader }));
    expect(await outcome(other!.trainer)).toEqual(await outcome(one!.trainer));
  });

  test.each(["epoch", "never"] as const)(
    "state %s: validating and sampling after every window leave training untouched",
    async (state) => {
      const text = "the state is carried, its history let go; what stays is a value.\n".repeat(4);
      const field = makeField({});
      const corpus = await readCorpus([{ name: "text", bytes: [new TextEncoder().encode(text)] }], { field });
      const knobs = {
        cell: "gru",
        hidden: 6,
        embedding: 5,
        layers: 2,
        dropout: 0.2,
        batch: 3,
        bptt: 16,
        epochs: 2,
        state,
      };
      const watched = prepare(corpus, { ...knobs, validateEvery: 1, sampleEvery: 1, sampleLength: 5 }, { engine });
      const blind = prepare({ ...corpus, valid: undefined }, { ...knobs, sampleLength: 0 }, { engine });
      const told: string[] = [];
      const events = await eventsOf(watched.trainer);
      for (const event of events) told.push(event.kind);
      const windows = watched.settings.windows;
      expect(told.filter((kind) => kind === "validation").length).toBe(windows);
      expect(told.filter((kind) => kind === "sample").length).toBe(windows);
      const quiet = await eventsOf(blind.trainer);
      const plain = (all: TrainEvent[]) => all.filter((event) => event.kind === "window" || event.kind === "epoch");
      expect(plain(events)).toEqual(plain(quiet));
      const kept = ({ trainer }: typeof blind) => {
        const { weights, moments, carried, position, running } = trainer.state();
        return { weights, moments, carried, position, running };
      };
      expect(kept(watched)).toEqual(kept(blind));
    },
  );

  test("validation starts from zero, under never from a copy of training's state, and hands nothing back", async () => {
    for (const [state, validState, copies] of [
      ["epoch", undefined, false],
      ["never", undefined, true],
      ["never", "zero", false],
      ["epoch", "copy", true],
    ] as const) {
      const knobs = { state, ...(validState && { validState }), validateEvery: 1, steps: 6 };
      const { trainer } = openTrainer(spec, engine, knobs, { train, valid });
      const check = openModel(spec, engine, { lanes: 3, steps: 7 });
      const zero = zeroState(spec, 3, engine.precision);
      for await (const event of trainer.events()) {
        if (event.kind === "window") check.setWeights(trainer.state().weights);
        if (event.kind !== "validation") continue;
        const before = trainer.state(); // not yet settled: an epoch's end has not zeroed the state
        const [cold, warm] = [
          await evaluate(check, valid.lanes, { state: zero }),
          await evaluate(check, valid.lanes, { state: before.carried }),
        ];
        expect(cold.nats).not.toBe(warm.nats);
        expect(event.nats).toBe((copies ? warm : cold).nats / 39);
        expect(event.tokens).toBe(39);
        expect(trainer.state().carried).toEqual(before.carried);
      }
    }
  });
});

describe.each(float32Engines)("the fastai lesson's state on %s", (_, engine) => {
  const spec = tinySpec(gru, {}, { layers: 1 });
  const train = trainingLanes(source(newDraw(5).integers(64 * 12, 0, 10)), 64);
  const valid = { lanes: evaluationLanes(source(validIds), 64), characters: 40, bytes: 40 };

  test("flows through training, validation and training again; with never, past validation", async () => {
    for (const state of ["lesson", "never"]) {
      const { trainer } = openTrainer(spec, engine, { state, epochs: 2, bptt: 6 }, { train, valid });
      const check = openModel(spec, engine, { lanes: 64, steps: 6 });
      const [began, wanted]: number[][] = [[], []];
      let goesOn = zeroState(spec, 64, engine.precision);
      for await (const event of trainer.events()) {
        if (event.kind === "window" && event.length === 6) began!.push(event.nats);
        if (event.kind !== "validation") continue;
        const { weights, carried } = trainer.state(); // not yet settled: what training left
        check.setWeights(weights);
        const found = await evaluate(check, valid.lanes, { state: carried });
        expect(event.nats).toBe(found.nats / 39);
        goesOn = state === "lesson" ? found.state : carried;
        const next = train.window(0, 6) as Window;
        wanted!.push(forward(check, goesOn, next).nats / next.counted);
      }
      expect(began!.length).toBe(2);
      expect(began![1]).toBe(wanted![0]);
      expect(numbersOf(trainer.state().carried)).toEqual(numbersOf(goesOn));
    }
  });

  test("is made for 512 lanes and read with 64: there it is zeroed before the first window, and never again", async () => {
    const built = zeroState(spec, 512, engine.precision);
    for (const { data } of built.arrays) for (const i of data.keys()) data[i] = 0.5; // zeros would hide the moment
    for (const laneChange of ["zero", "keep"] as const) {
      const knobs = { state: "lesson", laneChange, bptt: 6, epochs: 1 };
      const fresh = openTrainer(spec, engine, knobs, { train }).trainer.state();
      const { trainer } = openTrainer(spec, engine, knobs, { train, resume: { ...fresh, carried: built } });
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

  test("keep: the first lanes stay and new lanes are zero; zero: all lanes begin anew", () => {
    expect(dataOf(3, "keep")).toEqual([1, 2, 3, 4, 0, 0]);
    expect(dataOf(1, "keep")).toEqual([1, 2]);
    expect(dataOf(3, "zero")).toEqual([0, 0, 0, 0, 0, 0]);
    expect(dataOf(1, "zero")).toEqual([0, 0]);
  });

  test("the same number of lanes is the same state, whatever the rule", () => {
    expect(withLanes(two, 2, "zero")).toBe(two);
    expect(withLanes(two, 2, "keep")).toBe(two);
  });

  test("it is a value: changing the lanes' number leaves the old one as it was, and a model's next window another's", () => {
    withLanes(two, 3, "keep").arrays[0]!.data.fill(9);
    expect([...two.arrays[0]!.data]).toEqual([1, 2, 3, 4]);
    const model = openModel(tinySpec(gru, {}), f64);
    const taken = model.state();
    taken.arrays[0]!.data.fill(9);
    expect(Math.max(...model.state().arrays[0]!.data)).toBe(0);
  });
});

describe.each(float32Engines)("a run that diverges on %s", (_, engine) => {
  const [, rnn, relu] = units[1]!;

  test("stops before the update, keeps weights that are finite, and says what to try in numbers", async () => {
    const train = trainingLanes(source(ids), 3);
    const knobs = { lr: 1e12, epochs: 9, optimizer: "sgd", bptt: 11, nonlinearity: "relu", tries: 0 };
    const { trainer } = openTrainer(tinySpec(rnn, relu), engine, knobs, { train });
    const events: TrainEvent[] = [];
    let before = trainer.state();
    for await (const event of trainer.events()) {
      events.push(event);
      if (event.kind === "window") before = trainer.state();
    }
    const last = events.at(-1)!;
    expect(last).toMatchObject({ kind: "diverged", what: "loss", window: before.position.window + 1 });
    expect(last.kind === "diverged" && last.advice).toBe(
      "Try one of these, in this order: --lr 250000000000 (this step's rate was 1000000000000); --clip 1 (it is off); " +
        "--bptt 6 (this window had 11 steps).",
    );
    const after = trainer.state();
    expect(before.position.window).toBeGreaterThan(0);
    expect(after.weights.every(Number.isFinite)).toBe(true);
    expect(after.weights).toEqual(before.weights);
    expect(after.position).toEqual(before.position);
    expect(after.ended).toBe(false);
  });

  test("a gradient that is not finite stops a step as well, though the loss is fine", () => {
    const model = openModel(tinySpec(rnn, relu), engine, { training: { moments: 2 } });
    // Inputs so large that the squares of weight_ih's gradient have no number, and a weight_ih so small that h has.
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
    const { optimizer, knobs } = settings;
    const how = { optimizer, knobs, rate: 0.1, clip: 1, clipBy: "norm" as const, done: 0 };
    const result = trainStep(model, randomWindow(3, { steps: 8, lanes: 3 }), {
      ...how,
      dropout: { seed: 1, token: 0, lane0: 0 },
    });
    expect(result.broken).toBe("gradient");
    expect(result.nats).toBeLessThan(1000);
    expect(model.weights()).toEqual(before);
    for (const m of model.plan.moments) expect(model.arena.reals(m, model.plan.size).every((x) => x === 0)).toBe(true);
  });
});
