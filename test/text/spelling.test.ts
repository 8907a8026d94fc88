// Line ends and normalization of a text on reading, as bytes in pieces of any size and as a string.

import { describe, expect, test } from "vitest";
import { createField, readingOf } from "../../src/text/encoding/field.js";
import { firstDoubtful } from "../../src/text/reading/composed-check.js";
import { composed } from "../../src/text/reading/normalization.js";
import { readAs, textAsRead } from "../../src/text/reading/reading.js";
import { fc, repeats } from "../helpers/random.js";

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

/** Holds that a text is read as `wanted`, whatever the pieces, as bytes and as a string. */
async function expectRead(text: string, wanted: string, read = rules) {
  expect(textAsRead(text, read)).toBe(wanted);
  for (const length of [1, 2, 3, 7, 1000]) {
    const { text: found } = await asRead(Buffer.from(text), length, read);
    expect(Buffer.from(found, "latin1").toString()).toBe(wanted);
  }
}

describe("line ends", () => {
  const keep = readingOf(createField({ lineEnds: "keep" }));
  const mixed = "a\r\nb\rc\nd\r\r\n\n\r";

  test("CR LF and CR become LF, wherever pieces end; one notice tells how many there were", async () => {
    await expectRead(mixed, "a\nb\nc\nd\n\n\n\n");
    for (const length of [1, 2, 3, 100]) {
      expect((await asRead(Buffer.from(mixed), length)).said).toEqual([
        'my.txt: 2 CR LF and 3 CR at line ends, read as LF (`lineEnds: "keep"` keeps them).',
      ]);
    }
    expect((await asRead(Buffer.from("a\nb\n"))).said).toEqual([]);
  });

  test("stay where the field says so, with a notice, unless line ends are replaced in any case", async () => {
    await expectRead(mixed, mixed, keep);
    expect((await asRead(Buffer.from("a\r\nb\r"), 2, keep)).said).toEqual([
      "my.txt: 1 CR LF and 1 CR at line ends, kept.",
    ]);
    for (const field of [{ newline: "eos" }, { newline: "strip" }, { documents: "line" }, { unit: "space" }]) {
      await expectRead("a\r\nb\r", "a\nb\n", readingOf(createField({ ...field, lineEnds: "keep" })));
    }
    await expectRead(mixed, mixed, readingOf(createField({ unit: "byte" })));
  });
});

describe("normalization", () => {
  const none = readingOf(createField({ normalize: "none" }));

  test.each([
    "café crème, Ångström über Käse",
    "Người thợ đồng hồ đã sửa chiếc cổng",
    "늙은 어부가 종을 쳤다",
    "ἐν ἀρχῇ ἦν ὁ λόγος",
    "が・パ",
    "बूढ़ा क़लम",
    "\u212b \u2126 \uf900 \u0344 \ufb1d",
    "q\u0323\u0307 q\u0307\u0323",
  ])("%s is read in NFC, decomposed or not, and one notice tells it", async (text) => {
    for (const form of ["NFC", "NFD"] as const) {
      const spelled = text.normalize(form);
      await expectRead(spelled, text.normalize("NFC"));
      await expectRead(spelled, spelled, none);
      const { said } = await asRead(Buffer.from(spelled), 5);
      const changed = ['my.txt: some characters are read in their composed form, NFC (`normalize: "none"` keeps all).'];
      expect(said).toEqual(spelled === text.normalize("NFC") ? [] : changed);
    }
  });

  test("pieces change nothing, and only a run of more than 1,024 marks is not quite NFC", async () => {
    const point = fc.oneof(
      fc.constantFrom(
        ...["a", "é", "e", "\u0301", "\u0323", "\u1100", "\u1161", "\u11a8", "가", "\u09c7", "\u09be", "漢", "\n"],
      ),
      fc.integer({ min: 0x300, max: 0x2fa1d }).map((code) => (code >> 11 === 0x1b ? "x" : String.fromCodePoint(code))),
    );
    const property = fc.asyncProperty(
      fc.array(point, { maxLength: 12 }),
      fc.integer({ min: 1, max: 6 }),
      async (all, n) => {
        const { text } = await asRead(Buffer.from(all.join("")), n);
        expect(Buffer.from(text, "latin1").toString()).toBe(all.join("").normalize("NFC"));
      },
    );
    await fc.assert(property, { numRuns: repeats(500) });
    const long = `${"e\u0301".repeat(50)}${"\u0301\u0323".repeat(1500)}e\u0301`;
    await expectRead(long, composed(long));
    expect(composed(long).slice(0, 49)).toBe("é".repeat(49));
    expect(composed(long).at(-1)).toBe("é");
  });

  test("the quick check doubts every pair of characters that joins, in the Unicode of this platform", () => {
    const doubts = (text: string) => {
      const bytes = Buffer.from(text);
      return firstDoubtful(bytes, 0, bytes.length) < bytes.length;
    };
    const missed: string[] = [];
    for (let code = 0x80; code <= 0x10ffff; code++) {
      if (code >> 11 === 0x1b) continue;
      const character = String.fromCodePoint(code);
      const parts = character.normalize("NFD");
      const doubtful = [...(parts === character.normalize("NFC") ? [] : [parts])];
      if (character.normalize("NFC") !== character) doubtful.push(character);
      // A mark out of order: after one of the last class, and before one of the first.
      for (const pair of /\p{M}/u.test(character) ? [`${character}\u0334`, `\u0345${character}`] : []) {
        if (`a${pair}`.normalize("NFC") !== `a${pair}`) doubtful.push(`a${pair}`);
      }
      missed.push(...doubtful.filter((text) => !doubts(text)));
    }
    expect(missed).toEqual([]);
  });

  test("the quick check lets texts pass that are in NFC", () => {
    const texts = [
      "Voilà, c’était – l’été",
      "Đã sửa chiếc cổng",
      "가나다",
      "你好，世界",
      "अच्छा क़लम",
      "בְּרֵאשִׁית".normalize("NFC"),
      "🙂",
    ];
    for (const text of texts) {
      const bytes = Buffer.from(text);
      expect(firstDoubtful(bytes, 0, bytes.length)).toBe(bytes.length);
    }
  });

  test("a character before which a text may be cut joins no other, in the Unicode of this platform", () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >> 11 === 0x1b) continue;
      const parts = [...String.fromCodePoint(code).normalize("NFD")].slice(1);
      for (const part of parts) if (!/[\p{M}\u1160-\u11ff\u{16d63}\u{16d67}-\u{16d6a}]/u.test(part)) wrong.push(part);
    }
    expect(wrong).toEqual([]);
  });
});
