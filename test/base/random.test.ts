// The random number generator compared with its published test vectors, and its distributions with their moments.

import { expect, test } from "vitest";
import { counterTop, normal, Purpose, philox, seedWords, shuffled, uniform } from "../../src/base/random.js";
import { fc, repeats } from "../helpers/random.js";

type Words = [number, number, number, number];

test("Philox4x32-10 gives its published test vectors (Random123, kat_vectors)", () => {
  const vectors: { counter: Words; key: [number, number]; words: string }[] = [
    { counter: [0, 0, 0, 0], key: [0, 0], words: "6627e8d5 e169c58d bc57ac4c 9b00dbd8" },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      words: "408f276d 41c83b0e a20bc7c6 6d5451fd",
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      words: "d16cfe09 94fdcceb 5001e420 24126ea1",
    },
  ];
  const out = new Uint32Array(4);
  for (const { counter, key, words } of vectors) {
    philox(...counter, ...key, out);
    expect([...out].map((word) => word.toString(16).padStart(8, "0")).join(" ")).toBe(words);
  }
});

test("Philox agrees with its definition in big integers", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  const out = new Uint32Array(4);
  fc.assert(
    fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
      let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
      let [k0, k1] = key.map(BigInt) as [bigint, bigint];
      const mask = 0xffffffffn;
      for (let round = 0; round < 10; round++) {
        const p0 = 0xd2511f53n * c0;
        const p1 = 0xcd9e8d57n * c2;
        [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
        [k0, k1] = [(k0 + 0x9e3779b9n) & mask, (k1 + 0xbb67ae85n) & mask];
      }
      philox(...counter, ...key, out);
      expect([...out].map(BigInt)).toEqual([c0, c1, c2, c3]);
    }),
    { numRuns: repeats(500) },
  );
});

test("a draw depends on each of its coordinates and on no earlier draw", () => {
  const base = [7, Purpose.sample, 2 ** 40 + 3, 5, 6] as const;
  const wanted = uniform(...base);
  const others = [
    uniform(8, base[1], base[2], base[3], base[4]),
    uniform(7 + 2 ** 32, base[1], base[2], base[3], base[4]),
    uniform(7, Purpose.init, base[2], base[3], base[4]),
    uniform(7, base[1], base[2] + 1, base[3], base[4]),
    uniform(7, base[1], 3, base[3], base[4]), // the high bits of 2^40 are in the counter's last word
    uniform(7, base[1], base[2], 6, base[4]),
    uniform(7, base[1], base[2], base[3], 7),
  ];
  expect(new Set([wanted, ...others]).size).toBe(8);
  expect(uniform(...base)).toBe(wanted);
});

test("purposes are distinct bytes", () => {
  const numbers = Object.values(Purpose);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers.every((each) => each > 0 && each < 256)).toBe(true);
  expect(numbers.filter((each) => each > Purpose.dropout && each < Purpose.dropout + 64)).toEqual([]);
});

test("the counter's last word has the purpose in its low bits and the token's high bits above", () => {
  expect(counterTop(131, 5)).toBe(131);
  expect(counterTop(131, 2 ** 32)).toBe(256 + 131);
  expect(counterTop(255, Number.MAX_SAFE_INTEGER)).toBe(0x1fffff * 256 + 255);
  expect(seedWords(2 ** 53 - 1)).toEqual([0xffffffff, 0x1fffff]);
});

const count = 40_000;

/**
 * Holds a sample moment to the true one within five standard errors: one false alarm in millions, and the seed is
 * fixed.
 */
function expectMoment(values: number[], power: number, moment: number, variance: number): void {
  const mean = values.reduce((sum, x) => sum + x ** power, 0) / values.length;
  expect(Math.abs(mean - moment), `moment ${power}`).toBeLessThan(5 * Math.sqrt(variance / values.length));
}

test("uniform numbers lie in [0, 1) with the moments of a uniform distribution, along every coordinate", () => {
  for (const draw of [
    (i: number) => uniform(3, Purpose.sample, i),
    (i: number) => uniform(3, Purpose.sample, 9, i),
    (i: number) => uniform(i, Purpose.sample, 9),
  ]) {
    const values = Array.from({ length: count }, (_, i) => draw(i));
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
    for (const power of [1, 2, 3]) {
      const moment = 1 / (power + 1);
      expectMoment(values, power, moment, 1 / (2 * power + 1) - moment ** 2);
    }
    const pairs = values.slice(1).map((x, i) => (x - 0.5) * (values[i]! - 0.5));
    expectMoment(pairs, 1, 0, 1 / 144); // neighbours do not go together
  }
});

test("normal numbers are finite, with the first four moments of a normal distribution", () => {
  const values = Array.from({ length: count }, (_, i) => normal(5, Purpose.windowLength, i));
  expect(values.every(Number.isFinite)).toBe(true);
  // E x², x⁴, x⁶ and x⁸ are 1, 3, 15 and 105.
  expectMoment(values, 1, 0, 1);
  expectMoment(values, 2, 1, 2);
  expectMoment(values, 3, 0, 15);
  expectMoment(values, 4, 3, 96);
});

test("numbers equal recorded ones, on which saved runs depend", () => {
  expect(uniform(1, Purpose.init, 0)).toBe(0.07220353212143649);
  expect(normal(1, Purpose.windowLength, 2 ** 40, 3, 2)).toBe(0.9195859351285913);
});

test("shuffled is a permutation, and each item comes to each index equally often", () => {
  const order = (n: number, a: number) => Array.from({ length: n }, (_, i) => shuffled(5, Purpose.order, a, i, n));
  for (let n = 1; n <= 300; n++) {
    const places = order(n, n);
    expect(
      [...places].sort((x, y) => x - y),
      `${n}`,
    ).toEqual(places.map((_, i) => i));
  }
  const far = 2 ** 53 - 1;
  const places = Array.from({ length: 100 }, (_, i) => shuffled(5, Purpose.order, 1, far - 1 - i, far));
  expect(new Set(places).size).toBe(100);
  expect(places.every((place) => Number.isSafeInteger(place) && place >= 0 && place < far)).toBe(true);

  const n = 7;
  const orders = 7000;
  const counts = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  let neighbours = 0;
  for (let a = 0; a < orders; a++) {
    const found = order(n, a);
    for (const [i, place] of found.entries()) counts[i]![place]! += 1;
    if (found[1] === found[0]! + 1) neighbours += 1;
  }
  const off = counts.flat().map((count) => Math.abs(count - orders / n));
  expect(Math.max(...off)).toBeLessThan(4.5 * Math.sqrt(orders / n));
  expect(Math.abs(neighbours - orders / n)).toBeLessThan(4.5 * Math.sqrt(orders / n)); // (n − 1) of n (n − 1) pairs
});
