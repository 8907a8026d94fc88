// Layers against PyTorch's: outputs, last states, and the gradients of every parameter, of the input and of the first
// state. (PyTorch has no QRNN: there it is the equations written out with its tensors.)
//
// The layers are run inside a language model: its embedding table holds the rows of the input, and token m is row m.
// The probes, which in PyTorch multiply the outputs, are written where the decoder would write its gradient.

import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/compute/arena.js";
import { findCell } from "../../src/model/cells/index.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { createLayer } from "../../src/model/layer.js";
import { region, rowAt } from "../../src/model/layout/plan.js";
import { layerName, stateTensorsOf } from "../../src/model/layout/spec.js";
import type { State } from "../../src/model/layout/state.js";
import { f64, float32Engines } from "../helpers/engines.js";
import { distance, type Golden, golden } from "../helpers/golden.js";

/** The layers' numbers under the golden file's names. */
function run(g: Golden, engine: Engine): Map<string, ArrayLike<number>> {
  const [T, B, D, H, L] = ["T", "B", "D", "H", "L"].map((key) => g.size(key)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const cell = findCell(g.about.cell!);
  const spec = {
    vocabulary: T * B,
    embedding: D,
    hidden: H,
    layers: L,
    cell,
    cellSettings: { nonlinearity: "tanh", qrnnWindow: Number(g.about.window ?? 1) },
    dropout: 0,
    tied: false,
  };
  const documents = g.has("starts");
  const model = new LanguageModel(spec, engine, { lanes: B, steps: T, training: { moments: 0 }, documents });
  const { plan, arena } = model;
  const ours = plan.parameters.map((p) => p.name).filter((name) => name.startsWith("rnn."));
  for (const name of ours) model.setParameter(name, g.numbers(name.slice("rnn.".length)));
  model.setParameter("embedding.weight", g.numbers("input"));
  model.pack();

  const slots = stateTensorsOf(spec, 0).map((slot) => slot.name);
  const others = slots.slice(1);
  const layers = Array.from({ length: L }, (_, l) => l);
  const width = (slot: string, l: number) => stateTensorsOf(spec, l).find((each) => each.name === slot)!.width;
  /** Layer `l`'s part of a slot's array, one (B, width) after another. */
  const ofLayer = (name: string, slot: string, l: number) => {
    const from = layers.slice(0, l).reduce((sum, below) => sum + B * width(slot, below), 0);
    return g.numbers(name).subarray(from, from + B * width(slot, l));
  };
  const state: State = {
    lanes: B,
    arrays: layers.flatMap((l) =>
      slots.map((slot) => ({ name: layerName(l, slot), width: width(slot, l), data: ofLayer(`${slot}0`, slot, l) })),
    ),
  };
  model.setState(state);
  const starts = documents ? { starts: Int32Array.from(g.numbers("starts")) } : {};
  const inputs = Int32Array.from({ length: T * B }, (_, m) => m);
  model.load({ steps: T, lanes: B, inputs, targets: new Int32Array(T * B).fill(-1), counted: 0, ...starts });
  model.forward();

  const found = new Map<string, ArrayLike<number>>();
  const numbers = (name: string, t: number, n: number) => arena.reals(rowAt(region(plan, name), 0, t), n);
  found.set("output", numbers(layerName(L - 1, "h"), 1, T * B * H).slice());
  const last = model.state().arrays;
  for (const slot of slots) {
    found.set(
      `${slot}n`,
      last.filter((a) => a.name.endsWith(`.${slot}`)).flatMap((a) => [...a.data]),
    );
  }

  const incoming: Record<string, number[]> = Object.fromEntries(slots.map((slot) => [slot, []]));
  for (const l of layers.toReversed()) {
    const d = layerName(l, "d.h");
    numbers(d, 0, B * H).fill(0);
    if (l === L - 1) numbers(d, 1, T * B * H).set(g.numbers("probe")); // else layer l + 1 left its input's gradient
    const end = numbers(d, T, B * H);
    for (const [i, probe] of ofLayer("probe_h", "h", l).entries()) end[i]! += probe;
    for (const slot of others) {
      numbers(layerName(l, `d.${slot}`), 0, B * width(slot, l)).set(ofLayer(`probe_${slot}`, slot, l));
    }
    createLayer(plan, arena, l).backward({ steps: T, lane: 0, rows: B, documents });
    for (const slot of slots) {
      incoming[slot]!.unshift(...numbers(layerName(l, `d.${slot}`), 0, B * width(slot, l)));
    }
  }
  for (const slot of slots) found.set(`grad.${slot}0`, incoming[slot]!);
  model.gradients();
  for (const name of ours) found.set(`grad.${name.slice("rnn.".length)}`, model.parameter(name, "gradient"));
  found.set("grad.input", model.parameter("embedding.weight", "gradient"));
  return found;
}

/** The largest distance over all that the file tells. */
function worst(name: string, engine: Engine): number {
  const g = golden(name);
  const found = run(g, engine);
  const told = g.names().filter((each) => each === "output" || /^(.n$|grad\.)/.test(each));
  expect([...found.keys()].sort()).toEqual(told.sort());
  return Math.max(...[...found].map(([each, ours]) => distance(ours, g.numbers(each)).absolute));
}

const cells = ["rnn", "gru", "lstm", "qrnn/window1", "qrnn/window2"];
const starts = ["more/starts_rnn", "more/starts_gru", "more/starts_lstm", "qrnn/starts1", "qrnn/starts2"];

describe("layers are PyTorch's", () => {
  test.each([...cells.map((cell) => `${cell}_f64`), ...starts])(
    "%s on the f64 reference: outputs, states and every gradient to 1e-12",
    (name) => expect(worst(name, f64)).toBeLessThan(1e-12),
  );

  // Gradients here are sums of some 50 terms of size 1: 2⁻²⁴ · 50 · a few steps of time.
  test.each(float32Engines)("%s: outputs, states and every gradient to 2e-5", (_, engine) => {
    for (const name of [...cells.map((cell) => `${cell}_f32`), ...starts]) {
      expect(worst(name, engine), name).toBeLessThan(2e-5);
    }
  });
});
