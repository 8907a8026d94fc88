// Tests of scores with documents: each document is scored from a zero state, in any order and any number of lanes.

import { describe, expect, test } from "vitest";
import { countBlocks } from "../../src/evaluation/scoring/blocks.js";
import { evaluate, scoredLanes } from "../../src/evaluation/scoring/evaluate.js";
import { documentSurprisals } from "../../src/evaluation/scoring/ranking.js";
import { surprisal } from "../../src/evaluation/scoring/surprisal.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { corpusAsRead } from "../../src/text/encoding/corpus.js";
import { randomModel, vocabularyOf } from "../generation/models.js";
import { fastest } from "../helpers/engines.js";
import { input } from "../text/helpers.js";

const LINES = ["emma", "olivia", "", "ava", "a", "mia ava"];
const TEXT = `${LINES.join("\n")}\n`;
const KNOWN = "emma olivia ava";
const bytesOf = (text: string) => new TextEncoder().encode(text);
const stored = (values: object, known = KNOWN) => randomModel(vocabularyOf(known, values), { hidden: 9 });
const open = (model: ReturnType<typeof stored>, lanes = 1, steps = 5) => {
  const opened = new LanguageModel(model.spec, fastest, { lanes, steps, documents: true });
  opened.setWeights(model.weights);
  return opened;
};

describe.each(["char", "byte"] as const)("by %s", (unit) => {
  const model = stored({ unit, documents: "line" });
  const rank = (text: string, lanes: number) =>
    documentSurprisals(open(model, lanes), model, "line", bytesOf(text), "t");

  test("the lines' surprisals sum to the total of evaluate with one lane, and equal those of score", async () => {
    const corpus = await corpusAsRead([input(TEXT)], { field: model.field, vocab: model.vocab, validFraction: 0 });
    const { lanes, ...sizes } = scoredLanes(corpus.train, 1, model.vocab.newlineId);
    const whole = await evaluate(open(model), lanes);
    const scored = await surprisal(open(model), model, bytesOf(TEXT), "t");
    expect(scored).toMatchObject({ nats: whole.nats, tokens: whole.tokens, ...sizes });
    const ranked = await rank(TEXT, 1);
    expect(ranked.map(({ line, text }) => [line, text])).toEqual(
      LINES.flatMap((text, i) => (text === "" ? [] : [[i + 1, text]])),
    );
    const lines = scored.lines.filter(({ tokens }) => tokens.length > 0);
    for (const [i, { line, nats, characters, bytes }] of ranked.entries()) {
      expect([line, characters, bytes]).toEqual([lines[i]!.line, lines[i]!.characters, lines[i]!.bytes]);
      expect(nats).toBeCloseTo(lines[i]!.nats, 10);
    }
  });

  test("no line's surprisal depends on the other lines or on the number of lanes", async () => {
    const wanted = (await rank(TEXT, 1)).map(({ text, nats }) => [text, nats]);
    for (const lanes of [2, 3, 8]) {
      expect((await rank(TEXT, lanes)).map(({ text, nats }) => [text, nats])).toEqual(wanted);
    }
    const turned = await rank(LINES.toReversed().join("\n"), 3);
    expect(turned.toReversed().map(({ text, nats }) => [text, nats])).toEqual(wanted);
  });
});

test.each([
  ["line", "emma ava\nolivia Ω\n\n ava\n"],
  ["blank-line", "emma ava\nolivia\n\nmia Ω\n\n"],
])("blocks of documents by %s count all characters, bytes and words of the text", async (documents, text) => {
  for (const unit of ["char", "byte", "word"] as const) {
    const model = stored({ unit, documents }, `${KNOWN}\n`);
    const { train } = await corpusAsRead([input(text)], { field: model.field, vocab: model.vocab, validFraction: 0 });
    const { lanes, ...sizes } = scoredLanes(train, 2, model.vocab.newlineId);
    const { each, blocks } = countBlocks(model, lanes, sizes);
    await evaluate(open(model, 2), lanes, { each });
    const total = (of: "characters" | "bytes" | "words") => blocks().reduce((sum, block) => sum + block[of], 0);
    const bytes = bytesOf(text).length - (documents === "line" ? 1 : 0); // a blank line is no document
    expect(total("bytes"), unit).toBeCloseTo(bytes, 9);
    expect(total("characters"), unit).toBeCloseTo(bytes - 1, 9); // Ω
    expect(total("words"), unit).toBe(text.match(/\S+/g)!.length);
  }
});

test("without documents a line starts after a newline from a zero state, and its newline counts", async () => {
  const model = stored({}, `${KNOWN}\n`);
  const surprisals = await documentSurprisals(open(model, 3), model, "line", bytesOf(TEXT), "t");
  for (const { text, nats, characters } of surprisals) {
    const single = await surprisal(open(model), model, bytesOf(`${text}\n`), "t");
    expect(nats).toBeCloseTo(single.nats, 10);
    expect(characters).toBe(single.characters);
  }
  const paragraphs = await documentSurprisals(open(model, 2), model, "blank-line", bytesOf(TEXT), "t");
  const first = await surprisal(open(model), model, bytesOf("emma\nolivia\n"), "t");
  expect(paragraphs[0]!.nats).toBeCloseTo(first.nats, 10);
  const deaf = stored({ newline: "strip" });
  const asked = documentSurprisals(open(deaf), deaf, "line", bytesOf(TEXT), "t");
  await expect(asked).rejects.toThrow(/has no newline and no <end>/);
});

test("score splits paragraphs into lines; <end> belongs to the last line", async () => {
  const model = stored({ documents: "blank-line" }, `${KNOWN}\n`);
  const { lines } = await surprisal(open(model), model, bytesOf("\nemma\nava\n\nmia"), "t");
  const shown = lines.map(({ tokens }) => tokens.map(({ token }) => token).join(""));
  expect(shown).toEqual(["", "emma\n", "ava<end>", "", "mia<end>"]);
});
