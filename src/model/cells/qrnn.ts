// Quasi-recurrent cell: z = tanh(·), f, o = σ(·) of W x + b, c = f · z + (1 − f) · c₋₁, h = o · c. Only c comes from
// the previous step, and no product needs it: all products run over the whole window at once, followed by an
// elementwise scan. With a window of 2 the gates also see V x₋₁, and the last input becomes part of the state.
// Bradbury, Merity, Xiong and Socher 2016, with f on the side of z as in Merity's pytorch-qrnn, whose `linear.weight`
// is [weight_ih weight_previous].

import type { SettingValues } from "../../base/setting.js";
import { NONE } from "../../compute/kernels.js";
import { type Cell, type CellCall, inputProduct, inputProductBackward, type ParameterSpec } from "./cell.js";

export const qrnn: Cell = {
  kind: "qrnn",
  settings: [
    {
      name: "qrnnWindow",
      group: "model",
      type: "integer",
      default: 1,
      min: 1,
      max: 2,
      help: "qrnn: inputs that the gates see: this one, or also the one before",
    },
  ],
  stateTensors: (shape, settings) => [
    { name: "h", width: shape.hidden },
    { name: "c", width: shape.hidden },
    ...(seesPrevious(settings) ? [{ name: "x", width: shape.input }] : []),
  ],
  parameters(shape, settings) {
    const columns = seesPrevious(settings) ? 2 * shape.input : shape.input;
    const rows = 3 * shape.hidden;
    const initial = { kind: "uniform", bound: 1 / Math.sqrt(columns) } as const; // of one linear layer
    const matrix = (name: string, x: string): ParameterSpec => {
      return { name, rows, cols: shape.input, initial, packed: true, gradient: [{ kind: "product", g: "gates", x }] };
    };
    return [
      matrix("weight_ih", "input"),
      ...(seesPrevious(settings) ? [matrix("weight_previous", "previous.x")] : []),
      { name: "bias_ih", rows, cols: 1, initial, packed: false, gradient: [{ kind: "sum", g: "gates" }] },
    ];
  },
  // Forward: the pre-activations, then z, f, o. Backward: the gradients of the pre-activations, and their part of the
  // gradient of x₋₁.
  buffers: (shape, settings) => [
    { name: "gates", width: 3 * shape.hidden, steps: "window" },
    ...(seesPrevious(settings)
      ? [{ name: "toPrevious", width: shape.input, steps: "window", training: true } as const]
      : []),
  ],
  seen: [
    { name: "z", label: "candidate", buffer: "gates", part: 0, range: "signed" },
    { name: "f", label: "forget gate", buffer: "gates", part: 1, range: "share" },
    { name: "o", label: "output gate", buffer: "gates", part: 2, range: "share" },
  ],
  prepare(c) {
    inputProduct(c, "gates", 3);
    if (seesPrevious(c.settings)) previousProduct(c);
    const out = c.next("h", 0);
    const cell = c.next("c", -1);
    const gates = c.buffer("gates");
    c.k.qrnnForward(c.arena, out, cell, gates, c.starts(0), c.steps, c.rows, c.lanes, c.shape.hidden);
  },
  finish(c) {
    const gates = c.buffer("gates");
    const cell = c.next("c", -1);
    const dc = c.carriedGradient("c");
    const dout = c.outputGradient(0);
    c.k.qrnnBackward(c.arena, gates, cell, dout, dc, c.starts(0), c.steps, c.rows, c.lanes, c.shape.hidden);
    inputProductBackward(c, "gates", 3);
    if (seesPrevious(c.settings)) previousProductBackward(c);
  },
};

function seesPrevious(settings: SettingValues): boolean {
  return settings.qrnnWindow === 2;
}

/** gates (T, B, 3H) += x₋₁ · weight_previousᵀ; the inputs become the state x. */
function previousProduct(c: CellCall): void {
  for (let t = 0; t < c.steps; t++) c.k.affine(c.arena, c.next("x", t), c.input(t), 1, 0, c.rows * c.shape.input);
  c.mask("x");
  const { input, hidden } = c.shape;
  const weight = c.packed("weight_previous").forward;
  c.k.matmul(
    c.arena,
    c.buffer("gates"),
    c.previous("x", 0),
    weight,
    NONE,
    c.steps,
    c.rows,
    c.lanes,
    input,
    3 * hidden,
    1,
  );
}

/**
 * Step t's gradient of x₋₁ adds to that of input t − 1, and at t = 0 to that of the state x. No gradient crosses a
 * document's start.
 */
function previousProductBackward(c: CellCall): void {
  const { input, hidden } = c.shape;
  const size = c.rows * input;
  const weight = c.packed("weight_previous").backward;
  const toPrevious = c.buffer("toPrevious");
  c.k.matmul(c.arena, toPrevious, c.buffer("gates"), weight, NONE, c.steps, c.rows, c.lanes, 3 * hidden, input, 0);
  for (let t = 0; t < c.steps; t++) {
    const step = c.buffer("toPrevious", t);
    if (c.starts(t) !== NONE) c.k.maskRows(c.arena, step, step, c.starts(t), c.rows, input);
    if (t > 0) c.k.add(c.arena, c.inputGradient(t - 1), c.inputGradient(t - 1), step, size);
  }
  const last = c.inputGradient(c.steps - 1);
  const dx = c.carriedGradient("x");
  c.k.add(c.arena, last, last, dx, size);
  c.k.affine(c.arena, dx, toPrevious, 1, 0, size);
}
