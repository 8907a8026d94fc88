// exp, log, powers and circle of base/math.ts compared with the built-in functions. Errors are at most 2 units in the
// last place (1.1 and 1.9 measured against 40 digits), those of the built-in functions at most 1: together 3.

import { expect, test } from "vitest";
import { circle, exp, expEach, log, powerOf } from "../../src/base/math.js";
import { Purpose, uniform } from "../../src/base/random.js";

const random = (i: number): number => uniform(11, Purpose.sample, i);

/** A unit in the last place of a float64 near x. */
function ulp(x: number): number {
  return 2 ** Math.max(Math.floor(Math.log2(Math.abs(x))) - 52, -1074);
}

/** The largest error over `inputs`, in units in the last place. */
function worst(inputs: number[], ours: (x: number) => number, theirs: (x: number) => number): number {
  return inputs.reduce((most, x) => {
    const error = Math.abs(ours(x) - theirs(x)) / ulp(theirs(x));
    return Math.max(error, most); // a NaN wins
  }, 0);
}

test("exp keeps its error bound from underflow to overflow", () => {
  const wide = Array.from({ length: 20_000 }, (_, i) => -708 + (708 + 709.78) * random(i));
  const small = Array.from({ length: 20_000 }, (_, i) => (random(i) - 0.5) * 2 ** -(i % 60));
  expect(worst([...wide, ...small], exp, Math.exp)).toBeLessThan(3);
  const subnormal = Array.from({ length: 2000 }, (_, i) => -745 + 37 * random(i));
  expect(worst(subnormal, exp, Math.exp)).toBeLessThan(3);
});

test("log keeps its error bound, also near 1 and for subnormals", () => {
  const wide = Array.from({ length: 20_000 }, (_, i) => (1 + random(i)) * 2 ** ((i % 2098) - 1074));
  const nearOne = Array.from({ length: 20_000 }, (_, i) => 1 + (random(i) - 0.5) * 2 ** -(i % 50));
  expect(worst([...wide, ...nearOne], log, Math.log)).toBeLessThan(3);
});

test("expEach gives each number of an array the bits of exp, at any index and beside any other numbers", () => {
  const ends = [NaN, Infinity, -Infinity, -746, -745.1, -708.5, -700, -0, 0, 1e-320, 700, 709.7, 710];
  const some = Array.from({ length: 400 }, (_, i) => ((i * 7919) % 1601) - 800 + i / 512);
  for (const values of [ends, some, ...[0, 1, 2, 3, 5].map((n) => some.slice(190, 190 + n)), [...some, ...ends]]) {
    const each = Float64Array.from(values);
    expEach(each);
    expect(each).toEqual(Float64Array.from(values, exp));
  }
});

test("exp and log at 0, infinity and NaN", () => {
  expect([0, -0, -746, -Infinity, 710, Infinity, NaN].map(exp)).toEqual([1, 1, 0, 0, Infinity, Infinity, NaN]);
  expect(exp(709.782712893384)).toBeLessThan(Infinity);
  expect([1, 0, -0, -1, -Infinity, Infinity, NaN].map(log)).toEqual([0, -Infinity, -Infinity, NaN, NaN, Infinity, NaN]);
});

test("log 2ᵏ is k log 2 for every k", () => {
  for (let k = -1022; k <= 1023; k++)
    expect(Math.abs(log(2 ** k) - k * Math.LN2)).toBeLessThanOrEqual(ulp(k * Math.LN2));
});

test("powerOf equals repeated multiplication within n roundings", () => {
  for (const base of [0.9, 0.999, 1.0000001, -0.5, 2]) {
    for (const n of [0, 1, 2, 3, 4, 7, 31, 100, 1000]) {
      const truth = base ** n;
      expect(Math.abs(powerOf(base, n) - truth), `${base}^${n}`).toBeLessThanOrEqual(
        (n + 1) * 2 ** -53 * Math.abs(truth),
      );
    }
  }
  expect(powerOf(2, 1023)).toBe(2 ** 1023);
  expect(powerOf(0.999, 10_000_000)).toBe(0);
});

test("circle gives points of the unit circle, exact at quarter turns", () => {
  expect([0, 0.25, 0.5, 0.75].map(circle)).toEqual([
    { cos: 1, sin: 0 },
    { cos: -0, sin: 1 },
    { cos: -1, sin: -0 },
    { cos: 0, sin: -1 },
  ]);
  for (let i = 0; i < 20_000; i++) {
    const turn = random(i);
    const { cos, sin } = circle(turn);
    // 2πu is itself rounded for the built-in functions: a few units of 2⁻⁵² in all.
    expect(
      Math.max(Math.abs(cos - Math.cos(2 * Math.PI * turn)), Math.abs(sin - Math.sin(2 * Math.PI * turn))),
    ).toBeLessThan(2 ** -49);
  }
});

test("the bits equal recorded hashes of a thousand values each", () => {
  const bits = (f: (x: number) => number): number => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => f((i + 1) / 64));
    return new Uint32Array(values.buffer).reduce((hash, word) => Math.imul(hash ^ word, 16777619) >>> 0, 2166136261);
  };
  expect([bits(exp), bits(log), bits((x) => circle(x / 16).sin), bits((x) => powerOf(x, 7))]).toEqual([
    3914734061, 3631094288, 939618105, 2922499076,
  ]);
});
