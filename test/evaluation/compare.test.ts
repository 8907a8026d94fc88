// Tests of the comparison of two models on one text, over the bytes that both predict, whatever their tokens are.

import { describe, expect, test } from "vitest";
import { compareBlocks, verdict } from "../../src/evaluation/intervals/compare.js";
import { align } from "../../src/evaluation/scoring/alignment.js";
import { vocabularyOf } from "../generation/models.js";
import { input } from "../text/helpers.js";

const TEXT = "Die Brücke 🌉 über\nden Fluß, sie steht\n\nund trägt noch\n";
const size = new TextEncoder().encode(TEXT).length;
const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
const aligned = (a: object, b: object, known = TEXT) =>
  align(() => [input(TEXT, "my.txt", 7)], size, vocabularyOf(known, a), vocabularyOf(TEXT, b));

describe("alignment", () => {
  test("of units that cover the whole text skips nothing, and counts all characters and bytes", async () => {
    for (const unit of ["char", "byte", "word"]) {
      const { characters, bytes, skippedBytes } = await aligned({ unit }, {});
      expect([sum(characters), sum(bytes), skippedBytes]).toEqual([[...TEXT].length, size, 0]);
    }
  });

  test("skips what one of the models does not predict: letter case, line ends, a first token", async () => {
    expect((await aligned({ lower: true }, {})).skippedBytes).toBe(3); // D, B, F
    expect((await aligned({ newline: "strip" }, {})).skippedBytes).toBe(5); // D, four newlines
    // "Die", " Brücke" and " Fluß"
    expect((await aligned({ lower: true }, { unit: "word" })).skippedBytes).toBe(3 + 8 + 6);
  });

  test("an unknown token costs log 256 nats a byte", async () => {
    const { a, b } = await aligned({}, {}, TEXT.replaceAll("🌉", ""));
    expect([a.unknown, b.unknown]).toEqual([1, 0]);
    expect(sum(a.spelling)).toBeCloseTo(4 * Math.log(256), 9);
    expect(sum(b.spelling)).toBe(0);
  });
});

describe("a comparison", () => {
  const blocks = (gap: number) =>
    Array.from({ length: 40 }, (_, k) => ({
      a: 100 + 30 * Math.sin(k * k),
      b: 100 + 30 * Math.sin(k * k) + gap + 0.2 * Math.cos(7 * k * k),
      characters: 50,
      bytes: 60,
    }));

  test("detects a small difference and its sign if both models find the same blocks hard", () => {
    const comparison = compareBlocks(blocks(-1));
    expect(comparison.better).toBe("b");
    expect(comparison.perCharacter.difference).toBeCloseTo(-0.02, 2);
    expect(verdict(comparison, { a: "A", b: "B" })).toMatch(
      /^B is better by 0\.0\d+ nats a character \(95%: 0\.0\d+ to 0\.0\d+\)\.$/,
    );
    expect(compareBlocks(blocks(1)).better).toBe("a");
  });

  test("of a model with itself shows no difference", () => {
    const comparison = compareBlocks(blocks(0).map((each) => ({ ...each, b: each.a })));
    expect(comparison.better).toBeUndefined();
    expect(verdict(comparison, { a: "A", b: "B" })).toMatch(/^There is no significant difference/);
  });
});
