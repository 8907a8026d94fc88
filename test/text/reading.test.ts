// The stages that turn the bytes of a source into the text as read.

import { describe, expect, test } from "vitest";
import { createField, readingOf } from "../../src/text/encoding/field.js";
import { bytesAsRead, readAs } from "../../src/text/reading/reading.js";

const rules = readingOf(createField());

/** The text as read of bytes that come in pieces of some length, with the notices. */
async function asRead(bytes: Uint8Array, length = bytes.length, read = rules) {
  const said: string[] = [];
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += length) pieces.push(bytes.subarray(at, at + length));
  const [input] = readAs([{ name: "my.txt", bytes: pieces }], read, { notice: (sentence) => said.push(sentence) });
  const found: number[] = [];
  for await (const piece of input!.bytes) found.push(...piece);
  return { text: Buffer.from(found).toString("latin1"), said };
}

describe("the mark at a text's start", () => {
  test.each([1, 2, 3, 4, 100])("is dropped from pieces of %i bytes", async (length) => {
    const dropped = ["my.txt: the byte order mark at its start was dropped."];
    expect(await asRead(Buffer.from("\ufeffabc"), length)).toEqual({ text: "abc", said: dropped });
    expect(await asRead(Buffer.from("\ufeff"), length)).toEqual({ text: "", said: dropped });
    expect(await asRead(Buffer.from("abc"), length)).toEqual({ text: "abc", said: [] });
    // The beginning of a mark, which is none.
    for (const bytes of [[0xef], [0xef, 0xbb], [0xef, 0xbb, 0x41], [0xef, 0x41]]) {
      expect(await asRead(Uint8Array.from(bytes), length)).toEqual({ text: String.fromCharCode(...bytes), said: [] });
    }
  });

  test("stays where a token is a byte", async () => {
    const bytes = readingOf(createField({ unit: "byte" }));
    expect(await asRead(Buffer.from("\ufeffa"), 2, bytes)).toEqual({ text: "\xef\xbb\xbfa", said: [] });
  });

  test("is dropped of a text in memory", async () => {
    expect(Buffer.from(await bytesAsRead(Buffer.from("\ufeffé"), "my.txt", rules)).toString()).toBe("é");
  });
});
