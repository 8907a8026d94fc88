// Tests of the search for units that correlate with a feature of the text: chosen on the first half, measured on the
// second.

import { describe, expect, test } from "vitest";
import { featureOf, features } from "../../src/evaluation/inside/features.js";
import type { InnerSeries } from "../../src/evaluation/inside/inside.js";
import { correlatedUnits, correlations, MIN_TOKENS, variances } from "../../src/evaluation/inside/units.js";
import { newDraw } from "../conformance/draw.js";
import { someText } from "../helpers/cli.js";

const of = (label: string, text: string): number[] => [
  ...featureOf(features.find((each) => each.label === label)!, [...text]),
];

describe("features", () => {
  test.each<[label: string, text: string, wanted: number[]]>([
    ["characters since the line began", "ab\ncd", [1, 2, 0, 1, 2]],
    ["characters since a sentence ended", "a. b", [1, 0, 1, 2]],
    ["letters of the word so far", "ab, é", [1, 2, 0, 0, 1]],
    ["inside quotation marks", 'a"b"c', [0, 1, 1, 0, 0]],
    ["inside quotation marks", "“b”c”", [1, 1, 0, 0, 0]],
    ["inside brackets", "(a[b])])(", [1, 1, 2, 2, 1, 0, 0, 0, 1]],
    ["a space", "a b\n\t", [0, 1, 0, 0, 1]],
    ["a line's end", "a\nb", [0, 1, 0]],
    ["a capital letter", "aBÉ1", [0, 1, 1, 0]],
    ["a vowel", "bAoж", [0, 1, 1, 0]],
    ["a digit", "a1٣", [0, 1, 1]],
    ["a punctuation mark", "a.—", [0, 1, 1]],
  ])("%s of %j", (label, text, wanted) => {
    expect(of(label, text)).toEqual(wanted);
  });

  test("of a token with several characters have the value at its last one", () => {
    const line = features.find(({ label }) => label === "characters since the line began")!;
    expect([...featureOf(line, ["ab", "c\nd", ""])]).toEqual([2, 1, 1]);
  });
});

test("correlations are Pearson's, over the given range of tokens", () => {
  const draw = newDraw(4);
  const n = 40;
  const hidden = 3;
  const values = Float64Array.from(draw.between(n * hidden, -1, 1));
  const feature = Float64Array.from(draw.between(n, -1, 1));
  for (let i = 0; i < n; i++) values[i * hidden + 2] = 7; // a constant unit
  const from = 5;
  const to = 33;
  const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const results = correlations(values, hidden, feature, from, to);
  for (let j = 0; j < 2; j++) {
    const x = Array.from({ length: to - from }, (_, i) => values[(from + i) * hidden + j]!);
    const y = [...feature.subarray(from, to)];
    const covariance = mean(x.map((each, i) => each * y[i]!)) - mean(x) * mean(y);
    const spread = (xs: number[]) => Math.sqrt(mean(xs.map((each) => each * each)) - mean(xs) ** 2);
    expect(results[j]).toBeCloseTo(covariance / spread(x) / spread(y), 10);
  }
  expect(results[2]).toBe(0);
  const all = Array.from({ length: n }, (_, i) => values[i * hidden]!);
  expect(variances(values, hidden)[0]).toBeCloseTo(mean(all.map((x) => x * x)) - mean(all) ** 2, 12);
});

describe("correlatedUnits", () => {
  const tokens = [...someText(20)];
  const n = tokens.length;
  const hidden = 8;
  /** Noise; unit 5 follows the negated column, and unit 2 follows vowels in the first half only. */
  function planted(): InnerSeries {
    const draw = newDraw(9);
    const values = Float64Array.from(draw.between(n * hidden, -1, 1));
    const column = of("characters since the line began", tokens.join(""));
    const vowel = of("a vowel", tokens.join(""));
    for (let i = 0; i < n; i++) {
      values[i * hidden + 5] = 0.1 * values[i * hidden + 5]! - column[i]! / 40;
      if (i < n >> 1) values[i * hidden + 2] = vowel[i]!;
    }
    return { layer: 0, name: "h", label: "state", range: "signed", values };
  }

  test("finds a unit that follows a feature, with its sign, but none that does so in the first half only", () => {
    const results = correlatedUnits([planted()], hidden, tokens, features);
    const { feature, series, unit, first, second } = results[0]!;
    expect({ feature, series, unit }).toEqual({ feature: "characters since the line began", series: 0, unit: 5 });
    expect(first).toBeLessThan(-0.9);
    expect(second).toBeLessThan(-0.9);
    expect(results.filter(({ unit: each }) => each === 2)).toEqual([]);
    expect(results.every((each, i) => i === 0 || Math.abs(each.second) <= Math.abs(results[i - 1]!.second))).toBe(true);
  });

  test("finds nothing in noise", () => {
    const values = Float64Array.from(newDraw(1).between(n * hidden, -1, 1));
    expect(
      correlatedUnits([{ layer: 0, name: "h", label: "state", range: "signed", values }], hidden, tokens, features),
    ).toEqual([]);
  });

  test("finds nothing in a short text", () => {
    const values = planted().values.slice(0, (MIN_TOKENS - 1) * hidden);
    const short = { layer: 0, name: "h", label: "state", range: "signed", values } as const;
    expect(correlatedUnits([short], hidden, tokens.slice(0, MIN_TOKENS - 1), features)).toEqual([]);
  });
});
