// Tests of evaluation: every token is scored once, whatever the lanes and windows; sizes make units comparable.

import { describe, expect, test } from "vitest";
import { evaluate, score, scoredLanes } from "../../src/evaluation/scoring/evaluate.js";
import { surprisal } from "../../src/evaluation/scoring/surprisal.js";
import { corpusAsRead } from "../../src/text/encoding/corpus.js";
import type { Field } from "../../src/text/encoding/field.js";
import type { Vocab } from "../../src/text/encoding/vocab.js";
import { sourceOf, type Tokens } from "../../src/text/storage/tokens.js";
import { evaluationLanes, type Window } from "../../src/text/windows/lanes.js";
import { openModel, randomModel, vocabularyOf } from "../generation/models.js";
import { float32Engines } from "../helpers/engines.js";
import { idsOf, input } from "../text/helpers.js";

const TEXT = "die Brücke 🌉 über\nden Fluß, sie steht\n\nund trägt — noch\n";
const OTHER = "über die Brücke 🌉\nträgt sie nichts!\n\nX\n";

/** The tokens of a text, all of them to be scored. */
async function read(about: { field: Field; vocab: Vocab }, content: string | Uint8Array): Promise<Tokens> {
  return (await corpusAsRead([input(content)], { ...about, validFraction: 0 })).train;
}

/** Evaluates, and collects the losses and targets of each lane. */
async function losses(model: Parameters<typeof evaluate>[0], lanes: Parameters<typeof evaluate>[1]) {
  const windows: { window: Window; losses: ArrayLike<number> }[] = [];
  const evaluated = await evaluate(model, lanes, { each: (window, losses) => windows.push({ window, losses }) });
  /** Per lane, the losses and targets in order. */
  const byLane = Array.from({ length: lanes.lanes }, (_, b) =>
    windows.flatMap(({ window, losses }) =>
      Array.from({ length: window.steps }, (_, t) => ({
        loss: losses[t * window.lanes + b]!,
        target: window.targets[t * window.lanes + b]!,
      })),
    ),
  );
  return { ...evaluated, byLane };
}

const fields = [
  {},
  { lower: true },
  { newline: "strip" },
  { newline: "eos" },
  { unit: "byte" },
  { unit: "word" },
  { unit: "word", newline: "strip" },
  { unit: "word", newline: "eos" },
] as const;
const title = (values: object) => JSON.stringify(values);

describe("evaluation", () => {
  test("every token is scored once, in order, whatever the lanes and windows", async () => {
    const text = vocabularyOf(TEXT);
    const stored = randomModel(text);
    for (const [lanes, steps] of [
      [1, 64],
      [2, 5],
      [3, 1],
      [7, 8],
      [64, 3],
    ] as const) {
      const model = openModel(stored, lanes, steps);
      for (const length of [1, 2, 3, 20, 57]) {
        const ids = text.vocab.encode([...TEXT].slice(0, length));
        for (const before of [undefined, text.vocab.newlineId]) {
          const { byLane, tokens } = await losses(model, evaluationLanes(sourceOf(ids), lanes, before));
          const scored = byLane.flat().filter(({ target }) => target >= 0);
          expect(scored.map(({ target }) => target)).toEqual([...ids].slice(before === undefined ? 1 : 0));
          expect(scored.every(({ loss }) => loss > 0)).toBe(true);
          expect(tokens).toBe(scored.length);
        }
      }
    }
  });

  test.each(float32Engines)("the split into windows changes no bit: %s", async (_, engine) => {
    for (const cell of ["rnn", "gru", "lstm", "qrnn"]) {
      const stored = randomModel(vocabularyOf(TEXT), { cell, layers: 2, cellSettings: { qrnnWindow: 2 } });
      const { lanes } = scoredLanes(await read(stored, OTHER), 3, stored.vocab.newlineId);
      const [whole, ...others] = await Promise.all(
        [64, 1, 2, 7].map((steps) => losses(openModel(stored, 3, steps, engine), lanes)),
      );
      for (const each of others) {
        expect(each.nats).toBe(whole!.nats);
        expect(each.byLane).toEqual(whole!.byLane);
        expect(each.state).toEqual(whole!.state);
      }
    }
  });

  test("a lane has the losses of its part of the text evaluated by itself, from a zero state", async () => {
    const stored = randomModel(vocabularyOf(TEXT), { cell: "lstm" });
    const newline = stored.vocab.newlineId!;
    const ids = idsOf(await read(stored, OTHER));
    const stream = Int32Array.of(newline, ...ids);
    const single = openModel(stored, 1, 8);
    const one = await losses(single, evaluationLanes(sourceOf(ids), 1, newline));
    for (const lanes of [2, 3, 5]) {
      const many = await losses(openModel(stored, lanes, 8), evaluationLanes(sourceOf(ids), lanes, newline));
      const positions = Math.ceil(ids.length / lanes);
      for (const [b, lane] of many.byLane.entries()) {
        const part = stream.subarray(b * positions, (b + 1) * positions + 1);
        const { byLane } = await losses(single, evaluationLanes(sourceOf(part), 1));
        expect(lane.slice(0, byLane[0]!.length)).toEqual(byLane[0]);
        expect(lane.slice(byLane[0]!.length).every(({ target, loss }) => target === -1 && loss === 0)).toBe(true);
      }
      expect(many.byLane[0]).toEqual(one.byLane[0]!.slice(0, positions)); // the first lane is the start of the text
      expect(many.nats).not.toBe(one.nats);
    }
  });

  test("it continues from the given state, and changes neither that state nor a weight", async () => {
    const stored = randomModel(vocabularyOf(TEXT), { cell: "lstm", layers: 2 });
    const model = openModel(stored, 1, 8);
    const ids = idsOf(await read(stored, OTHER));
    const whole = await losses(model, evaluationLanes(sourceOf(ids), 1));
    const first = await losses(model, evaluationLanes(sourceOf(ids.subarray(0, 21)), 1));
    const copy = structuredClone(first.state);
    let rest: { loss: number }[] = [];
    const second = await evaluate(model, evaluationLanes(sourceOf(ids.subarray(20)), 1), {
      state: first.state,
      each: (_, values) => {
        rest = [...rest, ...Array.from(values, (loss) => ({ loss }))];
      },
    });
    const values = (rows: readonly { loss: number }[]) => rows.map(({ loss }) => loss);
    expect([...values(first.byLane[0]!), ...values(rest)]).toEqual(values(whole.byLane[0]!));
    expect(second.state).toEqual(whole.state);
    expect(first.state).toEqual(copy);
    expect(model.weights()).toEqual(stored.weights);
  });

  test("if stopped between two windows it returns `complete: false` and the scores so far", async () => {
    const stored = randomModel(vocabularyOf(TEXT));
    const { lanes } = scoredLanes(await read(stored, TEXT), 1, stored.vocab.newlineId);
    let asked = 0;
    const evaluated = await evaluate(openModel(stored), lanes, { between: async () => ++asked < 3 });
    expect(evaluated).toMatchObject({ complete: false, tokens: 24 });
    expect((await evaluate(openModel(stored), lanes)).complete).toBe(true);
  });

  test.each(fields.map((values) => [title(values), values] as const))(
    "with one lane its total and sizes equal surprisal's, bit for bit: %s",
    async (_, values) => {
      const stored = randomModel(vocabularyOf(TEXT, values));
      const { lanes, ...sizes } = scoredLanes(await read(stored, OTHER), 1, stored.vocab.newlineId);
      const evaluated = await evaluate(openModel(stored, 1, 5), lanes);
      const bytes = new TextEncoder().encode(OTHER);
      const lines = await surprisal(openModel(stored, 1, 32), stored, bytes, "other.txt");
      expect(lines).toMatchObject({ nats: evaluated.nats, tokens: evaluated.tokens, ...sizes });
      expect(evaluated.nats).toBeGreaterThan(0);
    },
  );

  test.each(fields.map((values) => [title(values), values] as const))(
    "it scores texts of one, two and three tokens, with unknown characters too: %s",
    async (_, values) => {
      const stored = randomModel(vocabularyOf(TEXT, values));
      const model = openModel(stored, 4, 8);
      for (const content of ["d", "X", "dX", "X\nd", "🌉"]) {
        const tokens = await read(stored, content);
        const { lanes, ...sizes } = scoredLanes(tokens, 4, stored.vocab.newlineId);
        const evaluated = await evaluate(model, lanes);
        const scored = tokens.length - (stored.vocab.newlineId === undefined ? 1 : 0);
        expect(evaluated.tokens).toBe(scored);
        const result = score(evaluated.nats, { ...sizes, tokens: evaluated.tokens });
        for (const each of [result.nats, result.bpc, result.bpb, result.perplexity]) {
          expect(scored > 0 ? each > 0 && Number.isFinite(each) : Number.isNaN(each)).toBe(true);
        }
      }
    },
  );
});

describe("a score", () => {
  test("gives bits a character and a byte, and nats and perplexity a token", () => {
    const result = score(24 * Math.LN2, { tokens: 4, characters: 8, bytes: 12, spelling: 0 });
    expect(result.nats).toBe(6 * Math.LN2);
    expect(result.bpc).toBe(3);
    expect(result.bpb).toBe(2);
    expect(result.perplexity).toBeCloseTo(64, 10);
    expect(result.tokens).toBe(4);
  });

  test("of a uniform guess among 256 bytes is 8 bits a byte, for any text", async () => {
    const stored = randomModel(vocabularyOf("", { unit: "byte" }));
    const model = openModel({ ...stored, weights: stored.weights.map(() => 0) }, 3);
    const { lanes, ...sizes } = scoredLanes(await read(stored, TEXT), 3, stored.vocab.newlineId);
    const { nats, tokens } = await evaluate(model, lanes);
    const result = score(nats, { ...sizes, tokens });
    expect(result.bpb).toBeCloseTo(8, 6);
    expect(result.perplexity).toBeCloseTo(256, 3);
    expect(result.bpc).toBeCloseTo((8 * new TextEncoder().encode(TEXT).length) / [...TEXT].length, 6);
  });

  test("divides by the characters and bytes of the text in every unit", async () => {
    const characters = [...OTHER].length;
    const bytes = new TextEncoder().encode(OTHER).length;
    for (const values of [
      {},
      { newline: "eos" },
      { unit: "byte" },
      { unit: "word" },
      { unit: "word", newline: "eos" },
    ]) {
      const about = vocabularyOf(TEXT, values);
      for (const lanes of [1, 4]) {
        const sizes = scoredLanes(await read(about, OTHER), lanes, about.vocab.newlineId);
        expect(sizes, title(values)).toMatchObject({ characters, bytes });
      }
    }
    // A first token without context is not scored, so its characters are not counted either.
    const stripped = vocabularyOf(TEXT, { newline: "strip" });
    const lines = OTHER.replaceAll("\n", "");
    expect(scoredLanes(await read(stripped, OTHER), 1, stripped.vocab.newlineId)).toMatchObject({
      characters: [...lines].length - 1,
      bytes: new TextEncoder().encode(lines).length - 2, // ü
    });
    const words = vocabularyOf(TEXT, { unit: "word", newline: "strip" });
    expect(scoredLanes(await read(words, "Brücke 🌉"), 1, words.vocab.newlineId)).toMatchObject({
      characters: 2,
      bytes: 5,
    });
  });

  test("counts the characters after lower-casing, which may change their number", async () => {
    const about = vocabularyOf("İi", { lower: true });
    const sizes = scoredLanes(await read(about, "iİ"), 1, undefined);
    expect(sizes).toMatchObject({ characters: 2, bytes: 3 }); // i and a combining dot
  });
});
