// Laws of single kernels that no random case would show: every exponent, the ends of the number line, numbers that are
// not finite, published randomness, and two arenas beside each other.

import { expect, test } from "vitest";
import { counterTop, philox } from "../../src/base/random.js";
import type { Arena, Engine } from "../../src/compute/arena.js";
import { type Handle, type Kernels, NONE, packedSize } from "../../src/compute/kernels.js";
import { newDraw } from "./draw.js";
import { ulps } from "./tolerances.js";

/** Declares the laws' tests for one engine. */
export function lawsOf(engine: Engine, arena: Arena, seed: number): void {
  const { kernels: k, handle: h } = arena;
  const write = (offset: number, values: ArrayLike<number>): void => arena.reals(offset, values.length).set(values);
  /** out = f(in) for one vector, out behind in. */
  const through = (
    values: ArrayLike<number>,
    f: (k: Kernels, h: Handle, out: number, a: number, n: number) => void,
  ) => {
    write(0, values);
    f(k, h, values.length, 0, values.length);
    return Float64Array.from(arena.reals(values.length, values.length));
  };

  test("an arena opens with zeros, and two arenas do not know of each other", () => {
    const a = engine.open(100);
    const b = engine.open(100);
    expect([...a.reals(0, 100), ...b.reals(0, 100)].every((x) => x === 0)).toBe(true);
    a.kernels.fill(a.handle, 10, 1, 20);
    b.kernels.fill(b.handle, 25, 2, 20);
    expect(sum(a.reals(0, 100))).toBe(20);
    expect(sum(b.reals(0, 100))).toBe(40);
  });

  test("a row of a product has the same bits alone, among its block, and in one run of all rows", () => {
    const draw = newDraw(seed);
    for (let round = 0; round < 12; round++) {
      const T = draw.integer(1, 5);
      const B = draw.size(17);
      const wide = draw.size(70);
      const n = draw.size(70);
      const a = 0;
      const w = T * B * wide;
      const packed = T * B * wide + n * wide;
      const out = packed + packedSize(wide, n, engine.panel);
      write(a, draw.reals(T * B * wide));
      write(w, draw.reals(n * wide));
      arena.reals(packed, out - packed).fill(0);
      k.pack(h, packed, w, n, wide, 0, n, 0);
      const product = (call: () => void): number[] => {
        arena.reals(out, T * B * n).fill(NaN);
        call();
        return [...arena.reals(out, T * B * n)];
      };
      const lanes = product(() => k.matmul(h, out, a, packed, NONE, T, B, B, wide, n, 0));
      const rows = product(() => k.matmul(h, out, a, packed, NONE, 1, T * B, T * B, wide, n, 0));
      const alone = product(() => {
        for (let r = 0; r < T * B; r++) k.matmul(h, out + r * n, a + r * wide, packed, NONE, 1, 1, 1, wide, n, 0);
      });
      expect(rows, `seed ${seed}, T ${T}, B ${B}, k ${wide}, n ${n}`).toEqual(lanes);
      expect(alone, `seed ${seed}, T ${T}, B ${B}, k ${wide}, n ${n}`).toEqual(lanes);
    }
  });

  test("products and sums add in ascending order into one float32 accumulator", () => {
    // 2²⁴ + 1 rounds back to 2²⁴: small terms are lost after the big one and count before it.
    const big = 2 ** 24;
    const orders = [
      { terms: [big, 1, 1, 1, 1, 1, 1], total: big },
      { terms: [1, 1, 1, 1, 1, 1, big], total: big + 6 },
      { terms: [1, big, -big, 1], total: 1 },
    ];
    for (const { terms, total } of orders) {
      const count = terms.length;
      for (const n of [1, 2, engine.panel, 2 * engine.panel + 3]) {
        const a = 0;
        const ones = 100;
        const packed = 2000;
        const out = 6000;
        const everywhere = (f: () => void): Set<number> => {
          arena.reals(out, n).fill(0);
          f();
          return new Set(arena.reals(out, n));
        };
        write(a, terms);
        arena.reals(ones, count * n).fill(1);
        arena.reals(packed, packedSize(count, n, engine.panel)).fill(0);
        k.pack(h, packed, ones, n, count, 0, n, 0);
        const wanted = new Set([total]);
        expect(
          everywhere(() => k.matmul(h, out, a, packed, NONE, 1, 1, 1, count, n, 0)),
          "matmul",
        ).toEqual(wanted);
        expect(
          everywhere(() => k.gradient(h, out, ones, a, count, n, 1, 0, n)),
          "gradient, n",
        ).toEqual(wanted);
        expect(
          everywhere(() => k.gradient(h, out, a, ones, count, 1, n, 0, 1)),
          "gradient, k",
        ).toEqual(wanted);
        const spread = terms.flatMap((term) => Array.from({ length: n }, () => term));
        write(ones, spread);
        arena.setIntegers(a, new Int32Array(count));
        expect(
          everywhere(() => k.sumRows(h, out, ones, count, n, 0, n)),
          "sumRows",
        ).toEqual(wanted);
        expect(
          everywhere(() => k.scatter(h, out, ones, a, count, n, 0, 1)),
          "scatter",
        ).toEqual(wanted);
      }
    }
  });

  const functions = {
    sigmoid: { low: 0, high: 1, f: (x: number): number => 1 / (1 + Math.exp(-x)) },
    tanh: { low: -1, high: 1, f: Math.tanh },
  };
  test.each(["sigmoid", "tanh"] as const)(
    "%s keeps its range, and its bound at every exponent of both signs",
    (name) => {
      const { low, high, f } = functions[name];
      const inputs = everyExponent(seed);
      const outputs = through(inputs, (table, ...operands) => table[name](...operands));
      expect(
        outputs.find((y) => !(y >= low && y <= high)),
        "out of range",
      ).toBeUndefined();
      const worst = worstOf(inputs, (x, i) => Math.abs(outputs[i]! - f(x)) / ulp(f(x)));
      expect(worst.ulps, `seed ${seed}: worst at ${worst.at}`).toBeLessThanOrEqual(ulps[name]);
      const special = through([0, -0, Infinity, -Infinity, NaN], (table, ...operands) => table[name](...operands));
      expect([...special], "at 0, −0, ∞, −∞, NaN").toEqual([f(0), f(-0), f(Infinity), f(-Infinity), NaN]);
    },
  );

  test("softmax is exact to its bound at every exponent below zero", () => {
    const inputs = everyExponent(seed).filter((x) => x < 0);
    const logits = new Float32Array(2 * inputs.length);
    for (const [i, x] of inputs.entries()) logits[2 * i + 1] = x;
    const n = inputs.length;
    write(n, logits);
    arena.setIntegers(3 * n, new Int32Array(n));
    k.crossEntropy(h, 0, n, 3 * n, 1, n, n, 2, 1);
    const slopes = arena.reals(n, 2 * n);
    const worst = worstOf(inputs, (x, i) => {
      const truth = 1 / (1 + Math.exp(-x));
      return Math.abs(slopes[2 * i + 1]! - truth) / ulp(truth);
    });
    expect(worst.ulps, `seed ${seed}: worst at ${worst.at}`).toBeLessThanOrEqual(ulps.softmax);
  });

  test("a NaN that goes into a kernel comes out of it", () => {
    const values = Float32Array.from({ length: 37 }, (_, i) => (i % 5 === 2 ? NaN : i - 18));
    const maps: Record<string, (k: Kernels, h: Handle, out: number, a: number, n: number) => void> = {
      affine: (t, g, out, a, n) => t.affine(g, out, a, 2, 1, n),
      add: (t, g, out, a, n) => t.add(g, out, a, a, n),
      multiply: (t, g, out, a, n) => t.multiply(g, out, a, a, n),
      sigmoid: (t, g, out, a, n) => t.sigmoid(g, out, a, n),
      tanh: (t, g, out, a, n) => t.tanh(g, out, a, n),
      relu: (t, g, out, a, n) => t.relu(g, out, a, n),
      "rnnForward, tanh": (t, g, out, a, n) => t.rnnForward(g, out, a, n, 0),
      "rnnForward, relu": (t, g, out, a, n) => t.rnnForward(g, out, a, n, 1),
      // The gradient lies at a; the parameters at out start at 1.
      "sgd, limited": (t, g, out, a, n) => {
        t.fill(g, out, 1, n);
        t.sgd(g, out, a, NONE, n, 1, 0.5, 0.1, 0, 0);
      },
    };
    for (const [name, map] of Object.entries(maps)) {
      const outputs = through(values, map);
      expect([...outputs].map(Number.isNaN), name).toEqual([...values].map(Number.isNaN));
    }
    write(0, values);
    k.sumSquares(h, 100, 0, 1, values.length);
    expect(arena.reals(100, 1)[0]).toBeNaN();
  });

  test("a loss is finite for logits of any size, and never finite where a logit is NaN or +∞", () => {
    const losses = (logits: number[], target: number): number => {
      write(10, logits);
      arena.setIntegers(5, Int32Array.of(target));
      k.crossEntropy(h, 0, 10, 5, 1, 1, 1, logits.length, 1);
      return arena.reals(0, 1)[0]!;
    };
    expect(losses([1e4, -1e4, 0, 5, 9], 1)).toBe(20000);
    expect(losses([1e4, -1e4, 0, 5, 9], 0)).toBe(0);
    expect(losses([-1e4, -1e4], 0)).toBeCloseTo(Math.LN2, 3);
    expect(losses([1e4], 0)).toBe(0);
    for (const V of [1, 2, 3, 4, 7, 8, 9, 33]) {
      for (const bad of [NaN, Infinity]) {
        for (let at = 0; at < V; at++) {
          const logits = Array.from({ length: V }, (_, j) => (j === at ? bad : j / 8));
          for (const target of new Set([0, at, V - 1])) {
            expect(Number.isFinite(losses([...logits], target)), `${bad} at ${at} of ${V}, target ${target}`).toBe(
              false,
            );
          }
        }
      }
    }
    expect(Number.isFinite(losses([0, -Infinity, 1], 1))).toBe(false);
  });

  test("dropout keeps exactly the elements that Philox keeps, across the token's 32-bit edge", () => {
    const T = 3;
    const B = 4;
    const width = 11;
    const rate = 0.3;
    const words = new Uint32Array(4);
    const tokenLow = 4294967294;
    const tokenHigh = 7;
    const lane0 = 90;
    const purpose = 131;
    const seedLow = 0xdeadbeef;
    const seedHigh = 0x1234;
    const n = T * B * width;
    const place = (t: number, i: number, j: number): number => (t * B + i) * width + j;
    k.fill(h, 0, 7, n);
    k.dropout(h, n, 0, T, B, B, width, rate, seedLow, seedHigh, purpose, lane0, tokenLow, tokenHigh);
    const kept = [...arena.reals(n, n)].map((x) => x !== 0);
    const expected: boolean[] = [];
    for (let t = 0; t < T; t++) {
      const carry = tokenLow + t >= 4294967296 ? 1 : 0;
      for (let i = 0; i < B; i++) {
        for (let j = 0; j < width; j++) {
          const low = tokenLow + t - carry * 4294967296;
          const top = counterTop(purpose, (tokenHigh + carry) * 4294967296);
          philox(low, lane0 + i, Math.floor(j / 4), top, seedLow, seedHigh, words);
          expected[place(t, i, j)] = words[j % 4]! >= Math.round(rate * 4294967296);
        }
      }
    }
    expect(kept).toEqual(expected);
  });
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0);
}

/** Float32 numbers of every exponent, subnormals too, both signs: the power of two, its neighbours, and random ones. */
function everyExponent(seed: number): Float32Array {
  const draw = newDraw(seed);
  const magnitudes: number[] = [];
  for (let e = -149; e <= 127; e++) {
    magnitudes.push(2 ** e, 2 ** e * (1 + 2 ** -23), 2 ** e * (2 - 2 ** -23));
    // Between 2⁻¹⁰ and 2⁷ is where the functions bend: more there.
    for (const m of draw.between(e > -10 && e < 7 ? 400 : 12, 1, 2)) magnitudes.push(2 ** e * m);
  }
  return Float32Array.from(magnitudes.flatMap((x) => [x, -x]));
}

/** The largest error in ulp and where it is; a NaN counts as the largest. */
function worstOf(inputs: Float32Array, error: (x: number, i: number) => number): { ulps: number; at: number } {
  let worst = { ulps: 0, at: 0 };
  for (const [i, x] of inputs.entries()) {
    const here = error(x, i);
    if (!(here <= worst.ulps)) worst = { ulps: here, at: x };
  }
  return worst;
}

/** A unit in the last place of the float32 nearest to x. */
function ulp(x: number): number {
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);
}
