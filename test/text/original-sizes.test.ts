// Sizes of the original of a text, whole and in parts: figures per character and byte divide by them.

import { describe, expect, test } from "vitest";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { createField, readingOf } from "../../src/text/encoding/field.js";
import { originalDifferences } from "../../src/text/encoding/original-sizes.js";
import { newOriginal } from "../../src/text/reading/original.js";
import { readAs, wholeAsRead } from "../../src/text/reading/reading.js";

const utf8 = (text: string) => new TextEncoder().encode(text);

async function partsOf(text: string, values: object, pieceLength = 1000) {
  const bytes = utf8(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceLength) }, (_, i) =>
    bytes.subarray(i * pieceLength, (i + 1) * pieceLength),
  );
  const field = createField(values);
  const { train, valid } = await readCorpus(readAs([{ name: "t", bytes: pieces }], readingOf(field)), { field });
  const sizeOf = (part: typeof train) => [part.characters, part.bytes];
  return { train: sizeOf(train), valid: sizeOf(valid!), all: [[...text].length, bytes.length] };
}

describe("the original", () => {
  test("is counted wherever its pieces end", async () => {
    const text = "a\r\nb\rc\n\r\nDas weiß jeder 🌉\r\n";
    for (const length of [1, 2, 3, 7, 100]) {
      const original = newOriginal();
      const bytes = utf8(text);
      const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
        bytes.subarray(i * length, (i + 1) * length),
      );
      const rules = readingOf(createField());
      for (const { bytes: read } of readAs([{ name: "t", bytes: pieces }], rules, { original })) {
        for await (const _ of read);
      }
      expect(original).toEqual({ characters: [...text].length, bytes: bytes.length, crlf: 3 });
    }
  });

  test("of whole texts is exact: stripped newlines and letters that lower-casing changes count", async () => {
    for (const values of [
      {},
      { newline: "strip" },
      { lower: true },
      { newline: "eos" },
      { unit: "word", lower: true },
    ]) {
      const { train, valid, all } = await partsOf("One İ two Kelvin.\nThree ẞ\n".repeat(20), values, 7);
      expect([train[0]! + valid[0]!, train[1]! + valid[1]!].map((n) => Number(n.toFixed(6)))).toEqual(all);
    }
  });

  test("of parts: each line end has its CR, and each composed character its mark", () => {
    const field = createField();
    const tokens = ["a", "\n", "é"];
    const parts = [
      [90, 9, 4],
      [10, 1, 6],
    ];
    const size = (n: number, bytes: number) => ({ characters: n, bytes, crlf: 0 });
    expect(originalDifferences({ ...size(130, 140), crlf: 10 }, tokens, parts, field)).toEqual([
      { characters: 9, bytes: 9 },
      { characters: 1, bytes: 1 },
    ]);
    expect(originalDifferences(size(130, 140), tokens, parts, field)).toEqual([
      { characters: 4, bytes: 4 },
      { characters: 6, bytes: 6 },
    ]);
    expect(originalDifferences({ ...size(140, 150), crlf: 10 }, tokens, parts, field)).toEqual([
      { characters: 13, bytes: 13 },
      { characters: 7, bytes: 7 },
    ]);
    expect(originalDifferences(size(120, 130), tokens, parts, field)).toEqual([
      { characters: 0, bytes: 0 },
      { characters: 0, bytes: 0 },
    ]);
  });

  test("of a text in memory is given to the caller", async () => {
    const original = newOriginal();
    await wholeAsRead([{ name: "t", bytes: [utf8("é\r\n")] }], readingOf(createField()), { original });
    expect(original).toEqual({ characters: 3, bytes: 4, crlf: 1 });
  });
});
