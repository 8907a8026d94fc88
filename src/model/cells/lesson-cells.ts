// The two cells that the fastai lesson (2018, lesson6-rnn.ipynb) builds by hand before it takes nn.RNN, from nn.Linear alone:
//
//   char-loop     h = tanh(W (h₋₁ + relu(V x + a)) + b)      CharLoopModel, and Char3Model, which is its loop written out
//   char-concat   h = tanh(W relu(V [h₋₁; x] + a) + b)       CharLoopConcatModel; V's two halves are weight_hh and weight_ih
//
// Each has a relu between input and state that nn.RNN has not. They are here to be climbed past.

import { NONE } from "../../compute/kernels.js";
import type { Cell, CellCall, Contribution, LayerShape, ParameterSpec } from "./cell.js";

/** nn.Linear's start: uniform in ±1/√(its inputs), matrix and bias. */
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

/** W and b, over what lies in the buffer `x`. */
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

/** next = tanh(W x + b), the step that both end with. */
function hiddenStep(c: CellCall, x: number, t: number): void {
  const { hidden } = c.shape;
  product(c, c.buffer("outer", t), x, "weight_hidden", c.parameter("bias_hidden"), hidden, 1, 0);
  c.k.tanh(c.arena, c.next("h", t), c.buffer("outer", t), c.rows * hidden);
}

/** Leaves in `outer` the gradient of tanh's argument, and in `dhidden` that of x. */
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
  // `inner` holds relu's value forward and the gradient of its argument backward; `outer` the same of tanh.
  buffers: ({ hidden }) => [
    { name: "inner", width: hidden, steps: "window" },
    { name: "mixed", width: hidden, steps: "window" },
    { name: "outer", width: hidden, steps: "window" },
    { name: "dhidden", width: hidden, steps: "one", training: true },
  ],
  seen: [{ name: "relu", label: "relu of the input", buffer: "inner", part: 0, range: "signed" }],
  step(c, t) {
    const [inner, mixed, n] = [c.buffer("inner", t), c.buffer("mixed", t), c.rows * c.shape.hidden];
    c.k.relu(c.arena, inner, inner, n);
    c.k.add(c.arena, mixed, c.previous("h", t), inner, n);
    hiddenStep(c, mixed, t);
  },
  stepBackward(c, t) {
    const [inner, dhidden, n] = [c.buffer("inner", t), c.buffer("dhidden"), c.rows * c.shape.hidden];
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
