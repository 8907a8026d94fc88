// Curves as pictures: what is drawn of them, and that names can be read.

import { expect, test } from "vitest";
import { contextPanel, drawn, gradientPanel, PANEL } from "../../src/node/show/panels.js";

const lags = [0, 1, 2, 4, 8];
const norms = [1, 0.5, 0.1, 1e-3, 1e-9];
const gradientDecay = { lags, norms, layers: [norms, norms.map((norm) => norm * 1.01)], places: 8 };

test("a curve of gradients ends where a millionth of it is left", () => {
  expect(gradientPanel(gradientDecay, "characters").lines.map(({ points }) => points.map(([lag]) => lag))).toEqual(
    new Array(3).fill([0, 1, 2, 4]),
  );
});

test("names at the ends of lines that meet do not stand on each other, and stay in the panel", () => {
  const svg = drawn(gradientPanel(gradientDecay, "characters"), 100).join("\n");
  const at = (name: string) => Number(new RegExp(`y="([\\d.]+)" >${name}<`).exec(svg)![1]);
  const heights = ["all layers", "layer 1", "layer 2"].map(at).sort((a, b) => a - b);
  for (let i = 1; i < heights.length; i++) expect(heights[i]! - heights[i - 1]!).toBeGreaterThanOrEqual(12.9);
  expect(heights[0]!).toBeGreaterThan(100);
  expect(heights.at(-1)!).toBeLessThanOrEqual(100 + PANEL - 30);
});

test("the mark is drawn where one is given, and numbers stay short", () => {
  const above = { mean: 1, low: Number.NaN, high: Number.NaN };
  const context = { rows: [{ tokens: 4, nats: 3, above }], carried: 2, carriedTokens: 9, scored: 9 };
  const dashed = (mark?: number) =>
    drawn(contextPanel(context, "words", mark), 0).filter((each) => each.includes("1 4"));
  expect([dashed().length, dashed(4).length]).toEqual([0, 1]);
  const small = { ...gradientDecay, norms: norms.map((norm) => norm * 1e-5), layers: [norms] };
  const words = drawn(gradientPanel(small, "words"), 0).flatMap((each) => [...each.matchAll(/>([^<]*)<\/text>/g)]);
  const numbers = words.map(([, each]) => each!).filter((each) => Number.isFinite(Number(each)));
  expect(Math.max(...numbers.map((each) => each.length))).toBeLessThanOrEqual(7);
});
