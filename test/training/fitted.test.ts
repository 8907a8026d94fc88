// Tests of the defaults that follow the text: the number of lanes and of epochs.

import { expect, test } from "vitest";
import { fitOf, fits, fitToText } from "../../src/training/settings/fitted.js";
import { checkSettings } from "../../src/training/settings/values.js";

test.each([
  [2, 1, 200],
  [199, 1, 200],
  [200, 2, 100],
  [2700, 4, 40],
  [40_000, 8, 20],
  [90_000, 8, 20],
  [100_000, 8, 10],
  [250_000, 16, 10],
  [540_810, 32, 10],
  [4_999_999, 32, 10],
  [90_000_000, 32, 1],
])("a training text of %d tokens is read in %d lanes, %d times", (tokens, batch, epochs) => {
  expect(fitToText(checkSettings({}), tokens)).toMatchObject({ batch, epochs });
});

test("a longer text has as many lanes or more, and is read as often or less", () => {
  for (const [i, fit] of fits.entries()) {
    const before = fits[i - 1] ?? { tokens: -1, batch: 1, epochs: Number.POSITIVE_INFINITY };
    expect(fit.tokens).toBeGreaterThan(before.tokens);
    expect(fit.batch).toBeGreaterThanOrEqual(before.batch);
    expect(fit.epochs).toBeLessThanOrEqual(before.epochs);
    expect(fitOf(fit.tokens)).toBe(fit);
    // No default of the rule has fewer lanes than tokens allow: each lane holds a window of 64 and its last target.
    if (fit.tokens > 0) expect(fit.tokens / fit.batch).toBeGreaterThan(65);
  }
});

test("what is given wins, and a length in steps, minutes or rates leaves the epochs alone", () => {
  const tokens = 2700;
  expect(fitToText(checkSettings({ batch: 7 }), tokens)).toMatchObject({ batch: 7, epochs: 40 });
  expect(fitToText(checkSettings({ epochs: 3 }), tokens)).toMatchObject({ batch: 4, epochs: 3 });
  for (const length of [{ steps: 9 }, { minutes: 2 }, { schedule: "piecewise", rates: "4:1e-3,4:1e-4" }] as const) {
    const fitted = fitToText(checkSettings(length), tokens);
    expect(fitted.batch).toBe(4);
    expect(fitted.epochs).toBeUndefined();
  }
  const fitted = fitToText(checkSettings({}), tokens);
  expect(fitToText(fitted, 10 * tokens)).toEqual(fitted);
});
