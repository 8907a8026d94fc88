// Tests of the lesson's two cells against its PyTorch modules, written out in float64. test/laws/ tests their
// gradients, threads and windows with those of all cells.

import { describe, expect, test } from "vitest";
import { charConcat, charLoop } from "../../src/model/cells/lesson-cells.js";
import { zeroState } from "../../src/model/layout/state.js";
import { f64 } from "../helpers/engines.js";
import { forward, openModel, randomWindow, tinySpec } from "../helpers/tiny.js";

type Vector = number[];
/** A module's parameter by name, row by row. */
type Parameters = (name: string) => number[];

/** nn.Linear(inputs, outputs)(x), with the weight (outputs, inputs) row by row. */
function linear(weight: number[], bias: number[], x: Vector): Vector {
  return bias.map((b, row) => x.reduce((sum, value, col) => sum + weight[row * x.length + col]! * value, b));
}
const relu = (x: Vector) => x.map((value) => Math.max(0, value));
const tanh = (x: Vector) => x.map(Math.tanh);

/** The next `h`, as CharLoopModel.forward and CharLoopConcatModel.forward compute it. */
const modules = {
  "char-loop"(p: Parameters, h: Vector, x: Vector): Vector {
    const input = relu(linear(p("weight_ih"), p("bias_ih"), x));
    const mixed = h.map((value, i) => value + input[i]!);
    return tanh(linear(p("weight_hidden"), p("bias_hidden"), mixed));
  },
  "char-concat"(p: Parameters, h: Vector, x: Vector): Vector {
    const hidden = h.length;
    const wide = x.length;
    const rows = h.map((_, row) => [
      ...p("weight_hh").slice(row * hidden, (row + 1) * hidden),
      ...p("weight_ih").slice(row * wide, (row + 1) * wide),
    ]);
    const input = relu(linear(rows.flat(), p("bias_ih"), [...h, ...x]));
    return tanh(linear(p("weight_hidden"), p("bias_hidden"), input));
  },
};

describe.each([charLoop, charConcat])("$kind", (cell) => {
  const spec = tinySpec(cell, {}, { layers: 1 });
  const model = openModel(spec, f64, { lanes: 2, steps: 8 });

  test("equals the lesson's module at every character, from a zero state", () => {
    const window = randomWindow(4, { steps: 8, lanes: 2 });
    const actual = forward(model, zeroState(spec, 2, "f64"), window);
    const parameter = (name: string) => [...model.parameter(name)];
    const module = modules[cell.kind as keyof typeof modules];
    for (const lane of [0, 1]) {
      let h: Vector = new Array(6).fill(0);
      for (let t = 0; t < 8; t++) {
        const i = 2 * t + lane;
        const x = parameter("embedding.weight").slice(5 * window.inputs[i]!, 5 * (window.inputs[i]! + 1));
        h = module((name) => parameter(`rnn.${name}_l0`), h, x);
        const logits = linear(parameter("decoder.weight"), parameter("decoder.bias"), h);
        const loss = Math.log(logits.reduce((sum, y) => sum + Math.exp(y), 0)) - logits[window.targets[i]!]!;
        expect(actual.losses[i]).toBeCloseTo(loss, 12);
      }
      expect([...actual.state.arrays[0]!.data].slice(6 * lane, 6 * (lane + 1)).map((v, i) => v - h[i]!)).toEqual(
        h.map(() => expect.closeTo(0, 12)),
      );
    }
  });

  test("starts like nn.Linear: uniform within 1/√inputs of each matrix", () => {
    const wide = openModel(tinySpec(cell, {}, { layers: 1, embedding: 9, hidden: 40 }), f64, { lanes: 1, steps: 1 });
    const inputs = { ih: cell === charLoop ? 9 : 9 + 40, hh: 9 + 40, hidden: 40 };
    const own = wide.plan.parameters.map((p) => p.name).filter((name) => name.startsWith("rnn."));
    expect(own.length).toBe(cell === charLoop ? 4 : 5);
    for (const name of own) {
      const bound = 1 / Math.sqrt(inputs[/_(\w+)_l0/.exec(name)![1] as keyof typeof inputs]);
      const most = Math.max(...wide.parameter(name).map(Math.abs));
      expect(most, name).toBeLessThanOrEqual(bound);
      expect(most, name).toBeGreaterThan(0.8 * bound);
    }
  });
});
