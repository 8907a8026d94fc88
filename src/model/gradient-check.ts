// Gradient check of a cell, for whoever writes one (PyTorch's gradcheck): in a small f64 model each parameter is moved
// a little up and down, and the change of the loss is compared with the gradient.

import { checkSetting, type SettingRow, type SettingValues } from "../base/setting.js";
import { referenceEngine } from "../compute/reference/engine.js";
import type { Window } from "../text/windows/lanes.js";
import type { Cell } from "./cells/cell.js";
import { LanguageModel } from "./language-model.js";
import { zeroState } from "./layout/state.js";

const V = 5;
const T = 4;
const B = 2;
const STEP = 1e-5;

/**
 * The largest |finite difference − gradient| over all parameters of two layers of the cell, from a state that is not
 * zero and over a window in which documents start: about 1e-9 if the gradients are right, NaN if any number is NaN.
 * `settings` are the cell's own; the others have their defaults.
 */
export function gradientError(cell: Cell, settings: SettingValues = {}): number {
  const valueFor = (row: SettingRow) =>
    settings[row.name] === undefined ? row.default : checkSetting(row, settings[row.name]);
  const cellSettings = Object.fromEntries(cell.settings.map((row) => [row.name, valueFor(row)]));
  const spec = { vocabulary: V, embedding: 3, hidden: 4, layers: 2, cell, cellSettings, dropout: 0, tied: false };
  const options = { lanes: B, steps: T, documents: true, training: { moments: 0 } };
  const model = new LanguageModel(spec, referenceEngine("f64"), options);
  model.initialize(1);
  const inputs = Int32Array.from({ length: T * B }, (_, m) => (3 * m * m + m) % V);
  const targets = inputs.map((id) => (id + 2) % V);
  const window: Window = {
    steps: T,
    lanes: B,
    inputs,
    targets,
    starts: Int32Array.of(0, 1, 0, 0, 1, 0, 0, 0),
    counted: T * B,
  };
  const { arrays } = zeroState(spec, B, "f64");
  const state = {
    lanes: B,
    arrays: arrays.map((a, i) => ({ ...a, data: a.data.map((_, j) => ((i + j) % 5) / 5 - 0.4) })),
  };
  const loss = (backward = false): number => {
    model.setState(state);
    model.load(window);
    model.forward();
    model.loss(0, B, backward);
    return model.lossSum();
  };
  loss(true);
  model.backward();
  model.gradients();
  const { gradients, size } = model.plan;
  const analytic = model.arena.reals(gradients, size).slice();
  const weights = model.weightsInPlace();
  const lossAt = (i: number, value: number): number => {
    weights[i] = value;
    model.pack();
    return loss();
  };
  let largest = 0;
  for (const [i, value] of weights.slice().entries()) {
    const slope = (lossAt(i, value + STEP) - lossAt(i, value - STEP)) / (2 * STEP);
    lossAt(i, value);
    largest = Math.max(largest, Math.abs(slope - analytic[i]!));
  }
  return largest;
}
