// The text that token numbers give back: the text as it was read, but for what the field drops.

import { expect, test } from "vitest";
import { readInto } from "../../src/text/encoding/corpus.js";
import { decodeNumbers } from "../../src/text/encoding/decode.js";
import { createField } from "../../src/text/encoding/field.js";
import { MemoryStore } from "../../src/text/storage/store.js";
import { input } from "./helpers.js";

const text = "Über straße, naïve 😀 eyes.\n\n  Moon and  the sun\nset.\nThe end of it.\n";

async function decoded(values: Parameters<typeof createField>[0], validText?: string): Promise<string[]> {
  const field = createField(values);
  const store = new MemoryStore();
  const validInputs = validText === undefined ? {} : { validInputs: [input(validText)] };
  const data = await readInto(store, [input(text)], { field, validFraction: 0.3, ...validInputs });
  const parts = [data.train, data.valid!].map(async ({ from, to }) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of decodeNumbers(field, data, store, from, to)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  });
  return Promise.all(parts);
}

test.each([
  {},
  { unit: "byte" },
  { unit: "word", minFreq: 2 },
  { newline: "eos" },
  { unit: "word", newline: "eos" },
  { maxSize: 5 },
])("without loss, tokens that became <unk> too: %o", async (values) => {
  expect((await decoded(values)).join("")).toBe(text);
  expect(await decoded(values, "Ein Mond.\n")).toEqual([text, "Ein Mond.\n"]);
});

test("of a file as a document, without loss", async () => {
  expect(await decoded({ documents: "file" }, "Ein Mond.\n")).toEqual([text, "Ein Mond.\n"]);
});

test("lower-cased, without line ends, and with one separator between documents", async () => {
  expect((await decoded({ lower: true })).join("")).toBe(text.toLowerCase());
  expect((await decoded({ newline: "strip" })).join("")).toBe(text.replaceAll("\n", ""));
  expect((await decoded({ documents: "line" })).join("")).toBe(text.replace("\n\n", "\n"));
  expect((await decoded({ unit: "byte", documents: "line" })).join("")).toBe(text.replace("\n\n", "\n"));
  expect((await decoded({ documents: "blank-line" })).join("")).toBe(`${text}\n`);
});
