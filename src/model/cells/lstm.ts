// Long short-term memory, in PyTorch's form: i, f, o = σ(·), g = tanh(·), c = f · c₋₁ + i · g, h = o · tanh(c); gates
// in the order i, f, g, o. Hochreiter and Schmidhuber 1997; the forget gate is Gers, Schmidhuber and Cummins 2000.

import {
  type Cell,
  gateParameters,
  hiddenProduct,
  hiddenProductBackward,
  inputProduct,
  inputProductBackward,
  type ParameterSpec,
} from "./cell.js";

export const lstm: Cell = {
  kind: "lstm",
  settings: [
    {
      name: "forgetBias",
      group: "model",
      type: "number",
      default: undefined,
      min: -10,
      max: 10,
      help: "lstm: initial bias of the forget gate; unset: PyTorch's uniform draw",
    },
  ],
  stateTensors: (shape) => [
    { name: "h", width: shape.hidden },
    { name: "c", width: shape.hidden },
  ],
  parameters: (shape, settings) =>
    gateParameters(shape, 4, { input: "gates", hidden: [{ g: "gates" }] }).map((p) =>
      withForgetBias(p, shape.hidden, settings.forgetBias),
    ),
  buffers: (shape) => [{ name: "gates", width: 4 * shape.hidden, steps: "window" }],
  inputBuffer: "gates",
  seen: [
    { name: "i", label: "input gate", buffer: "gates", part: 0, range: "share" },
    { name: "f", label: "forget gate", buffer: "gates", part: 1, range: "share" },
    { name: "g", label: "candidate", buffer: "gates", part: 2, range: "signed" },
    { name: "o", label: "output gate", buffer: "gates", part: 3, range: "share" },
  ],
  prepare: (c) => inputProduct(c, "gates", 4),
  step(c, t) {
    hiddenProduct(c, "gates", 4, t, 1);
    const gates = c.buffer("gates", t);
    c.k.lstmForward(c.arena, c.next("h", t), c.next("c", t), gates, c.previous("c", t), c.rows, c.shape.hidden);
  },
  stepBackward(c, t) {
    const gates = c.buffer("gates", t);
    const dc = c.carriedGradient("c");
    const previous = c.previous("c", t);
    c.k.lstmBackward(c.arena, gates, c.next("c", t), previous, c.outputGradient(t), dc, c.rows, c.shape.hidden);
    hiddenProductBackward(c, "gates", 4, t);
  },
  finish: (c) => inputProductBackward(c, "gates", 4),
};

/** The forget gate is the second of four. Only one bias gets the value, since the two are added. */
function withForgetBias(p: ParameterSpec, hidden: number, value: unknown): ParameterSpec {
  if (typeof value !== "number" || p.cols !== 1 || p.initial.kind !== "uniform") return p;
  const { bound } = p.initial;
  const rows = { from: hidden, to: 2 * hidden, value: p.name === "bias_hh" ? value : 0 };
  return { ...p, initial: { kind: "rows", bound, ...rows } };
}
