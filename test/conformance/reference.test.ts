// Who holds the reference itself: slopes by differences, numbers worked by hand, and adjoints. The golden files hold it
// to PyTorch, layer by layer.

import { expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { type Handle, type Kernels, NONE } from "../../src/compute/kernels.js";
import { referenceEngine } from "../../src/compute/reference/engine.js";
import { newDraw } from "./draw.js";

const { kernels: k, handle: h, reals, setIntegers } = referenceEngine("f64").open(4096);
const write = (offset: number, values: ArrayLike<number>): void => reals(offset, values.length).set(values);
const draw = newDraw(20260101);
const numbers = (n: number): number[] => Array.from(draw.between(n, -1.5, 1.5));

/**
 * Holds a kernel pair to d(Σ weight · out)/d(in) by central differences. `forward` reads inputs at 0 and returns Σ
 * weight · out; `backward` leaves the gradients of all inputs and returns them.
 */
function expectSlopes(inputs: number[], forward: () => number, backward: () => ArrayLike<number>): void {
  write(0, inputs);
  const slopes = Array.from(backward());
  expect(slopes.length).toBe(inputs.length);
  for (const [i, x] of inputs.entries()) {
    const at = (value: number): number => {
      write(0, inputs.with(i, value));
      return forward();
    };
    expect(slopes[i], `input ${i}`).toBeCloseTo((at(x + 1e-5) - at(x - 1e-5)) / 2e-5, 7);
  }
}

const rows = 2;
const H = 3;
const n = rows * H;
const weights = numbers(2 * n);
const weigh = (values: ArrayLike<number>, from = 0): number =>
  Array.from(values).reduce((sum, value, i) => sum + value * weights[from + i]!, 0);

test("the gradients of a GRU step are slopes", () => {
  const forward = (): void => {
    write(500, reals(0, 7 * n)); // gx at 500, gh behind it, prev behind that
    k.gruForward(h, 1000, 500, 500 + 3 * n, 1300, 500 + 6 * n, rows, H);
  };
  expectSlopes(
    numbers(7 * n),
    () => {
      forward();
      return weigh(reals(1000, n));
    },
    () => {
      forward();
      write(1100, weights.slice(0, n));
      write(1200, new Float64Array(n));
      k.fill(h, 500 + 3 * n, NaN, 3 * n); // of gh nothing but cand goes on
      k.gruBackward(h, 500, 500 + 3 * n, 1300, 500 + 6 * n, 1100, 1200, rows, H);
      const candidates = [...reals(500 + 3 * n, 3 * n)].filter((_, at) => Math.floor(at / H) % 3 === 2);
      expect([...reals(1300, n)]).toEqual(candidates);
      return [...reals(500, 6 * n), ...reals(1200, n)];
    },
  );
});

test("a GRU step with z negated is the one that other texts write, h = (1 − z) · h₋₁ + z · n", () => {
  const gx = numbers(3 * n);
  const gh = numbers(3 * n);
  const prev = numbers(n);
  const negated = (g: number[]): number[] => g.map((a, at) => (Math.floor(at / H) % 3 === 1 ? -a : a));
  write(0, [...negated(gx), ...negated(gh), ...prev]);
  k.gruForward(h, 100, 0, 3 * n, 200, 6 * n, rows, H);
  for (const [j, before] of prev.entries()) {
    const at = Math.floor(j / H) * 3 * H + (j % H);
    const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));
    const r = sigmoid(gx[at]! + gh[at]!);
    const z = sigmoid(gx[at + H]! + gh[at + H]!);
    const proposal = Math.tanh(gx[at + 2 * H]! + r * gh[at + 2 * H]!);
    expect(reals(100 + j, 1)[0]).toBeCloseTo((1 - z) * before + z * proposal, 14);
  }
});

test("the gradients of an LSTM step are slopes, of the output and of the cell", () => {
  const forward = (): void => {
    write(500, reals(0, 5 * n)); // gates at 500, cPrev behind
    k.lstmForward(h, 1000, 1000 + n, 500, 500 + 4 * n, rows, H);
  };
  expectSlopes(
    numbers(5 * n),
    () => {
      forward();
      return weigh(reals(1000, 2 * n));
    },
    () => {
      forward();
      write(1100, weights); // dout, and dc behind it
      k.lstmBackward(h, 500, 1000 + n, 500 + 4 * n, 1100, 1100 + n, rows, H);
      return [...reals(500, 4 * n), ...reals(1100 + n, n)];
    },
  );
});

test.each([false, true])(
  "the gradients of a QRNN's window are slopes, of outputs and of the last cell (starts %s)",
  (masked) => {
    const T = 3;
    const starts = masked ? 900 : NONE;
    setIntegers(900, Int32Array.of(0, 1, 1, 0, 0, 0)); // (T, B)
    const forward = (): void => {
      write(500, reals(0, 3 * T * n)); // gates at 500, and c from 700 on
      write(700, reals(3 * T * n, n));
      k.qrnnForward(h, 800, 700, 500, starts, T, rows, rows, H);
    };
    const probes = numbers((T + 1) * n);
    const weighAll = (): number =>
      [...reals(800, T * n), ...reals(700 + T * n, n)].reduce((sum, value, i) => sum + value * probes[i]!, 0);
    expectSlopes(
      numbers((3 * T + 1) * n),
      () => {
        forward();
        return weighAll();
      },
      () => {
        forward();
        write(1100, probes); // dout, and dc behind it
        k.qrnnBackward(h, 500, 700, 1100, 1100 + T * n, starts, T, rows, rows, H);
        return [...reals(500, 3 * T * n), ...reals(1100 + T * n, n)];
      },
    );
  },
);

test.each([0, 1])("the gradients of a plain cell are slopes (relu %i)", (relu) => {
  const forward = (): void => k.rnnForward(h, 100, 0, n, relu);
  expectSlopes(
    numbers(n),
    () => {
      forward();
      return weigh(reals(100, n));
    },
    () => {
      forward();
      write(200, weights.slice(0, n));
      k.rnnBackward(h, 300, 100, 200, n, relu);
      return reals(300, n);
    },
  );
});

test.each(["sigmoid", "tanh", "relu"] as const)("the gradient of %s is its slope", (name) => {
  const forward = (): void => k[name](h, 100, 0, n);
  expectSlopes(
    numbers(n),
    () => {
      forward();
      return weigh(reals(100, n));
    },
    () => {
      forward();
      write(200, weights.slice(0, n));
      k[`${name}Backward`](h, 300, 100, 200, n);
      return reals(300, n);
    },
  );
});

test("the gradient of the loss is the slope of the sum over counted targets", () => {
  const count = 3;
  const V = 5;
  const loss = (backward: number): number => {
    write(100, reals(0, count * V));
    setIntegers(200, Int32Array.of(4, -1, 0));
    k.crossEntropy(h, 300, 100, 200, 1, count, count, V, backward);
    return Array.from(reals(300, count)).reduce((a, b) => a + b, 0);
  };
  expectSlopes(
    numbers(count * V),
    () => loss(0),
    () => {
      loss(1);
      return reals(100, count * V);
    },
  );
  expect([...reals(100 + V, V)], "the row that is not counted is not touched by the loss alone").not.toContain(0);
});

test("uniform logits cost log V, and what is not counted costs nothing", () => {
  write(100, new Float64Array(14).fill(3));
  setIntegers(0, Int32Array.of(5, -1));
  k.crossEntropy(h, 10, 100, 0, 1, 2, 2, 7, 1);
  expect(reals(10, 1)[0]).toBeCloseTo(Math.log(7), 14);
  expect(reals(11, 1)[0]).toBe(0);
  expect([...reals(107, 7)]).toEqual(new Array(7).fill(0));
});

test("a product by hand: x · wᵀ and g · w, with bias and with what was there", () => {
  write(0, [1, 2, 3, 4, 5, 6]); // w (2, 3)
  write(10, [1, 10, 100, 2, 20, 200]); // x (2, 3)
  write(20, [0.5, 0.25]);
  k.pack(h, 30, 0, 2, 3, 0, 2, 0);
  k.matmul(h, 40, 10, 30, 20, 1, 2, 2, 3, 2, 0);
  expect([...reals(40, 4)]).toEqual([321.5, 654.25, 642.5, 1308.25]);
  k.matmul(h, 40, 10, 30, NONE, 1, 2, 2, 3, 2, 1);
  expect([...reals(40, 4)]).toEqual([642.5, 1308.25, 1284.5, 2616.25]);
  write(10, [1, 10]); // g (1, 2)
  k.pack(h, 30, 0, 2, 3, 0, 2, 1);
  k.matmul(h, 40, 10, 30, NONE, 1, 1, 1, 2, 3, 0);
  expect([...reals(40, 3)]).toEqual([41, 52, 63]);
});

test("sums by hand: weights, biases, table rows and squares", () => {
  write(0, [1, 2, 3, 4]); // g (2, 2)
  write(10, [1, 10, 100, 1000]); // x (2, 2)
  write(20, [0, 0, 0, 1]);
  k.gradient(h, 20, 0, 10, 2, 2, 2, 0, 2);
  expect([...reals(20, 4)]).toEqual([301, 3010, 402, 4021]);
  write(20, [0, 5]);
  k.sumRows(h, 20, 0, 2, 2, 1, 2);
  expect([...reals(20, 2)]).toEqual([0, 11]);
  setIntegers(30, Int32Array.of(2, 2));
  write(20, new Float64Array(6));
  k.scatter(h, 20, 0, 30, 2, 2, 0, 3);
  expect([...reals(20, 6)]).toEqual([0, 0, 0, 0, 4, 6]);
  k.gather(h, 50, 20, 30, 1, 2, 2, 2);
  expect([...reals(50, 4)]).toEqual([4, 6, 4, 6]);
  k.sumSquares(h, 60, 0, 2, 2);
  expect([...reals(60, 2)]).toEqual([5, 25]);
});

test("rows of some lanes lie a batch apart", () => {
  write(
    0,
    Float64Array.from({ length: 12 }, (_, i) => i),
  ); // x (T 2, B 3, 2)
  write(20, [1, 1]);
  k.fill(h, 30, -1, 12);
  k.pack(h, 25, 20, 1, 2, 0, 1, 0);
  k.matmul(h, 30 + 1, 0 + 2, 25, NONE, 2, 1, 3, 2, 1, 0); // lane 1 alone
  expect([...reals(30, 6)]).toEqual([-1, 5, -1, -1, 17, -1]);
});

test("one step of each optimizer, by hand", () => {
  const step = (run: (table: Kernels, handle: Handle) => void): number[] => {
    write(0, [1]); // w
    write(1, [8]); // g
    write(2, [0.5]); // m
    write(3, [4]); // v
    run(k, h);
    return [...reals(0, 4)];
  };
  // Half the gradient, held to 3, and a tenth of w: 3.1.
  expect(step((t, g) => t.sgd(g, 0, 1, NONE, 1, 0.5, 3, 0.1, 0, 0.1))[0]).toBeCloseTo(1 - 0.31, 14);
  const [w, , m] = step((t, g) => t.sgd(g, 0, 1, 2, 1, 0.5, 3, 0.1, 0.9, 0.1));
  expect(m).toBeCloseTo(0.45 + 3.1, 14);
  expect(w).toBeCloseTo(1 - 0.1 * 3.55, 14);
  const adam = step((t, g) => t.adam(g, 0, 1, 2, 3, 1, 1, Infinity, 0.25, 0.5, 0.75, 1, 0.5, 0, 0.5));
  // m = 0.25 + 4, v = 3 + 16, w = 0.5 − 0.25 · 4.25 / (√19 / 0.5 + 1)
  expect(adam[2]).toBeCloseTo(4.25, 14);
  expect(adam[3]).toBeCloseTo(19, 14);
  expect(adam[0]).toBeCloseTo(0.5 - 1.0625 / (2 * Math.sqrt(19) + 1), 14);
  const rmsprop = step((t, g) => t.rmsprop(g, 0, 1, 3, 1, 1, Infinity, 0.1, 0.75, 1, 0));
  expect(rmsprop[3]).toBeCloseTo(19, 14);
  expect(rmsprop[0]).toBeCloseTo(1 - 0.8 / (Math.sqrt(19) + 1), 14);
});

test("dropout keeps its share, doubles what it keeps at one half, and is its own backward", () => {
  const count = 2000;
  const drop = (out: number, a: number): void => k.dropout(h, out, a, 1, 20, 20, 100, 0.5, 1, 0, 128, 0, 5, 0);
  k.fill(h, 0, 1, count);
  drop(2000, 0);
  const once = [...reals(2000, count)];
  expect(new Set(once)).toEqual(new Set([0, 2]));
  expect(Math.abs(once.filter((x) => x > 0).length - count / 2)).toBeLessThan(4 * Math.sqrt(count / 4));
  drop(2000, 2000);
  expect([...reals(2000, count)]).toEqual(once.map((x) => 2 * x));
});

test("an operand outside the arena, an unknown handle and too large an arena are errors", () => {
  expect(() => k.fill(h, 4000, 1, 97)).toThrow("[4000, 4097) lies outside the arena's 4096 elements");
  expect(() => k.fill(h + 1, 0, 1, 1)).toThrow("no arena has the handle");
  expect(() => referenceEngine("f64").open(2 ** 50)).toThrow(LonghandError);
});
