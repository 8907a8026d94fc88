// Tests of the gradient check for a user's cell: it accepts right gradients and detects wrong ones.

import { expect, test } from "vitest";
import type { Cell, ParameterSpec } from "../../src/model/cells/cell.js";
import { gru } from "../../src/model/cells/gru.js";
import { gradientError } from "../../src/model/gradient-check.js";
import { units } from "../helpers/tiny.js";

test.each(units)("%s: gradients equal finite differences to 1e-8", (_, cell, settings) => {
  expect(gradientError(cell, settings)).toBeLessThan(1e-8);
});

const halved: Cell["finish"] = (c) => {
  gru.finish(c);
  const size = c.steps * c.lanes * c.shape.input;
  c.k.affine(c.arena, c.inputGradient(), c.inputGradient(), 0.5, 0, size);
};
const withoutBias = (p: ParameterSpec): ParameterSpec => (p.name === "bias_hh" ? { ...p, gradient: [] } : p);

test.each<[string, Partial<Cell>]>([
  ["half of the input's gradient", { finish: halved }],
  ["no gradient of a bias", { parameters: (shape, settings) => gru.parameters(shape, settings).map(withoutBias) }],
  ["no backward step", { stepBackward: () => {} }],
])("a gru that gives %s is detected", (_name, wrong) => {
  const { inputBuffer: _, ...plain } = gru; // with the input projection cache there is no input gradient to halve
  expect(gradientError({ ...plain, ...wrong })).toBeGreaterThan(1e-3);
});

test("NaN in a cell gives an error of NaN, and a setting out of range is refused", () => {
  const step: Cell["step"] = (c, t) => c.k.fill(c.arena, c.next("h", t), NaN, c.rows * c.shape.hidden);
  expect(gradientError({ ...gru, step })).toBeNaN();
  const [, qrnn] = units[5]!;
  expect(() => gradientError(qrnn, { qrnnWindow: 3 })).toThrow("qrnnWindow wants a whole number from 1 to 2; got 3.");
});
