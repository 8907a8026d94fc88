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
  knobs: [],
  slots: (shape) => [{ name: "h", width: shape.hidden }],
  parameters: (shape) => gateParameters(shape, 3, { input: "fromInput", hidden: "fromHidden" }),
  // Forward they hold W x + b (then r, z, n) and U h₋₁ + c; backward, the gradients of the two.
  buffers: (shape) => [
    { name: "fromInput", width: 3 * shape.hidden, steps: "window" },
    { name: "fromHidden", width: 3 * shape.hidden, steps: "window" },
  ],
  inputBuffer: "fromInput",
  prepare: (c) => inputProduct(c, "fromInput", 3),
  step(c, t) {
    hiddenProduct(c, "fromHidden", 3, t, 0);
    const [gx, gh] = [c.buffer("fromInput", t), c.buffer("fromHidden", t)];
    c.k.gruForward(c.h, c.next("h", t), gx, gh, c.previous("h", t), c.rows, c.shape.hidden);
  },
  stepBackward(c, t) {
    const [gx, gh] = [c.buffer("fromInput", t), c.buffer("fromHidden", t)];
    const dprevious = c.previousGradient(t);
    c.k.gruBackward(c.h, gx, gh, c.previous("h", t), c.outputGradient(t), dprevious, c.rows, c.shape.hidden);
    hiddenProductBackward(c, "fromHidden", 3, t);
  },
  finish: (c) => inputProductBackward(c, "fromInput", 3),
};
