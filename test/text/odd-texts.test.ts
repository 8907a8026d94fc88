// Unusual texts: what is read unchanged with a notice, and what is refused with a message.

import { describe, expect, test } from "vitest";
import { type CorpusOptions, corpusAsRead, noTextError } from "../../src/text/encoding/corpus.js";
import { createField, encodeText } from "../../src/text/encoding/field.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import { firstIllFormed, looksBinary, readText, strictDecoder } from "../../src/text/reading/utf8.js";
import { fc, repeats } from "../helpers/random.js";
import { input, messageOf, pieces } from "./helpers.js";

const char = createField({});
const read = (text: string | Uint8Array, options: Partial<CorpusOptions> = {}, piece = Infinity) =>
  corpusAsRead([input(text, "my.txt", piece)], { field: char, ...options });
const bytesOf = (...bytes: number[]) => Uint8Array.from(bytes);

describe("unusual texts", () => {
  test("bytes are accepted or refused exactly as by a strict decoder, in pieces of any size", () => {
    const tricky = fc.constantFrom(
      0x41,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc2,
      0xdf,
      0xe0,
      0xe1,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
    );
    const strict = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const accepted = (bytes: Uint8Array, decode: (bytes: Uint8Array) => string) => {
      try {
        return decode(bytes);
      } catch {
        return undefined;
      }
    };
    fc.assert(
      fc.property(fc.array(tricky, { maxLength: 8 }), fc.integer({ min: 1, max: 4 }), (list, size) => {
        const bytes = Uint8Array.from(list);
        const ours = accepted(bytes, (all) => {
          const decoder = strictDecoder("x");
          const text = pieces(all, () => size)
            .map((piece) => decoder.push(piece))
            .join("");
          decoder.end();
          return text;
        });
        expect(ours).toBe(accepted(bytes, strict));
        const bad = firstIllFormed(bytes);
        expect(bad < 0).toBe(ours !== undefined);
        // The bytes before the offset are text, and no longer prefix is.
        if (bad >= 0) expect(accepted(bytes.subarray(0, bad), strict)).toBeDefined();
        const ends = Array.from({ length: bytes.length - bad }, (_, i) => bad + 1 + i);
        if (bad >= 0) expect(ends.some((end) => accepted(bytes.subarray(0, end), strict) !== undefined)).toBe(false);
      }),
      { numRuns: repeats(3000) },
    );
  });

  test("invalid UTF-8 is an error with file, byte offset and line that offers unit byte", async () => {
    const bytes = bytesOf(0xc3, 0xa9, 10, 65, 10, 65, 0xff, 65);
    for (const piece of [1, 2, 3, 8]) {
      expect(await messageOf(() => read(bytes, {}, piece))).toBe(
        "LonghandError: my.txt is not valid UTF-8: the byte at offset 6 (line 3) begins no whole character.\n" +
          'Convert it to UTF-8, or use `unit: "byte"`, which reads any bytes.',
      );
      expect(await messageOf(() => read(bytesOf(65, 10, 66, 0xe2, 0x82), {}, piece))).toContain("offset 3 (line 2)");
    }
    expect(await messageOf(() => read(bytesOf(0xff, 0xfe, 65, 0)))).toContain(
      "It begins like UTF-16: convert it to UTF-8",
    );
  });

  test.each([
    ["\ufeffab", ["my.txt: the byte order mark at its start was dropped."]],
    ["a\ufeffb", []],
    ["a\rb\r", []],
    ["a\r\nb\r\n", []],
    ["a\nb", []],
    ["a\r\nb\n", []],
    ["a\rb\n", []],
    ["a\r\nb\r", []],
  ])("%j is read as it is, a BOM at the start apart", async (text, expected) => {
    for (const piece of [1, 2, 100]) {
      const notices: string[] = [];
      let joined = "";
      for await (const part of readText(input(text, "my.txt", piece), (notice) => notices.push(notice))) joined += part;
      expect(joined).toBe(text.replace(/^\ufeff/, ""));
      expect(notices).toEqual(expected);
      const ofCharacters: string[] = [];
      await read(text, { validFraction: 0, notice: (notice) => ofCharacters.push(notice) }, piece);
      expect(ofCharacters).toEqual(expected);
    }
  });

  test.each([
    ["", {}, "my.txt is empty.\nGive a text with something in it."],
    ["\ufeff", {}, "my.txt is empty.\nGive a text with something in it."],
    [
      "\n\n",
      { newline: "strip" },
      'my.txt contains only newlines, which are stripped.\nSet `newline: "keep"`, or give another text.',
    ],
    [
      "aaaaaa",
      {},
      'The training part of my.txt is one character over and over ("a"): nothing can be ' +
        "learned from it.\nGive a text with at least two different ones.",
    ],
    [
      "aaaaaa",
      { unit: "byte" },
      'The training part of my.txt is one byte over and over ("a"): nothing can be ' +
        "learned from it.\nGive a text with at least two different ones.",
    ],
    [
      " so so so",
      { unit: "word" },
      'The training part of my.txt is one word over and over (" so"): nothing can be ' +
        "learned from it.\nGive a text with at least two different ones.",
    ],
    [
      "ab",
      {},
      "The training part of the text has 1 token; the smallest that works is " +
        "2.\nGive a longer text, or a smaller `validFraction`.",
    ],
    ["abc", { minFreq: 5 }, "No token of my.txt occurs 5 times, so the vocabulary is empty.\nLower `minFreq`."],
  ])("%j with %j is one sentence", async (text, values, message) => {
    expect(await messageOf(() => read(text, { field: createField(values) }))).toBe(`LonghandError: ${message}`);
  });

  test("messages of other errors of the text", async () => {
    expect(noTextError("texts/")).toMatchObject({
      message: "texts/ holds no text.",
      hint: "Name a text file, or a folder with at least one in it.",
    });
    expect(await messageOf(() => corpusAsRead([input("", "a"), input("", "b")], { field: char }))).toContain(
      "The text (2 files) is empty.",
    );
    expect(await messageOf(() => corpusAsRead([input("aa", "a"), input("a", "b")], { field: char }))).toContain(
      "The training part of the text (2 files) is one character over and over",
    );
    expect(await messageOf(() => read("abab", { validInputs: [input("", "v.txt")] }))).toContain("v.txt is empty.");
    expect(await messageOf(() => read("abc", { validFraction: 1 }))).toContain(
      "validFraction wants a number from 0 below 1; got 1.",
    );
    const bare = createField({ specials: [] });
    expect(await messageOf(() => read("ababz", { field: bare, validInputs: [input("z?", "v")] }))).toContain(
      'neither "?" nor <unk>',
    );
  });

  test("a text that is too short is refused with the smallest length that works, without a notice before", async () => {
    const notices: string[] = [];
    const notice = (text: string) => notices.push(text);
    for (const [text, options, size] of [
      ["a", {}, "0 tokens"],
      ["ab", {}, "1 token"],
      ["a", { validInputs: [input("abc", "v.txt")] }, "1 token"],
      ["ab", { field: createField({ unit: "byte" }) }, "1 token"],
      ["so", { validFraction: 0, field: createField({ unit: "word" }) }, "1 token"],
    ] as const) {
      const said = await messageOf(() => read(text, { ...options, notice }));
      expect(said).toContain(`The training part of the text has ${size}; the smallest that works is 2.`);
    }
    expect(notices).toEqual([]);
    expect((await read("ab", { validFraction: 0 })).train.length).toBe(2);
    expect((await read("a", { validFraction: 0, vocab: (await read("abab")).vocab })).train.length).toBe(1);
  });

  test("a validation part of one token is dropped with a notice", async () => {
    const notices: string[] = [];
    expect((await read("abcabcabca", { notice: (text) => notices.push(text) })).valid).toBeUndefined();
    expect(notices).toEqual(["The validation part has one token, which is too short: there is no validation."]);
  });

  test("a file with a NUL among its first bytes is taken as binary", () => {
    expect(looksBinary(bytesOf(65, 0))).toBe(true);
    expect(looksBinary(new TextEncoder().encode("text é"))).toBe(false);
    expect(encodeText(createField({ unit: "byte" }), Vocab.bytes(), "\0", "error")).toEqual(Int32Array.of(0));
  });
});
