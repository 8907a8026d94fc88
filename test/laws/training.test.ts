// Tests that the trainer computes what a hand-written loop computes, and that validation, sampling and asynchronous
// text change no bit of it.

import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/evaluation/scoring/evaluate.js";
import { zeroState } from "../../src/model/layout/state.js";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { sourceOf, type Tokens } from "../../src/text/storage/tokens.js";
import { evaluationLanes, trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import type { RecoveringTrainer } from "../../src/training/divergence/recovering-trainer.js";
import type { TrainEvent } from "../../src/training/loop/events.js";
import { trainWindow } from "../../src/training/loop/trainer.js";
import { validationReader } from "../../src/training/settings/reading.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { prepare } from "../../src/training/training-run.js";
import { allEngines } from "../helpers/engines.js";
import { forward, newDraw, numbersOf, openModel, openTrainer, source, tinySpec, units } from "../helpers/tiny.js";

const ids = newDraw(1).integers(3 * 24 + 1, 0, 10);
const validIds = newDraw(2).integers(40, 0, 10);
const [, lstm] = units[3]!;

/** Ids as tokens of one character and one byte each. */
function tokensOf(ids: Int32Array): Tokens {
  const sizes = {
    characters: ids.length,
    bytes: ids.length,
    firstCharacters: 1,
    firstBytes: 1,
    firstSpelling: 0,
    unknown: 0,
    spelling: 0,
  };
  return { ...sourceOf(ids), ...sizes };
}

/** All events, their clocks set to zero. */
async function eventsOf(trainer: RecoveringTrainer): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of trainer.events()) events.push(event);
  return events.map((event) => ("clock" in event ? { ...event, clock: { seconds: 0, tokensPerSecond: 0 } } : event));
}

/** The trainer's final state and its window events. */
async function outcome(trainer: RecoveringTrainer) {
  const events = await eventsOf(trainer);
  const { weights, optimizer, carried, running, position } = trainer.state();
  const windows = events.filter((event) => event.kind === "window");
  return { windows, weights, optimizer, carried: numbersOf(carried), running, position };
}

describe.each(allEngines)("on %s", (_, engine) => {
  const spec = tinySpec(lstm, {}, { dropout: 0.2 });
  const train = trainingLanes(source(ids), 3);
  const valid = { lanes: evaluationLanes(source(validIds), 3), characters: 40, bytes: 40, spelling: 0 };

  test.each(["epoch", "never"] as const)(
    "resetState %s: the trainer gives the bits of a hand-written loop",
    async (policy) => {
      const { trainer, settings } = openTrainer(
        spec,
        engine,
        { resetState: policy, epochs: 3, layers: 2, clip: 0.5 },
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
            settings: settings.values,
            rate: 0.003,
            clip: 0.5,
            clipBy: "norm" as const,
          };
          const result = await trainWindow(model, window, { ...how, done, dropout });
          nats.push(result.nats / result.counted);
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

  test("resetState window: every window, in validation too, starts from a zero state", async () => {
    const cold = validationReader(
      tokensOf(validIds),
      checkSettings({ resetState: "window", bptt: 7 }),
      { lanes: 3, steps: 7 },
      0,
    );
    const { trainer, settings } = openTrainer(
      spec,
      engine,
      { resetState: "window", epochs: 2 },
      { train, valid: cold },
    );
    const model = openModel(spec, engine, { lanes: 3, steps: 7, training: { moments: 2 }, seed: 1 });
    const zero = zeroState(spec, 3, engine.precision);
    let done = 0;
    for await (const event of trainer.events()) {
      if (event.kind === "window") {
        const at = (7 * done) % 28;
        model.setState(zero);
        const { optimizer, values } = settings;
        const how = { optimizer, settings: values, rate: 0.003, clip: 0, clipBy: "norm" as const, done };
        const dropout = { seed: 1, token: 23 * event.epoch + at, lane0: 0 };
        const result = await trainWindow(model, train.window(at, Math.min(7, 23 - at)) as Window, { ...how, dropout });
        expect(event.nats).toBe(result.nats / result.counted);
        expect(numbersOf(trainer.state().carried)).toEqual(numbersOf(zero));
        done += 1;
      }
      if (event.kind !== "validation") continue;
      let nats = 0;
      for (let at = 0; at < cold.lanes.positions; at += 7) {
        nats += forward(model, zero, cold.lanes.window(at, 7) as Window).nats;
      }
      expect(event.tokens).toBe(35); // 5 sections of 7 tokens
      expect(event.nats).toBeCloseTo(nats / 35, 6);
    }
    expect(done).toBe(8);
  });

  test("the trainer passes position, steps and epoch to the reader", async () => {
    const asked: number[][] = [];
    const window = (at: number, steps: number, epoch?: number) => {
      asked.push([at, steps, epoch!]);
      return train.window(at, steps);
    };
    await outcome(openTrainer(spec, engine, { epochs: 2, bptt: 12 }, { train: { ...train, window } }).trainer);
    expect(asked).toEqual([[0, 12, 0], [12, 11, 0], [0, 12, 1], [12, 11, 1]]); // biome-ignore format: one line
  });

  test("windows from promises give the bits of windows at hand", async () => {
    const promised = trainingLanes(source(ids, true), 3);
    expect(promised.window(0, 7)).toBeInstanceOf(Promise);
    const [one, other] = [train, promised].map((reader) => openTrainer(spec, engine, { epochs: 2 }, { train: reader }));
    expect(await outcome(other!.trainer)).toEqual(await outcome(one!.trainer));
  });

  test.each(["epoch", "never"] as const)(
    "resetState %s: validation and sampling after every window change no bit of training",
    async (resetState) => {
      const text = "the state is carried, its history let go; what stays is a value.\n".repeat(4);
      const field = createField({});
      const corpus = await readCorpus([{ name: "text", bytes: [new TextEncoder().encode(text)] }], { field });
      const settings = {
        cell: "gru",
        hidden: 6,
        embedding: 5,
        layers: 2,
        dropout: 0.2,
        batch: 3,
        bptt: 16,
        epochs: 2,
        resetState,
      };
      const watched = prepare(
        corpus,
        { ...settings, validateEvery: 1, sampleEvery: 1, sampleLength: 5 },
        { engine, cell: undefined },
      );
      const unwatched = prepare(
        { ...corpus, valid: undefined },
        { ...settings, sampleLength: 0 },
        { engine, cell: undefined },
      );
      const kinds: string[] = [];
      const events = await eventsOf(watched.trainer);
      for (const event of events) kinds.push(event.kind);
      const windows = watched.settings.windows;
      expect(kinds.filter((kind) => kind === "validation").length).toBe(windows);
      expect(kinds.filter((kind) => kind === "sample").length).toBe(windows);
      const plainEvents = await eventsOf(unwatched.trainer);
      const plain = (all: TrainEvent[]) => all.filter((event) => event.kind === "window" || event.kind === "epoch");
      expect(plain(events)).toEqual(plain(plainEvents));
      const stateOf = ({ trainer }: typeof unwatched) => {
        const { weights, optimizer, carried, position, running } = trainer.state();
        return { weights, optimizer, carried, position, running };
      };
      expect(stateOf(watched)).toEqual(stateOf(unwatched));
    },
  );

  test("samples come every sampleEvery windows and last, by default with validations", async () => {
    const text = "the state is carried, its history let go; what stays is a value.\n".repeat(4);
    const corpus = await readCorpus([{ name: "text", bytes: [new TextEncoder().encode(text)] }], {
      field: createField({}),
    });
    const settings = { hidden: 6, embedding: 5, batch: 5, bptt: 8, steps: 11, validateEvery: 4, sampleLength: 5 };
    const sampleWindows = async (sampleEvery?: number) => {
      const values = sampleEvery === undefined ? settings : { ...settings, sampleEvery };
      const events = await eventsOf(prepare(corpus, values, { engine }).trainer);
      const at = (kind: string) => events.flatMap((e) => (e.kind === kind && "window" in e ? [e.window] : []));
      expect(at("validation")).toEqual([4, 8, 11]);
      expect(events[0]).toMatchObject({ kind: "start", trainTokens: 234, trimmed: 4 }); // five lanes of 46 positions
      return at("sample");
    };
    expect(await sampleWindows(3)).toEqual([3, 6, 9, 11]);
    expect(await sampleWindows()).toEqual([4, 8, 11]);
  });

  test("validation starts from zero or from a copy of the training state, which does not change", async () => {
    for (const [resetState, validState, copies] of [
      ["epoch", undefined, false],
      ["never", undefined, true],
      ["never", "zero", false],
      ["epoch", "copy", true],
    ] as const) {
      const settings = { resetState, ...(validState && { validState }), validateEvery: 1, steps: 6 };
      const { trainer } = openTrainer(spec, engine, settings, { train, valid });
      const check = openModel(spec, engine, { lanes: 3, steps: 7 });
      const zero = zeroState(spec, 3, engine.precision);
      for await (const event of trainer.events()) {
        if (event.kind === "window") check.setWeights(trainer.state().weights);
        if (event.kind !== "validation") continue;
        const before = trainer.state(); // before the end of the epoch zeroes the state
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
