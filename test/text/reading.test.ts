// The stages that turn the bytes of a source into the text as read.

import { describe, expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { createField, readingOf } from "../../src/text/encoding/field.js";
import { readAs, wholeAsRead } from "../../src/text/reading/reading.js";
import type { SourceOptions } from "../../src/text/reading/rules.js";

const rules = readingOf(createField());
const utf16 = (text: string) => Buffer.from(text, "utf16le");
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();

/** The text as read of bytes that come in pieces of some length, with the notices. */
async function asRead(bytes: Uint8Array, length = Math.max(1, bytes.length), read = rules) {
  const said: string[] = [];
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += length) pieces.push(bytes.subarray(at, at + length));
  const [input] = readAs([{ name: "my.txt", bytes: pieces }], read, { notice: (sentence) => said.push(sentence) });
  const found: number[] = [];
  for await (const piece of input!.bytes) found.push(...piece);
  return { text: Buffer.from(found).toString("latin1"), said };
}

const utf8 = ({ text }: { text: string }) => Buffer.from(text, "latin1").toString();

/** The same by the options of a source, as a string. */
async function readWith(bytes: Uint8Array, options: SourceOptions, length?: number) {
  return utf8(await asRead(bytes, length, readingOf(createField(), options)));
}

async function refusal(bytes: Uint8Array, options: SourceOptions = {}): Promise<string> {
  try {
    await wholeAsRead([{ name: "my.txt", bytes: [bytes] }], readingOf(createField(), options));
  } catch (error) {
    if (error instanceof LonghandError) return `${error.message}\n${error.hint}`;
    throw error;
  }
  return "";
}

describe("byte order marks", () => {
  const dropped = ["my.txt: the byte order mark at its start was dropped."];
  test.each([1, 2, 3, 4, 100])("at the start are dropped from pieces of %i bytes", async (length) => {
    expect(await asRead(Buffer.from("\ufeffabc"), length)).toEqual({ text: "abc", said: dropped });
    expect(await asRead(Buffer.from("\ufeff"), length)).toEqual({ text: "", said: dropped });
    expect(await asRead(Buffer.from("abc"), length)).toEqual({ text: "abc", said: [] });
    // The beginning of a mark, which is none.
    for (const bytes of [[0xef], [0xef, 0xbb], [0xef, 0xbb, 0x41], [0xef, 0x41]]) {
      expect(await asRead(Uint8Array.from(bytes), length)).toEqual({ text: String.fromCharCode(...bytes), said: [] });
    }
  });

  test.each([1, 2, 3, 5, 100])(
    "of joined files are dropped at a line's start, and told: pieces of %i",
    async (length) => {
      const joined = await asRead(Buffer.from("\ufeffa\n\ufeffb\r\n\ufeff\ufeffc，\ufeffd"), length);
      expect(utf8(joined)).toBe("a\nb\nc，\ufeffd");
      expect(joined.said).toEqual([
        ...dropped,
        "my.txt: 3 byte order marks (U+FEFF) at the start of lines were dropped.",
        "my.txt: 1 byte order mark (U+FEFF) within lines was kept, as characters.",
        'my.txt: 1 CR LF at line ends, read as LF (`lineEnds: "keep"` keeps them).',
      ]);
    },
  );

  test("stay where a token is a byte", async () => {
    const bytes = readingOf(createField({ unit: "byte" }));
    expect(await asRead(Buffer.from("\ufeffa"), 2, bytes)).toEqual({ text: "\xef\xbb\xbfa", said: [] });
  });
});

describe("encodings", () => {
  const texts = ["Two lines,\nand é 🙂.\n", "Привет, мир.\nДа, это текст.\n", "こんにちは 世界。\nはい。\n", "x"];
  test.each(texts)("UTF-16 of %j is recognized with and without a mark, in both orders", async (text) => {
    for (const [order, bytes] of [
      ["UTF-16LE", utf16(text)],
      ["UTF-16BE", swapped(utf16(text))],
    ] as const) {
      const plain = await asRead(bytes);
      expect(utf8(plain)).toBe(text);
      expect(plain.said).toEqual([`my.txt has no byte order mark and looks like ${order}; it was read so.`]);
      for (const length of [1, 3, 1000]) expect(utf8(await asRead(bytes, length))).toBe(text);
      const marked = await asRead(order === "UTF-16LE" ? utf16(`\ufeff${text}`) : swapped(utf16(`\ufeff${text}`)));
      expect([utf8(marked), marked.said]).toEqual([text, [`my.txt is in ${order}, and was read so.`]]);
    }
  });

  test("UTF-16 across many pieces keeps its pairs", async () => {
    const text = "a🙂\n".repeat(40000);
    for (const length of [4097, 65535]) expect(utf8(await asRead(utf16(text), length))).toBe(text);
  });

  const legacy: readonly (readonly [string, string, string])[] = [
    [
      "windows-1252",
      "4c65206361669020ab2074726f7020bb20e974e92c2073616c6520e92e",
      "Le caf\u0090 « trop » été, sale é.",
    ],
    ["shift_jis", "82b182f182c982bf82cd", "こんにちは"],
    ["gb18030", "c4e3bac3a3accac0bde7", "你好，世界"],
    ["big5", "a741a66ea141a540acc9", "你好，世界"],
    ["euc-kr", "bec8b3e7c7cfbcbcbfe4", "안녕하세요"],
    ["koi8-r", "f0d2c9d7c5d4", "Привет"],
    ["iso-8859-2", "bef2a6", "žňŚ"],
  ];
  test.each(legacy)("%s is read where it is named", async (encoding, hex, text) => {
    for (const length of [1, 2, 100]) expect(await readWith(Buffer.from(hex, "hex"), { encoding }, length)).toBe(text);
  });

  test("a legacy text is refused, with the likely encoding and the two ways out", async () => {
    const lines = "Voilà, c'était déjà l'été à la forêt: le garçon fâché préfère rêver.\n";
    expect(await refusal(Buffer.from(lines.repeat(5), "latin1"))).toBe(
      "my.txt is not valid UTF-8: the byte at offset 4 (line 1) begins no whole character.\n" +
        'It looks like windows-1252: read it with `encoding: "windows-1252"`, or convert it with ' +
        'iconv -f WINDOWS-1252 -t UTF-8. `unit: "byte"` reads any bytes.',
    );
    const japanese = Buffer.from("82b182f182c982bf82cd8140".repeat(20), "hex");
    expect(await refusal(japanese)).toContain("It looks like shift_jis");
  });

  test("what does not fit the named encoding is an error, and so is an unknown name", async () => {
    expect(await refusal(Buffer.from([0x41, 0xff, 0x20]), { encoding: "gb18030" })).toContain(
      "my.txt is not valid gb18030: between the bytes 0 and 3.",
    );
    expect(await refusal(Buffer.from([0x61, 0x00, 0x62]), { encoding: "utf-16le" })).toContain("its end is cut off");
    expect(() => readingOf(createField(), { encoding: "latin-37" })).toThrow(
      'encoding wants auto, or the name of an encoding that TextDecoder knows; got "latin-37".',
    );
  });

  test("other bytes with a NUL are no text", async () => {
    expect(await refusal(Buffer.from("some\0thing odd"))).toContain(
      "my.txt is not a text: the byte at offset 4 is a NUL.",
    );
    const string = { name: "The text", bytes: [Buffer.from("a\0b")], decoded: true };
    expect(Buffer.from(await wholeAsRead([string], rules)).toString()).toBe("a\0b"); // a string is a text
  });
});

describe("formats", () => {
  test.each([
    ["%PDF-1.7\n", "my.txt is a PDF document, not a plain text.\nTake its text out first: pdftotext my.txt text.txt"],
    ["{\\rtf1\\ansi", "my.txt is an RTF document"],
    ["PK\x03\x04\x14\0\x06\0word/document.xml", "my.txt is a Word document (docx), not a plain text."],
    ["PK\x03\x04\x14\0\x06\0mimetypeapplication/epub+zip", "my.txt is an EPUB book"],
    ["PK\x03\x04\x14\0\x06\0mimetypeapplication/vnd.oasis.opendocument.text", "my.txt is an OpenDocument text"],
    ["PK\x03\x04\x14\0\x06\0a.txt", "my.txt is a zip archive"],
    ["SQLite format 3\0", "my.txt is an SQLite database"],
    ["\x89PNG\r\n\x1a\n", "my.txt is an image"],
    ["\xff\xfe\0\0a\0\0\0", "my.txt is a text in UTF-32"],
  ])("%j is refused by name", async (bytes, message) => {
    expect(await refusal(Buffer.from(bytes, "latin1"))).toContain(message);
  });

  test("HTML is read, with a notice", async () => {
    const page = "<!DOCTYPE html>\n<html><p>Hello</p></html>\n";
    const read = await asRead(Buffer.from(page));
    expect([read.text, read.said]).toEqual([
      page,
      [
        "my.txt looks like an HTML page, and its markup is read too. " +
          "Its text alone: pandoc my.txt -f html -t plain -o text.txt",
      ],
    ]);
    expect((await asRead(Buffer.from("<i>no page</i>\n"))).said).toEqual([]);
  });
});
