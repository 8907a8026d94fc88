// Tests of what is told of a text that is read as one running text: a list of lines, an end that is unlike the rest.

import { expect, test } from "vitest";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { sampleText, unlikeness } from "../../src/text/encoding/looks.js";
import { MemoryStore } from "../../src/text/storage/store.js";
import { dice } from "../helpers/damage.js";
import { input, nietzsche } from "./helpers.js";

async function told(text: string | Uint8Array, field: object = {}, options: object = {}): Promise<string> {
  const notices: string[] = [];
  await readCorpus([input(text)], {
    field: createField(field),
    ...options,
    notice: (line) => void notices.push(line),
  });
  return notices.join("\n");
}

const { pick, below } = dice(4);
const names = Array.from({ length: 20_000 }, () => Array.from({ length: 8 }, () => pick([..."abcdefghij"])).join(""));
const list = `${names.join("\n")}\n`;
const prose = nietzsche.subarray(0, 60_000);
const licence = Array.from(
  { length: 70 },
  (_, i) => `PROVIDED THAT (${i}) THE LICENSEE SHALL NOT, UNDER SECTION ${below(9)}, REDISTRIBUTE WITHOUT NOTICE;\n`,
).join("");
const book = new TextDecoder().decode(prose) + licence;

test.each(["char", "byte"] as const)(
  "many short lines are told with the rule that reads each as a document: %s",
  async (unit) => {
    for (const lines of [list, `${names.toSorted().join("\n")}\n`, `${names.slice(0, 1000).join("\n")}\n`]) {
      const text = await told(lines, { unit });
      expect(text).toMatch(/(20000|1000) short lines, half of them of 8 characters or less/);
      expect(text).toContain('`documents: "line"`');
      expect(text).not.toContain("validSplit");
    }
    expect(await told(list, { unit, documents: "line" })).toBe("");
    expect(await told(`${names.slice(0, 500).join("\n")}\n`, { unit })).toBe("");
  },
);

test("prose, verse and code are no lists, and their end is like the rest", async () => {
  expect(await told(prose)).toBe("");
  const verse = Array.from({ length: 3000 }, () => `${pick(names)} ${pick(names)},\n`).join("");
  expect(await told(verse)).toBe("");
  const code = Array.from({ length: 3000 }, (_, i) => `${i % 3 === 0 ? "" : "  "}${pick(names)}(${i})\n`).join("");
  expect(await told(code)).not.toContain("documents");
});

test.each(["char", "byte"] as const)(
  "an end that is unlike the rest is told with the split to set: %s",
  async (unit) => {
    expect(await told(book, { unit })).toContain('set `validSplit: "blocks"`');
    expect(await told(book, { unit }, { validSplit: "blocks" })).toBe("");
    expect(await told(book, { unit }, { validFraction: 0 })).toBe("");
  },
);

test("unlikeness is about 1 of one kind of text, and more the less the end is predicted by the rest", async () => {
  const of = async (numbers: Uint8Array) => {
    const store = new MemoryStore();
    store.append(numbers);
    return unlikeness(await sampleText(store, Math.floor(0.9 * numbers.length)));
  };
  expect(await of(prose)).toBeCloseTo(1, 1);
  expect(await of(new TextEncoder().encode(book))).toBeGreaterThan(1.1);
  expect(await of(new TextEncoder().encode(names.toSorted().join("\n")))).toBeGreaterThan(1.1);
});
