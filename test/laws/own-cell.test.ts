// Tests of a user's own cell, written with the public API only: the minimal gated unit of Zhou et al. 2016,
//
//   f = σ(W_f x + b_f + U_f h₋₁),  n = tanh(W_n x + b_n + U_n (f · h₋₁)),  h = (1 − f) · h₋₁ + f · n.
//
// It uses matrix products and elementwise primitives only, and must do everything that a built-in cell does.

import { describe, expect, test } from "vitest";
import {
  type Cell,
  type CellCall,
  chooseEngine,
  createField,
  createSession,
  type Engine,
  LanguageModel,
  type ModelSpec,
  modelTensors,
  NONE,
  type ParameterSpec,
  prepare,
  readCorpus,
  readModel,
  readSafetensors,
  type Window,
  withLanes,
  write,
  writeSafetensors,
  zeroState,
} from "../../src/advanced.js";

/** The product of rows with a packed weight, over `steps` steps. */
function product(c: CellCall, out: number, a: number, name: string, bias: number, steps: number, add: 0 | 1): void {
  const wide = name.startsWith("weight_x") ? c.shape.input : c.shape.hidden;
  c.k.matmul(c.arena, out, a, c.packed(name).forward, bias, steps, c.rows, c.lanes, wide, c.shape.hidden, add);
}

function productBackward(c: CellCall, out: number, g: number, name: string, steps: number, add: 0 | 1): void {
  const wide = name.startsWith("weight_x") ? c.shape.input : c.shape.hidden;
  c.k.matmul(c.arena, out, g, c.packed(name).backward, NONE, steps, c.rows, c.lanes, c.shape.hidden, wide, add);
}

const minimal: Cell = {
  kind: "minimal",
  settings: [
    {
      name: "openness",
      group: "model",
      type: "number",
      default: 0,
      min: -5,
      max: 5,
      help: "minimal only: initial bias of the gate",
    },
  ],
  stateTensors: (shape) => [{ name: "h", width: shape.hidden }],
  parameters(shape, settings) {
    const uniform = { kind: "uniform", bound: 1 / Math.sqrt(shape.hidden) } as const;
    const matrix = (name: string, cols: number, g: string, x: string): ParameterSpec => {
      const gradient = [{ kind: "product", g, x }] as const;
      return { name, rows: shape.hidden, cols, initial: uniform, packed: true, gradient };
    };
    const vector = (name: string, g: string, value: number): ParameterSpec => {
      const initial = { kind: "constant", value } as const;
      return { name, rows: shape.hidden, cols: 1, initial, packed: false, gradient: [{ kind: "sum", g }] };
    };
    return [
      matrix("weight_xf", shape.input, "f", "input"),
      matrix("weight_hf", shape.hidden, "f", "previous.h"),
      vector("bias_f", "f", Number(settings.openness)),
      matrix("weight_xn", shape.input, "n", "input"),
      matrix("weight_hn", shape.hidden, "n", "gated"),
      vector("bias_n", "n", 0),
    ];
  },
  // f and n hold the gates in the forward pass and their gradients in the backward pass; a and b last one step.
  buffers: (shape) => [
    { name: "f", width: shape.hidden, steps: "window" },
    { name: "n", width: shape.hidden, steps: "window" },
    { name: "gated", width: shape.hidden, steps: "window" },
    { name: "a", width: shape.hidden, steps: "one" },
    { name: "b", width: shape.hidden, steps: "one", training: true },
  ],
  prepare(c) {
    product(c, c.buffer("f"), c.input(), "weight_xf", c.parameter("bias_f"), c.steps, 0);
    product(c, c.buffer("n"), c.input(), "weight_xn", c.parameter("bias_n"), c.steps, 0);
  },
  step(c, t) {
    const f = c.buffer("f", t);
    const n = c.buffer("n", t);
    const gated = c.buffer("gated", t);
    const a = c.buffer("a");
    const previous = c.previous("h", t);
    const next = c.next("h", t);
    const size = c.rows * c.shape.hidden;
    product(c, f, previous, "weight_hf", NONE, 1, 1);
    c.k.sigmoid(c.arena, f, f, size);
    c.k.multiply(c.arena, gated, f, previous, size);
    product(c, n, gated, "weight_hn", NONE, 1, 1);
    c.k.tanh(c.arena, n, n, size);
    c.k.affine(c.arena, a, previous, -1, 0, size);
    c.k.add(c.arena, a, a, n, size);
    c.k.affine(c.arena, next, previous, 1, 0, size);
    c.k.multiplyAdd(c.arena, next, f, a, size); // h₋₁ + f · (n − h₋₁)
  },
  stepBackward(c, t) {
    const f = c.buffer("f", t);
    const n = c.buffer("n", t);
    const a = c.buffer("a");
    const b = c.buffer("b");
    const previous = c.previous("h", t);
    const dout = c.outputGradient(t);
    const dprevious = c.previousGradient(t);
    const size = c.rows * c.shape.hidden;
    c.k.affine(c.arena, a, previous, -1, 0, size);
    c.k.add(c.arena, a, a, n, size);
    c.k.multiply(c.arena, a, a, dout, size); // a = dout · (n − h₋₁), the first part of ∂f
    c.k.multiply(c.arena, b, dout, f, size);
    c.k.tanhBackward(c.arena, n, n, b, size);
    c.k.add(c.arena, dprevious, dprevious, dout, size);
    c.k.affine(c.arena, b, b, -1, 0, size);
    c.k.add(c.arena, dprevious, dprevious, b, size);
    productBackward(c, b, n, "weight_hn", 1, 0); // b = ∂(f · h₋₁)
    c.k.multiplyAdd(c.arena, a, b, previous, size);
    c.k.multiplyAdd(c.arena, dprevious, b, f, size);
    c.k.sigmoidBackward(c.arena, f, f, a, size);
    productBackward(c, dprevious, f, "weight_hf", 1, 1);
  },
  finish(c) {
    productBackward(c, c.inputGradient(), c.buffer("f"), "weight_xf", c.steps, 0);
    productBackward(c, c.inputGradient(), c.buffer("n"), "weight_xn", c.steps, 1);
  },
};

const engines: [string, Engine][] = [
  ["reference", chooseEngine("reference").engine],
  ["wasm", chooseEngine("wasm").engine],
];
const spec: ModelSpec = {
  vocabulary: 7,
  embedding: 3,
  hidden: 4,
  layers: 2,
  cell: minimal,
  cellSettings: { openness: 0.5 },
  dropout: 0,
  tied: false,
};
const T = 5;
const B = 2;
const ids = Int32Array.from({ length: T * B }, (_, m) => (3 * m * m + m) % 7);
const window: Window = {
  steps: T,
  lanes: B,
  inputs: ids,
  targets: ids.map((y) => (y + 2) % 7),
  starts: Int32Array.of(0, 0, 0, 1, 0, 0, 1, 0, 0, 0),
  counted: T * B,
};

/** A model after the forward and backward pass of a window; its gradients, and its loss as a function. */
function ran(engine: Engine) {
  const model = new LanguageModel(spec, engine, { lanes: B, steps: T, documents: true, training: { moments: 0 } });
  model.initialize(1);
  const { arrays } = zeroState(spec, B, engine.precision);
  const state = {
    lanes: B,
    arrays: arrays.map((a, i) => ({ ...a, data: a.data.map((_, j) => ((i + j) % 5) / 5 - 0.4) })),
  };
  const loss = (backward: boolean) => {
    model.setState(state);
    model.load(window);
    model.forward();
    model.loss(0, B, backward);
    return model.lossSum();
  };
  const nats = loss(true);
  model.backward();
  model.gradients();
  const gradient = model.plan.parameters.flatMap((p) => [...model.parameter(p.name, "gradient")]);
  return { model, nats, gradient, loss: () => loss(false), state: model.state() };
}

describe("a user's own cell", () => {
  test("has gradients that equal finite differences", () => {
    const { model, gradient, loss } = ran(chooseEngine("reference", "f64").engine);
    const weights = model.weights();
    const slope = (i: number) => {
      const at = (change: number) => {
        model.setWeights(weights.map((w, j) => (j === i ? w + change : w)));
        return loss();
      };
      return (at(1e-5) - at(-1e-5)) / 2e-5;
    };
    for (const [i, g] of gradient.entries()) expect(Math.abs(slope(i) - g)).toBeLessThan(1e-8);
    const names = model.plan.parameters.map((p) => p.name).filter((name) => name.startsWith("rnn."));
    expect(names.slice(0, 3)).toEqual(["rnn.weight_xf_l0", "rnn.weight_hf_l0", "rnn.bias_f_l0"]);
    for (const name of names)
      expect(Math.max(...model.parameter(name, "gradient").map(Math.abs)), name).toBeGreaterThan(1e-3);
  });

  test.each(engines)("gives on %s the f64 results within rounding", (_, engine) => {
    const exact = ran(chooseEngine("reference", "f64").engine);
    const actual = ran(engine);
    expect(actual.nats).toBeCloseTo(exact.nats, 4);
    for (const [i, g] of exact.gradient.entries()) expect(Math.abs(actual.gradient[i]! - g)).toBeLessThan(1e-5);
    const h = actual.state.arrays[1]!.data;
    for (const [i, x] of exact.state.arrays[1]!.data.entries()) expect(Math.abs(h[i]! - x)).toBeLessThan(1e-6);
    expect(withLanes(actual.state, 1, "keep").arrays.map((a) => a.data.length)).toEqual([4, 4]);
  });

  test.each(engines)("trains on %s, is written to a file and read back, and writes", async (_, engine) => {
    const text = "the state is carried, its history let go; what stays is a value.\n".repeat(12);
    const bytes = [new TextEncoder().encode(text)];
    const corpus = await readCorpus([{ name: "text", bytes }], { field: createField({}) });
    const settings = {
      cell: "minimal",
      openness: 1,
      hidden: 24,
      embedding: 8,
      batch: 4,
      bptt: 16,
      lr: 0.02,
      steps: 80,
    };
    const prepared = prepare(corpus, { ...settings, sampleLength: 0 }, { engine, cell: minimal });
    const losses: number[] = [];
    for await (const event of prepared.trainer.events()) if (event.kind === "window") losses.push(event.nats);
    expect(losses[0]).toBeGreaterThan(2.5);
    expect(losses.at(-1)).toBeLessThan(1.2);

    const stored = prepared.stored();
    const { tensors, metadata } = modelTensors(stored);
    const file = readSafetensors(Buffer.concat(writeSafetensors(tensors, metadata)), "model.safetensors");
    expect(() => readModel(file, "model.safetensors")).toThrow(
      'has the cell "minimal", which this package does not know',
    );
    const read = readModel(file, "model.safetensors", [minimal]);
    expect(read.weights).toEqual(stored.weights);
    expect(read.spec).toEqual(stored.spec);
    expect(read.spec.cellSettings).toEqual({ openness: 1 });
    const how = { length: 30, seed: 1 };
    const written = write(createSession(read, engine), how);
    expect(written).toHaveLength(30);
    expect(written).toBe(write(prepared.session(), how));
  });
});
