// Two models on one text: the difference goes by the bytes that both must tell, whatever their tokens are.

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
  test("of units that tell everything leaves nothing out, and counts all characters and bytes", async () => {
    for (const unit of ["char", "byte", "word"]) {
      const { characters, bytes, skippedBytes } = await aligned({ unit }, {});
      expect([sum(characters), sum(bytes), skippedBytes]).toEqual([[...TEXT].length, size, 0]);
    }
  });

  test(
    "leaves out on both sides what one does not tell: letters it " + "lower-cases, line ends it drops, its first token",
    async () => {
      expect((await aligned({ lower: true }, {})).skippedBytes).toBe(3); // D, B, F
      expect((await aligned({ newline: "strip" }, {})).skippedBytes).toBe(5); // D, four newlines
      expect((await aligned({ lower: true }, { unit: "word" })).skippedBytes).toBe(3 + 8 + 6); // "Die", " Brücke", " Fluß";
    },
  );

  test("an unknown token is spelled, at log 256 a byte", async () => {
    const { a, b } = await aligned({}, {}, TEXT.replaceAll("🌉", ""));
    expect([a.unknown, b.unknown]).toEqual([1, 0]);
    expect(sum(a.spelling)).toBeCloseTo(4 * Math.log(256), 9);
    expect(sum(b.spelling)).toBe(0);
  });
});

describe("a comparison", () => {
  const stretches = (gap: number) =>
    Array.from({ length: 40 }, (_, k) => ({
      a: 100 + 30 * Math.sin(k * k),
      b: 100 + 30 * Math.sin(k * k) + gap + 0.2 * Math.cos(7 * k * k),
      characters: 50,
      bytes: 60,
    }));

  test("tells a small difference of two that find the same stretches hard, and its sign", () => {
    const found = compareBlocks(stretches(-1));
    expect(found.better).toBe("b");
    expect(found.perCharacter.difference).toBeCloseTo(-0.02, 2);
    expect(verdict(found, { a: "A", b: "B" })).toMatch(
      /^B is better by 0\.0\d+ nats a character \(95%: 0\.0\d+ to 0\.0\d+\)\.$/,
    );
    expect(compareBlocks(stretches(1)).better).toBe("a");
  });

  test("of a model with itself can tell none", () => {
    const found = compareBlocks(stretches(0).map((each) => ({ ...each, b: each.a })));
    expect(found.better).toBeUndefined();
    expect(verdict(found, { a: "A", b: "B" })).toMatch(/^There is no significant difference/);
  });
});
