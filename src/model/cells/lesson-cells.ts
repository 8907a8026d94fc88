// Two cells of the fastai lesson (2018, lesson6-rnn.ipynb), which builds them from nn.Linear before it uses nn.RNN:
//
//   char-loop     h = tanh(W (h₋₁ + relu(V x + a)) + b)      CharLoopModel, and Char3Model, which unrolls its loop
//   char-concat h = tanh(W relu(V [h₋₁; x] + a) + b) CharLoopConcatModel; V's two halves are weight_hh and weight_ih
//
// Both have a relu between input and state, which nn.RNN lacks. They serve docs/lesson-6.md only.

import { NONE } from "../../compute/kernels.js";
import type { Cell, CellCall, Contribution, LayerShape, ParameterSpec } from "./cell.js";

/** nn.Linear's initialization: matrix and bias uniform in ±1/√inputs. */
function linear(rows: number, inputs: number) {
  const initial = { kind: "uniform", bound: 1 / Math.sqrt(inputs) } as const;
  const matrix = (name: string, cols: number, ...gradient: Contribution[]): ParameterSpec => {
    return { name, rows, cols, initial, packed: true, gradient };
  };
  const bias = (name: string, g: string): ParameterSpec => {
    return { name, rows, cols: 1, initial, packed: false, gradient: [{ kind: "sum", g }] };
  };
  return { matrix, bias };
}

/** W and b, applied to the buffer `x`. */
function hiddenLinear({ hidden }: LayerShape, x: string): ParameterSpec[] {
  const { matrix, bias } = linear(hidden, hidden);
  return [matrix("weight_hidden", hidden, { kind: "product", g: "outer", x }), bias("bias_hidden", "outer")];
}

/** out = a · weightᵀ (+ bias) (+ out), over `steps` steps of a's width. */
function product(
  c: CellCall,
  out: number,
  a: number,
  weight: string,
  bias: number,
  wide: number,
  steps: number,
  add: 0 | 1,
) {
  c.k.matmul(c.arena, out, a, c.packed(weight).forward, bias, steps, c.rows, c.lanes, wide, c.shape.hidden, add);
}

/** out = g · weight (+ out). */
function back(c: CellCall, out: number, g: number, weight: string, wide: number, steps: number, add: 0 | 1) {
  c.k.matmul(c.arena, out, g, c.packed(weight).backward, NONE, steps, c.rows, c.lanes, c.shape.hidden, wide, add);
}

/** next = tanh(W x + b), the last part of a step of both cells. */
function hiddenStep(c: CellCall, x: number, t: number): void {
  const { hidden } = c.shape;
  product(c, c.buffer("outer", t), x, "weight_hidden", c.parameter("bias_hidden"), hidden, 1, 0);
  c.k.tanh(c.arena, c.next("h", t), c.buffer("outer", t), c.rows * hidden);
}

/** Writes the gradient of tanh's argument to `outer` and the gradient of x to `dhidden`. */
function hiddenStepBackward(c: CellCall, t: number): void {
  const { hidden } = c.shape;
  c.k.tanhBackward(c.arena, c.buffer("outer", t), c.next("h", t), c.outputGradient(t), c.rows * hidden);
  back(c, c.buffer("dhidden"), c.buffer("outer", t), "weight_hidden", hidden, 1, 0);
}

const common = {
  settings: [],
  stateTensors: (shape: LayerShape) => [{ name: "h", width: shape.hidden }],
  prepare(c: CellCall) {
    product(c, c.buffer("inner"), c.input(), "weight_ih", c.parameter("bias_ih"), c.shape.input, c.steps, 0);
  },
};

export const charLoop: Cell = {
  ...common,
  kind: "char-loop",
  parameters(shape) {
    const { matrix, bias } = linear(shape.hidden, shape.input);
    const input = matrix("weight_ih", shape.input, { kind: "product", g: "inner", x: "input" });
    return [input, bias("bias_ih", "inner"), ...hiddenLinear(shape, "mixed")];
  },
  // `inner` holds relu's value forward and the gradient of its argument backward; `outer` holds the same for tanh.
  buffers: ({ hidden }) => [
    { name: "inner", width: hidden, steps: "window" },
    { name: "mixed", width: hidden, steps: "window" },
    { name: "outer", width: hidden, steps: "window" },
    { name: "dhidden", width: hidden, steps: "one", training: true },
  ],
  seen: [{ name: "relu", label: "relu of the input", buffer: "inner", part: 0, range: "signed" }],
  step(c, t) {
    const inner = c.buffer("inner", t);
    const mixed = c.buffer("mixed", t);
    const n = c.rows * c.shape.hidden;
    c.k.relu(c.arena, inner, inner, n);
    c.k.add(c.arena, mixed, c.previous("h", t), inner, n);
    hiddenStep(c, mixed, t);
  },
  stepBackward(c, t) {
    const inner = c.buffer("inner", t);
    const dhidden = c.buffer("dhidden");
    const n = c.rows * c.shape.hidden;
    hiddenStepBackward(c, t);
    c.k.add(c.arena, c.previousGradient(t), c.previousGradient(t), dhidden, n);
    c.k.reluBackward(c.arena, inner, inner, dhidden, n);
  },
  finish: (c) => back(c, c.inputGradient(), c.buffer("inner"), "weight_ih", c.shape.input, c.steps, 0),
};

export const charConcat: Cell = {
  ...common,
  kind: "char-concat",
  parameters(shape) {
    const { matrix, bias } = linear(shape.hidden, shape.input + shape.hidden);
    return [
      matrix("weight_ih", shape.input, { kind: "product", g: "dinner", x: "input" }),
      matrix("weight_hh", shape.hidden, { kind: "product", g: "dinner", x: "previous.h" }),
      bias("bias_ih", "dinner"),
      ...hiddenLinear(shape, "inner"),
    ];
  },
  buffers: ({ hidden }) => [
    { name: "inner", width: hidden, steps: "window" },
    { name: "outer", width: hidden, steps: "window" },
    { name: "dinner", width: hidden, steps: "window", training: true },
    { name: "dhidden", width: hidden, steps: "one", training: true },
  ],
  seen: [{ name: "relu", label: "relu of state and input", buffer: "inner", part: 0, range: "signed" }],
  step(c, t) {
    const { hidden } = c.shape;
    const inner = c.buffer("inner", t);
    product(c, inner, c.previous("h", t), "weight_hh", NONE, hidden, 1, 1);
    c.k.relu(c.arena, inner, inner, c.rows * hidden);
    hiddenStep(c, inner, t);
  },
  stepBackward(c, t) {
    const { hidden } = c.shape;
    hiddenStepBackward(c, t);
    c.k.reluBackward(c.arena, c.buffer("dinner", t), c.buffer("inner", t), c.buffer("dhidden"), c.rows * hidden);
    back(c, c.previousGradient(t), c.buffer("dinner", t), "weight_hh", hidden, 1, 1);
  },
  finish: (c) => back(c, c.inputGradient(), c.buffer("dinner"), "weight_ih", c.shape.input, c.steps, 0),
};
