// Which units follow a plain feature of a text: found on the first half, told of the second.

import { describe, expect, test } from "vitest";
import { featureOf, features } from "../../src/evaluation/inside/features.js";
import type { InnerSeries } from "../../src/evaluation/inside/inside.js";
import { correlatedUnits, correlations, MIN_TOKENS, variances } from "../../src/evaluation/inside/units.js";
import { newDraw } from "../conformance/draw.js";
import { someText } from "../helpers/cli.js";

const of = (says: string, text: string): number[] => [
  ...featureOf(features.find((each) => each.label === says)!, [...text]),
];

describe("features", () => {
  test.each<[says: string, text: string, wanted: number[]]>([
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
  ])("%s of %j", (says, text, wanted) => {
    expect(of(says, text)).toEqual(wanted);
  });

  test("of a token of several characters it is that after its last", () => {
    const line = features.find(({ label }) => label === "characters since the line began")!;
    expect([...featureOf(line, ["ab", "c\nd", ""])]).toEqual([2, 1, 1]);
  });
});

test("correlation is Pearson's, over the tokens that are asked for", () => {
  const draw = newDraw(4);
  const n = 40;
  const hidden = 3;
  const values = Float64Array.from(draw.between(n * hidden, -1, 1));
  const feature = Float64Array.from(draw.between(n, -1, 1));
  for (let i = 0; i < n; i++) values[i * hidden + 2] = 7; // does not move
  const from = 5;
  const to = 33;
  const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const found = correlations(values, hidden, feature, from, to);
  for (let j = 0; j < 2; j++) {
    const x = Array.from({ length: to - from }, (_, i) => values[(from + i) * hidden + j]!);
    const y = [...feature.subarray(from, to)];
    const covariance = mean(x.map((each, i) => each * y[i]!)) - mean(x) * mean(y);
    const spread = (xs: number[]) => Math.sqrt(mean(xs.map((each) => each * each)) - mean(xs) ** 2);
    expect(found[j]).toBeCloseTo(covariance / spread(x) / spread(y), 10);
  }
  expect(found[2]).toBe(0);
  const all = Array.from({ length: n }, (_, i) => values[i * hidden]!);
  expect(variances(values, hidden)[0]).toBeCloseTo(mean(all.map((x) => x * x)) - mean(all) ** 2, 12);
});

describe("findUnits", () => {
  const tokens = [...someText(20)];
  const n = tokens.length;
  const hidden = 8;
  /** Noise, and in unit 5 the place in the line, negated; in unit 2 a vowel, but in the first half alone. */
  function planted(): InnerSeries {
    const draw = newDraw(9);
    const values = Float64Array.from(draw.between(n * hidden, -1, 1));
    const place = of("characters since the line began", tokens.join(""));
    const vowel = of("a vowel", tokens.join(""));
    for (let i = 0; i < n; i++) {
      values[i * hidden + 5] = 0.1 * values[i * hidden + 5]! - place[i]! / 40;
      if (i < n >> 1) values[i * hidden + 2] = vowel[i]!;
    }
    return { layer: 0, name: "h", label: "state", range: "signed", values };
  }

  test(
    "finds a unit that follows a feature, with its sign, and " + "leaves out one that only did where it was sought",
    () => {
      const found = correlatedUnits([planted()], hidden, tokens, features);
      const { feature, series, unit, first, second } = found[0]!;
      expect({ feature, series, unit }).toEqual({ feature: "characters since the line began", series: 0, unit: 5 });
      expect(first).toBeLessThan(-0.9);
      expect(second).toBeLessThan(-0.9);
      expect(found.filter(({ unit: each }) => each === 2)).toEqual([]);
      expect(found.every((each, i) => i === 0 || Math.abs(each.second) <= Math.abs(found[i - 1]!.second))).toBe(true);
    },
  );

  test("of noise it tells nothing", () => {
    const values = Float64Array.from(newDraw(1).between(n * hidden, -1, 1));
    expect(
      correlatedUnits([{ layer: 0, name: "h", label: "state", range: "signed", values }], hidden, tokens, features),
    ).toEqual([]);
  });

  test("of a short text it tells nothing", () => {
    const values = planted().values.slice(0, (MIN_TOKENS - 1) * hidden);
    const short = { layer: 0, name: "h", label: "state", range: "signed", values } as const;
    expect(correlatedUnits([short], hidden, tokens.slice(0, MIN_TOKENS - 1), features)).toEqual([]);
  });
});
