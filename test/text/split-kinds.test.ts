// Tests of what is held out for validation: the end, blocks all over the text, documents that the seed draws; and of
// the text that the vocabulary is built from.

import { expect, test } from "vitest";
import { type CorpusOptions, readCorpus } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { arranged } from "../../src/text/storage/arranged.js";
import { MemoryStore } from "../../src/text/storage/store.js";
import { idsOf, input } from "./helpers.js";

const lines = Array.from({ length: 200 }, (_, i) => `line ${i} ${"x".repeat(1 + (i % 7))}`);
const text = `${lines.join("\n")}\n`;

/** Both parts as text: `<end>` is a bar. */
async function parts(source: string, field: Parameters<typeof createField>[0], rest: Partial<CorpusOptions>) {
  const corpus = await readCorpus([input(source)], { field: createField(field), vocabFrom: "all", ...rest });
  const { itos, endId } = corpus.vocab;
  const shown = (ids: ArrayLike<number>) => Array.from(ids, (id) => (id === endId ? "|" : itos[id]!)).join("");
  return { corpus, train: shown(idsOf(corpus.train)), valid: corpus.valid ? shown(idsOf(corpus.valid)) : undefined };
}

const documents = (part: string | undefined) => part!.slice(1, -1).split("|");

test.each(["char", "byte", "word"] as const)("of documents a tenth is drawn, and all stay whole: %s", async (unit) => {
  const { corpus, train, valid } = await parts(text, { unit, documents: "line" }, { validSplit: "shuffle", seed: 5 });
  expect([train[0], train.at(-1), valid![0], valid!.at(-1)]).toEqual(["|", "|", "|", "|"]);
  const [kept, held] = [documents(train), documents(valid)];
  const order = (all: readonly string[]) => all.map((line) => lines.indexOf(line.trim()));
  expect([...order(kept), ...order(held)].sort((a, b) => a - b)).toEqual(lines.map((_, i) => i));
  expect(order(kept)).toEqual(order(kept).toSorted((a, b) => a - b));
  expect(corpus.valid!.length / (corpus.train.length + corpus.valid!.length)).toBeCloseTo(0.1, 1.5);
  expect(Math.min(...order(held))).toBeLessThan(60); // all over the text
  expect(Math.max(...order(held))).toBeGreaterThan(140);
  expect(corpus.documents).toBe(200);
  expect(corpus.counts[corpus.vocab.endId!]).toBe(kept.length + 1);
});

test("the draw depends on the seed alone", async () => {
  const draw = async (seed: number) =>
    (await parts(text, { documents: "line" }, { validSplit: "shuffle", seed })).valid;
  expect(await draw(1)).toBe(await draw(1));
  expect(await draw(1)).not.toBe(await draw(2));
});

test("of two documents one is held out; of one, none", async () => {
  const two = await parts("first\nsecond\n", { documents: "line" }, { validSplit: "shuffle" });
  expect([documents(two.train), documents(two.valid)].flat().sort()).toEqual(["first", "second"]);
  const notices: string[] = [];
  const rest = { validSplit: "shuffle", notice: (line: string) => void notices.push(line) } as const;
  expect((await parts("only\n", { documents: "line" }, rest)).valid).toBeUndefined();
  expect(notices.join()).toContain("one document");
});

test.each(["char", "byte"] as const)("ten blocks of whole lines are spread over a text: %s", async (unit) => {
  const { train, valid } = await parts(text.repeat(5), { unit }, { validSplit: "blocks" });
  const whole = new Set(lines);
  for (const part of [train, valid!]) {
    expect(part.endsWith("\n")).toBe(true);
    for (const line of part.trimEnd().split("\n")) expect(whole).toContain(line);
  }
  expect(valid!.length / (train.length + valid!.length)).toBeCloseTo(0.1, 1);
  expect([...train].length + [...valid!].length).toBe(5 * text.length);
  const numbers = valid!
    .trimEnd()
    .split("\n")
    .map((line) => Number(line.split(" ")[1]));
  const jumps = numbers.filter((number, i) => i > 0 && number !== (numbers[i - 1]! + 1) % 200);
  expect(jumps).toHaveLength(9);
});

test("blocks cut no character of a text in bytes without line ends", async () => {
  const { corpus } = await parts("é😀ü".repeat(700), { unit: "byte" }, { validSplit: "blocks" });
  for (const part of [corpus.train, corpus.valid!]) {
    const bytes = Uint8Array.from(idsOf(part), (id) => corpus.vocab.itos[id]!.charCodeAt(0));
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes)).not.toThrow();
  }
});

test("a split that does not suit the text is refused with the one that does", async () => {
  await expect(parts(text, {}, { validSplit: "shuffle" })).rejects.toThrow("the text has none");
  await expect(parts(text, { documents: "line" }, { validSplit: "blocks" })).rejects.toThrow("would cut documents");
});

test("the vocabulary is of the training part, or of the whole text", async () => {
  const late = `${"abc\n".repeat(50)}ë\n`;
  const ofTrain = (await parts(late, {}, { vocabFrom: "train" })).corpus;
  const notices: string[] = [];
  const notice = (line: string) => void notices.push(line);
  const ofAll = (await parts(late, {}, { vocabFrom: "all", notice })).corpus;
  expect(notices.join()).toContain('The vocabulary is of the whole text: the validation part alone has "ë", so');
  expect(ofTrain.vocab.stoi.has("ë")).toBe(false);
  expect(ofTrain.valid!.unknown).toBe(1);
  expect(ofAll.vocab.stoi.has("ë")).toBe(true);
  expect(ofAll.valid!.unknown).toBe(0);
  expect(ofAll.counts[ofAll.vocab.stoi.get("ë")!]).toBe(0);
});

test("an arranged store reads across its ranges, in memory and from a promise", async () => {
  const store = new MemoryStore();
  store.append(Int32Array.from({ length: 100 }, (_, i) => i));
  const order = [50, 60, 0, 5, 90, 100];
  const wanted = [...Array(10).keys()]
    .map((i) => 50 + i)
    .concat(
      [0, 1, 2, 3, 4],
      [...Array(10).keys()].map((i) => 90 + i),
    );
  const late = { length: 100, read: async (from: number, to: number) => store.read(from, to) };
  for (const from of [0, 3, 9, 10, 14, 15, 24])
    for (const to of [from, from + 1, 11, 15, 25].filter((end) => end >= from)) {
      expect([...(arranged(store, order).read(from, to) as Int32Array)]).toEqual(wanted.slice(from, to));
      expect([...(await arranged(late, order).read(from, to))]).toEqual(wanted.slice(from, to));
    }
});
