// Columns of CSV, TSV and JSONL files.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { corpusAsRead } from "../../src/text/encoding/corpus.js";
import { createField, readingOf } from "../../src/text/encoding/field.js";
import { readAs, wholeAsRead } from "../../src/text/reading/reading.js";
import { fieldOf, readingRulesOf } from "../../src/training/settings/training-settings.js";
import { checkSettings } from "../../src/training/settings/values.js";

async function readColumn(text: string, column: string, length = 1000, name = "my.csv") {
  const said: string[] = [];
  const bytes = Buffer.from(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += length) pieces.push(bytes.subarray(at, at + length));
  const rules = readingOf(createField({ lineEnds: "keep" }), { column });
  const read = await wholeAsRead([{ name, bytes: pieces }], rules, { notice: (sentence) => said.push(sentence) });
  return { text: Buffer.from(read).toString(), said: said.filter((each) => !/\bCR\b/.test(each)) };
}

async function said(text: string, name: string): Promise<string[]> {
  const found: string[] = [];
  const inputs = [{ name, bytes: [Buffer.from(text)] }];
  const rules = readingOf(createField());
  for (const { bytes } of readAs(inputs, rules, { notice: (sentence) => found.push(sentence) })) {
    for await (const _ of bytes);
  }
  return found;
}

describe("CSV", () => {
  const quoted = '\ufeffid,"text",n\r\n1,"a ""b"", c",2\r\n2,"two\r\nlines",3\r\n3,plain,4\r\n4,,5\r\n';
  test.each([1, 2, 3, 7, 1000])("quotes, line ends in quotes and a mark, in pieces of %i", async (length) => {
    expect(await readColumn(quoted, "text", length)).toEqual({
      text: 'a "b", c\ntwo\r\nlines\nplain\n',
      said: ["my.csv: the byte order mark at its start was dropped.", "my.csv: 1 row has no text in the column text."],
    });
    expect((await readColumn(quoted, "n", length)).text).toBe("2\n3\n4\n5\n");
  });

  test.each([
    ["a tab", "id\ttext\n1\tx, y\n"],
    ["a semicolon", "id;text\n1;x, y\n"],
    ["a bar", "id|text\n1|x, y\n"],
    ["lines that end in CR", 'id,text\r1,"x, y"\r'],
    ["one column", 'text\n"x, y"\n'],
    ["no line end at the end", 'id,text\n1,"x, y"'],
  ])("with %s", async (_, table) => {
    expect((await readColumn(table, "text")).text).toBe("x, y\n");
  });

  test("any fields come back as they were written, in any pieces", async () => {
    const cell = fc.stringMatching(/^[ab",;\r\n\t é🙂]{1,9}$/u).filter((text) => !text.endsWith("\r"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows, n) => {
          const field = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const table = [["left", "right"], ...rows].map((row) => row.map(field).join(",")).join("\n");
          const { text } = await readColumn(`${table}\n`, "right", n);
          expect(text).toBe(rows.map(([, right]) => `${right}\n`).join(""));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a missing column names those that are there; an open quote names its row", async () => {
    await expect(readColumn("id,body\n1,x\n", "text")).rejects.toThrow(
      'my.csv has no column "text". It has "id", "body".',
    );
    await expect(readColumn('id,text\n1,x\n2,"open\n', "text")).rejects.toThrow("my.csv: row 3 has a quote");
    await expect(readColumn("id,text\n1,\n", "text")).rejects.toThrow("my.csv has no text in the column text.");
  });
});

test("each row is a document, whatever line ends it has", async () => {
  const settings = checkSettings({ column: "text", validFraction: 0 });
  const inputs = [{ name: "my.csv", bytes: [Buffer.from('text\n"two\nlines"\nplain\n')] }];
  const field = fieldOf(settings);
  const { documents, train, vocab } = await corpusAsRead(readAs(inputs, readingRulesOf(settings)), {
    field,
    validFraction: 0,
  });
  expect(documents).toBe(2);
  const tokens = [...(await train.read(0, train.length))].map((id) => vocab.itos[id]);
  expect(tokens.join("")).toBe("<end>two\nlines<end>plain<end>");
});

describe("JSONL", () => {
  const lines = '{"id":1,"text":"a\\nb"}\n\n{"id":2,"text":"é"}\r\n{"id":3,"text":null}\n{"id":4,"text":"end"}';
  test.each([1, 3, 1000])("texts of a key, in pieces of %i", async (length) => {
    expect(await readColumn(lines, "text", length, "my.jsonl")).toEqual({
      text: "a\nb\né\nend\n",
      said: ["my.jsonl: 1 row has no text in the column text."],
    });
    expect((await readColumn('{"a":{"b":"deep"}}\n', "a.b", length, "my.jsonl")).text).toBe("deep\n");
  });

  test("a bad line is told with its number, a missing key with those that are there", async () => {
    await expect(readColumn('{"text":"a"}\n{"text":\n', "text", 9, "my.jsonl")).rejects.toThrow(
      'my.jsonl: line 2 is not JSON: "{\\"text\\":".',
    );
    await expect(readColumn('{"text":["a"]}\n', "text")).rejects.toThrow("line 1 has no text in the column text");
    await expect(readColumn('{"id":1,"body":"a"}\n', "text")).rejects.toThrow(
      'my.csv has no column "text". It has "id", "body".',
    );
    await expect(readColumn('[{"text":"a"}]\n', "text")).rejects.toThrow("line 1 is not a JSON object");
  });
});

describe("a table that is read as it is", () => {
  test("gives one notice with the setting", async () => {
    const notice = (name: string, kind: string) =>
      `${name} looks like ${kind}, and is read as it is, with names and quotes. To read one column, set \`column: "text"\`.`;
    expect(await said("id,text\n1,some words\n2,other words\n", "my.csv")).toEqual([notice("my.csv", "CSV")]);
    expect(await said("id\ttext\n1\tsome words\n2\tother words\n", "my.tsv")).toEqual([notice("my.tsv", "TSV")]);
    expect(await said('{"id":"1","text":"some"}\n{"id":"2","text":"more"}\n', "chat")).toEqual([
      notice("chat", "JSONL"),
    ]);
  });

  test("prose, poems and code give none", async () => {
    for (const text of [
      "Well, said he,\nand so, it went,\nand on, and on,\nyes, it went,\nas ever, so\nso, so, so\n",
      "{ int a; }\n{ int b; }\n{ int c; }\n",
      "O rose, thou art sick,\nThe worm, unseen,\nThat flies, by night,\nIn storms, howling,\nHas found, thy bed,\nOf joy, crimson,\n",
    ]) {
      expect(await said(text, "my.txt")).toEqual([]);
    }
  });
});
