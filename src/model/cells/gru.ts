// Gated recurrent unit, in the form of PyTorch and cuDNN: r, z = σ(W x + b + U h₋₁ + c), n = tanh(W x + b + r · (U h₋₁
// + c)), h = (1 − z) · n + z · h₋₁. Cho et al. 2014, with the reset gate after the product. Many papers write h = (1 −
// z) · h₋₁ + z · n: the same cell with the weights of z negated.

import {
  type Cell,
  gateParameters,
  hiddenProduct,
  hiddenProductBackward,
  inputProduct,
  inputProductBackward,
} from "./cell.js";

export const gru: Cell = {
  kind: "gru",
  settings: [],
  stateTensors: (shape) => [{ name: "h", width: shape.hidden }],
  // Both products share the gradients of r and z.
  parameters({ input, hidden }) {
    const gates = { g: "fromInput", rows: { from: 0, to: 2 * hidden } };
    const candidate = { g: "candidate", rows: { from: 2 * hidden, to: 3 * hidden } };
    return gateParameters({ input, hidden }, 3, { input: "fromInput", hidden: [gates, candidate] });
  },
  // Forward: W x + b (then r, z, n), U h₋₁ + c, and n's part of the latter. Backward: the gradients of the three.
  buffers: (shape) => [
    { name: "fromInput", width: 3 * shape.hidden, steps: "window" },
    { name: "fromHidden", width: 3 * shape.hidden, steps: "one" },
    { name: "candidate", width: shape.hidden, steps: "window" },
  ],
  inputBuffer: "fromInput",
  seen: [
    { name: "r", label: "reset gate", buffer: "fromInput", part: 0, range: "share" },
    { name: "z", label: "update gate", buffer: "fromInput", part: 1, range: "share" },
    { name: "n", label: "candidate", buffer: "fromInput", part: 2, range: "signed" },
  ],
  prepare: (c) => inputProduct(c, "fromInput", 3),
  step(c, t) {
    hiddenProduct(c, "fromHidden", 3, t, 0);
    const gx = c.buffer("fromInput", t);
    const gh = c.buffer("fromHidden");
    const candidate = c.buffer("candidate", t);
    c.k.gruForward(c.arena, c.next("h", t), gx, gh, candidate, c.previous("h", t), c.rows, c.shape.hidden);
  },
  stepBackward(c, t) {
    const gx = c.buffer("fromInput", t);
    const gh = c.buffer("fromHidden");
    const candidate = c.buffer("candidate", t);
    const previous = c.previous("h", t);
    const dout = c.outputGradient(t);
    const dprevious = c.previousGradient(t);
    c.k.gruBackward(c.arena, gx, gh, candidate, previous, dout, dprevious, c.rows, c.shape.hidden);
    hiddenProductBackward(c, "fromHidden", 3, t);
  },
  finish: (c) => inputProductBackward(c, "fromInput", 3),
};
