// Faults for the laws of finding and going back: one number of a small run is poisoned once, somewhere, in some window.
// Kernels, the text and the model's arrays are reached from outside: nothing in the trainer knows of it. It tests
// nothing itself.

import type { SettingValues } from "../../src/base/setting.js";
import type { Arena, Engine } from "../../src/compute/arena.js";
import type { Kernels } from "../../src/compute/kernels.js";
import { region, rowAt } from "../../src/model/layout/plan.js";
import { stateTensorsOf } from "../../src/model/layout/spec.js";
import type { Corpus } from "../../src/text/encoding/corpus.js";
import type { TrainEvent } from "../../src/training/loop/events.js";
import type { Finding } from "../../src/training/step/step.js";
import type { TrainingRun } from "../../src/training/training-run.js";
import { dice } from "../helpers/damage.js";

export const [LANES, STEPS, WINDOWS, VALIDATE] = [3, 7, 9, 4];
export const small: SettingValues = {
  ...{ hidden: 6, embedding: 6, layers: 2, batch: LANES, bptt: STEPS, steps: WINDOWS, validateEvery: VALIDATE },
  ...{ keepEvery: 2, sampleLength: 0, saveEvery: 0, schedule: "constant", epochs: undefined },
};

export interface Injection {
  readonly kind: Kind;
  readonly settings: SettingValues;
  readonly value: number;
  /** Struck so that this window, from 1, is the first that meets it. */
  readonly window: number;
  readonly seed: number;
}

export const kinds = ["weights", "moments", "state", "loss", "scores", "hidden", "gradient", "ids", "target"] as const;
export type Kind = (typeof kinds)[number];

const models: readonly SettingValues[] = [
  { cell: "gru" },
  { cell: "lstm", optimizer: "sgd", momentum: 0.9 },
  { cell: "rnn", optimizer: "rmsprop" },
  { cell: "rnn", nonlinearity: "relu", optimizer: "adamw" },
  { cell: "qrnn", tied: true },
  { cell: "lstm", documents: "line" },
];

/** `n` of them: every kind with every number that is not finite, in every model, in any window. */
export function injections(n: number): Injection[] {
  return Array.from({ length: n }, (_, i) => {
    const kind = kinds[i % kinds.length]!;
    const { below, pick } = dice(i + 1);
    const settings = models[kind === "hidden" ? 0 : Math.floor(i / kinds.length) % models.length]!;
    const broken = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const ids = [1000, 2 ** 31 - 1, -(2 ** 31), -7];
    const value = kind === "ids" || kind === "target" ? pick(ids) : broken[Math.floor(i / 3) % 3]!;
    // A first state is zero, made by nobody; and after a validation another window would meet a kernel that fails once.
    const windows = Array.from({ length: WINDOWS }, (_, w) => w + 1)
      .filter((w) => kind !== "state" || w > 1)
      .filter((w) => kind !== "hidden" || w % VALIDATE !== 1);
    return { kind, settings, value, window: windows[below(windows.length)]!, seed: i + 1 };
  });
}

export interface Strike {
  /** What the finding must say. */
  readonly expected: Partial<Finding>;
  /** Hears every event: strikes between windows. */
  readonly each: (event: TrainEvent) => void;
}

/** An engine whose kernels can be told to misbehave after they ran. */
export function tampered(engine: Engine): { engine: Engine; after: (name: keyof Kernels, act: Act) => void } {
  const acts = new Map<keyof Kernels, Act>();
  const wrap = (arena: Arena): Arena => {
    const kernels = { ...arena.kernels };
    for (const name of ["crossEntropy", "gruForward", "sumSquares"] as const) {
      const run = arena.kernels[name] as (...numbers: number[]) => void;
      (kernels as Record<string, unknown>)[name] = (...numbers: number[]) => {
        const act = acts.get(name);
        if (name !== "sumSquares") run(...numbers);
        act?.(arena, numbers);
        if (name === "sumSquares") run(...numbers);
      };
    }
    return {
      ...arena,
      reals: (at, n) => arena.reals(at, n),
      setIntegers: (at, v) => arena.setIntegers(at, v),
      kernels,
    };
  };
  const open = (length: number, sharers?: number) => wrap(engine.open(length, sharers));
  return { engine: { ...engine, open }, after: (name, act) => acts.set(name, act) };
}
type Act = (arena: Arena, numbers: readonly number[]) => void;

/** A text of which one token is read wrong, once or always. */
export function misread(corpus: Corpus, place: { index: number; id: number; always?: boolean }): Corpus {
  let done = false;
  const read = (from: number, to: number, epoch?: number) => {
    const ids = (corpus.train.read(from, to, epoch) as Int32Array).slice();
    const inside = place.index >= from && place.index < to;
    if (inside && (place.always || !done)) {
      done = true;
      ids[place.index - from] = place.id;
    }
    return ids;
  };
  const { cursor: _, ...train } = corpus.train;
  return { ...corpus, train: { ...train, read } };
}

/** Arms one injection over a run that is prepared but not begun. */
export function arm(o: Injection, prepared: TrainingRun, after: ReturnType<typeof tampered>["after"]): Strike {
  const { model } = prepared.trainer;
  const { plan, arena } = model;
  const { below, pick } = dice(o.seed * 7919);
  const [lane, step] = [below(LANES), below(STEPS)];
  const write = (at: number) => {
    arena.reals(at, 1)[0] = o.value;
  };
  let done = 0; // windows that were trained on
  let struck = false;
  const once = (act: () => void) => {
    if (struck) return;
    struck = true;
    act();
  };
  /** Between windows: before the first, or when the one before was told. */
  const between = (act: () => void): Strike["each"] => {
    if (o.window === 1) once(act);
    return (event) => {
      if (event.kind === "window" && event.window === o.window - 1) once(act);
    };
  };
  const idle: Strike["each"] = (event) => {
    if (event.kind === "window") done = event.window;
  };
  const during = () => done === o.window - 1;

  switch (o.kind) {
    case "weights":
    case "moments": {
      const p = pick(plan.parameters);
      const [row, column] = [below(p.rows), below(p.cols)];
      const at = p.offset + row * p.cols + column;
      const array = o.kind === "weights" ? 0 : 1 + below(plan.moments.length);
      const tensor = array === 0 ? p.name : `moment.${array - 1} of ${p.name}`;
      const each = between(() => write([plan.weights, ...plan.moments][array]! + at));
      return { expected: { what: o.kind, tensor, row, column, ...layerIn(p.name) }, each };
    }
    case "state": {
      const layer = below(2);
      const slot = pick(stateTensorsOf(model.spec, layer));
      const name = `rnn.${layer}.${slot.name}`;
      const unit = below(slot.width);
      const taken = model.state.bind(model);
      let trained = 0;
      after("crossEntropy", (_, numbers) => {
        trained += numbers.at(-1) === 1 ? 1 : 0;
      });
      // What a window of training leaves is taken as a value: this one is.
      model.state = () => {
        const state = taken();
        if (trained === o.window - 1 && done === o.window - 2) {
          once(() => {
            state.arrays.find((each) => each.name === name)!.data[lane * slot.width + unit] = o.value;
          });
        }
        return state;
      };
      return { expected: { what: "state", tensor: name, layer, lane }, each: idle };
    }
    case "loss":
    case "scores":
      // After the loss; or of its gradient, which then lies in the place of the scores.
      after("crossEntropy", (_, numbers) => {
        const backward = numbers.at(-1) === 1;
        const at = rowAt(region(plan, o.kind === "loss" ? "losses" : "logits"), lane, step);
        if (backward && during()) once(() => write(at + (o.kind === "loss" ? 0 : below(3))));
      });
      return {
        expected: {
          what: o.kind === "loss" ? "loss" : "gradient",
          tensor: o.kind === "loss" ? "losses" : "logits",
          lane,
          step,
        },
        each: idle,
      };
    case "hidden": {
      const layer = below(2);
      const name = `rnn.${layer}.h`;
      const at = rowAt(region(plan, name), lane, step + 1) + below(6);
      const out = rowAt(region(plan, name), 0, step + 1);
      after("gruForward", (_, numbers) => {
        if (numbers[1] === out && during()) once(() => write(at));
      });
      return { expected: { tensor: name, layer, lane, step }, each: idle };
    }
    case "gradient": {
      const p = pick(plan.parameters);
      const [row, column] = [below(p.rows), below(p.cols)];
      after("sumSquares", (_, numbers) => {
        if (numbers[2] === plan.gradients + p.offset && during())
          once(() => write(plan.gradients + p.offset + row * p.cols + column));
      });
      return { expected: { what: "gradient", tensor: p.name, row, column, ...layerIn(p.name) }, each: idle };
    }
    default:
      return { expected: { what: "ids" }, each: idle };
  }
}

function layerIn(name: string): { layer?: number } {
  const layer = /_l(\d+)$/.exec(name)?.[1];
  return layer === undefined ? {} : { layer: Number(layer) };
}

/** Where a token is to be misread so that a window meets it: as an input, or as a last target. */
export function placeOf(o: Injection, corpus: Corpus): { index: number; id: number; expected: Partial<Finding> } {
  const { below } = dice(o.seed * 104729);
  const each = Math.floor(corpus.train.length / LANES);
  const lane = below(LANES);
  const step = o.kind === "ids" ? 1 + below(STEPS - 1) : STEPS - 1;
  const index = lane * each + (o.window - 1) * STEPS + step + (o.kind === "target" ? 1 : 0);
  const tensor = o.kind === "target" ? "targets" : "inputs";
  return { index, id: o.value, expected: { what: "ids", value: String(o.value), tensor, lane, step } };
}
