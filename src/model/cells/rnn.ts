// Elman recurrent cell, PyTorch's nn.RNN: h = f(W_ih x + b_ih + W_hh h₋₁ + b_hh), f tanh or relu.

import {
  type Cell,
  gateParameters,
  hiddenProduct,
  hiddenProductBackward,
  inputProduct,
  inputProductBackward,
  type ParameterSpec,
} from "./cell.js";

export const rnn: Cell = {
  kind: "rnn",
  settings: [
    {
      name: "nonlinearity",
      group: "model",
      type: "choice",
      default: "tanh",
      choices: ["tanh", "relu"],
      help: "rnn: activation function",
    },
    {
      name: "identityInit",
      group: "model",
      type: "flag",
      default: false,
      help: "rnn: initialize weight_hh with the identity matrix",
    },
  ],
  stateTensors: (shape) => [{ name: "h", width: shape.hidden }],
  parameters: (shape, settings) =>
    gateParameters(shape, 1, { input: "gates", hidden: [{ g: "gates" }] }).map(
      (p): ParameterSpec =>
        p.name === "weight_hh" && settings.identityInit ? { ...p, initial: { kind: "identity" } } : p,
    ),
  buffers: (shape) => [{ name: "gates", width: shape.hidden, steps: "window", inOutputGradient: true }],
  inputBuffer: "gates",
  prepare: (c) => inputProduct(c, "gates", 1),
  step(c, t) {
    hiddenProduct(c, "gates", 1, t, 1);
    c.k.rnnForward(c.arena, c.next("h", t), c.buffer("gates", t), c.rows * c.shape.hidden, reluFlag(c.settings));
  },
  stepBackward(c, t) {
    const gates = c.buffer("gates", t);
    const n = c.rows * c.shape.hidden;
    c.k.rnnBackward(c.arena, gates, c.next("h", t), c.outputGradient(t), n, reluFlag(c.settings));
    hiddenProductBackward(c, "gates", 1, t);
  },
  finish: (c) => inputProductBackward(c, "gates", 1),
};

function reluFlag(settings: Readonly<Record<string, unknown>>): 0 | 1 {
  return settings.nonlinearity === "relu" ? 1 : 0;
}
