// The report of reading: each fact as a number, and none of them a notice where there is a report.

import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { corpusAsRead } from "../../src/text/encoding/corpus.js";
import { createField, readingOf } from "../../src/text/encoding/field.js";
import { textReport } from "../../src/text/encoding/text-report.js";
import { readAs } from "../../src/text/reading/reading.js";
import { type ReadingReport, reportBuilder } from "../../src/text/reading/report.js";
import type { SourceOptions } from "../../src/text/reading/rules.js";

const utf16 = (text: string) => Buffer.from(text, "utf16le");
async function* unpacked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece.slice());
  yield gunzipSync(Buffer.concat(pieces));
}

type FieldOptions = Parameters<typeof createField>[0];

/** The report of texts that come in pieces of three bytes, and what was said besides. */
async function reportOf(texts: readonly Uint8Array[], o: FieldOptions = {}, source: SourceOptions = {}) {
  const said: string[] = [];
  const notice = (sentence: string) => void said.push(sentence);
  const report = reportBuilder();
  let read = 0;
  const inputs = texts.map((text, i) => {
    const bytes = Array.from({ length: Math.ceil(text.length / 3) }, (_, at) => text.subarray(3 * at, 3 * at + 3));
    return { name: `${i}.txt`, bytes };
  });
  const progress = (bytes: number) => {
    read += bytes;
  };
  const field = createField(o);
  const context = { notice, report, gunzip: unpacked, progress };
  const corpus = await corpusAsRead(readAs(inputs, readingOf(field, source), context), { field, notice });
  const found = report.finish();
  expect(read).toBe(found.bytes);
  return { found, said, corpus };
}

const plain = "Two lines,\nand a café.\n".repeat(20);
const size = Buffer.from(plain).length;
const nothing: ReadingReport = {
  files: 1,
  bytes: size,
  encodings: { "utf-8": 1 },
  gzip: 0,
  marks: { dropped: 0, kept: 0 },
  lineEnds: { crlf: 0, cr: 0, kept: false },
  composed: 0,
  emptyRows: 0,
  blankLines: 0,
  skipped: {},
};

describe("the report of reading", () => {
  const cases: readonly [string, Uint8Array, Partial<ReadingReport>, FieldOptions?, SourceOptions?][] = [
    ["a plain text", Buffer.from(plain), {}],
    ["CR LF", Buffer.from(plain.replaceAll("\n", "\r\n")), { lineEnds: { crlf: 40, cr: 0, kept: false } }],
    ["CR", Buffer.from(plain.replaceAll("\n", "\r")), { lineEnds: { crlf: 0, cr: 40, kept: false } }],
    [
      "CR that is kept",
      Buffer.from(plain.replaceAll("\n", "\r")),
      { lineEnds: { crlf: 0, cr: 40, kept: true } },
      { lineEnds: "keep" },
    ],
    ["UTF-16 with a mark", utf16(`\ufeff${plain}`), { encodings: { "utf-16le": 1 } }],
    ["UTF-16 without one", utf16(plain), { encodings: { "utf-16le": 1 } }],
    [
      "an encoding that is named",
      Buffer.from(plain, "latin1"),
      { encodings: { "windows-1252": 1 } },
      {},
      { encoding: "windows-1252" },
    ],
    ["gzip", gzipSync(plain), { gzip: 1 }],
    ["decomposed characters", Buffer.from(plain.normalize("NFD")), { composed: 1 }],
    ["marks", Buffer.from(`\ufeffa\n\ufeffb\ufeff\n${plain}`), { marks: { dropped: 2, kept: 1 } }],
    ["blank lines", Buffer.from(`a\n\n \nb\n${plain}`), { blankLines: 2 }, { documents: "line" }],
    [
      "rows without a text",
      Buffer.from(`id,text\n1,abc\n2,\n3,${"bca".repeat(20)}\n`),
      { emptyRows: 1 },
      {},
      { column: "text" },
    ],
    ["bytes as tokens", Buffer.from(`${plain}\r\n`), { encodings: {} }, { unit: "byte" }],
  ];
  test.each(cases)("of %s", async (_, bytes, facts, o = {}, source = {}) => {
    const { found, said } = await reportOf([bytes], o, source);
    expect(found).toEqual({ ...nothing, bytes: bytes.length, ...facts });
    expect(said).toEqual([]);
  });

  test("of several texts is their sum, with the sizes of the parts", async () => {
    const crlf = Buffer.from(plain.replaceAll("\n", "\r\n"));
    const packed = gzipSync(utf16(plain));
    const { found, said, corpus } = await reportOf([Buffer.from(plain), crlf, packed], { documents: "file" });
    expect(found).toEqual({
      ...nothing,
      files: 3,
      bytes: size + crlf.length + packed.length,
      encodings: { "utf-8": 2, "utf-16le": 1 },
      gzip: 1,
      lineEnds: { crlf: 40, cr: 0, kept: false },
    });
    expect(said).toEqual([]);
    const part = (documents: number) => ({
      tokens: documents * (plain.length + 1) + 1,
      characters: documents * plain.length,
      bytes: documents * size,
      unknown: 0,
      documents,
    });
    expect(textReport(corpus, "end")).toEqual({ train: part(2), valid: part(1), validSplit: "end" });
  });

  test("leaves what asks for a decision a notice", async () => {
    const rows = Array.from({ length: 9 }, (_, i) => `${i},name ${i},some text of ${i * i}`).join("\n");
    const { said } = await reportOf([Buffer.from(`id,name,text\n${rows}\n`)]);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("column");
  });
});
