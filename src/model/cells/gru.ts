// The gated recurrent unit as PyTorch and cuDNN have it: r, z = σ(W x + b + U h₋₁ + c), n = tanh(W x + b + r · (U h₋₁ + c)),
// h = (1 − z) · n + z · h₋₁. Cho et al. 2014, with the reset gate after the product. Many texts write h = (1 − z) · h₋₁ + z · n:
// the same cell with the weights of z negated.

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
  // The gradients of r and z are the same numbers for both products.
  parameters({ input, hidden }) {
    const gates = { g: "fromInput", rows: { from: 0, to: 2 * hidden } };
    const candidate = { g: "candidate", rows: { from: 2 * hidden, to: 3 * hidden } };
    return gateParameters({ input, hidden }, 3, { input: "fromInput", hidden: [gates, candidate] });
  },
  // Forward they hold W x + b (then r, z, n) and U h₋₁ + c, of which n's part is kept; backward, the gradients of the three.
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
    const [gx, gh, candidate] = [c.buffer("fromInput", t), c.buffer("fromHidden"), c.buffer("candidate", t)];
    c.k.gruForward(c.arena, c.next("h", t), gx, gh, candidate, c.previous("h", t), c.rows, c.shape.hidden);
  },
  stepBackward(c, t) {
    const [gx, gh, candidate] = [c.buffer("fromInput", t), c.buffer("fromHidden"), c.buffer("candidate", t)];
    const [previous, dout, dprevious] = [c.previous("h", t), c.outputGradient(t), c.previousGradient(t)];
    c.k.gruBackward(c.arena, gx, gh, candidate, previous, dout, dprevious, c.rows, c.shape.hidden);
    hiddenProductBackward(c, "fromHidden", 3, t);
  },
  finish: (c) => inputProductBackward(c, "fromInput", 3),
};
