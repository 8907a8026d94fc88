// Tests of the memory plan of a run beyond its model, and of runs that exceed the limit. long/memory.test.ts compares
// the plan with the memory of a process.

import { expect, test } from "vitest";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { fieldOf } from "../../src/training/settings/training-settings.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { prepare } from "../../src/training/training-run.js";
import { fastest } from "../helpers/engines.js";
import { tinyText } from "../helpers/run.js";

const MIB = 2 ** 20;
const small = { hidden: 8, embedding: 8, batch: 4, bptt: 8, sampleLength: 0 };
const threads = {
  available: 4,
  bytes: () => 12 * MIB,
  spawn: () => {
    throw new Error("nothing is computed here");
  },
};
const field = fieldOf(checkSettings({}));
const corpusOf = () =>
  readCorpus([{ name: "t", bytes: [new TextEncoder().encode(tinyText(9000))] }], { field, validFraction: 0.1 });

test("the plan counts workers: none for one thread, or one if windows are long; else one a thread", async () => {
  const corpus = await corpusOf();
  const workers = (settings: object) => {
    const { memory } = prepare(corpus, { ...small, ...settings }, { engine: fastest, threads });
    return memory.threads / (12 * MIB);
  };
  expect(workers({ threads: 1 })).toBe(0);
  expect(workers({ threads: 3 })).toBe(3);
  expect(workers({ threads: 1, hidden: 512, batch: 32, bptt: 32 })).toBe(1);
});

test("a model copy for measurements counts too, and is refused by name if only one model fits", async () => {
  const corpus = await corpusOf();
  const { total } = prepare(corpus, small, { engine: fastest }).memory;
  const room = { bytes: 1.5 * total, whose: "this machine" };
  expect(prepare(corpus, small, { engine: fastest, room }).memory.measured).toBe(0);
  expect(() => prepare(corpus, small, { engine: fastest, room, throwaway: true })).toThrow(
    /measured .*this machine has/,
  );
});

test("the n-gram is left out, with a notice, if only the run fits the memory", async () => {
  const corpus = await corpusOf();
  const { total } = prepare(corpus, small, { engine: fastest }).memory;
  const prepareWithin = (bytes: number) => {
    const notices: string[] = [];
    let counted = false;
    const baseline = () => {
      counted = true;
      return new Promise<never>(() => {});
    };
    prepare(corpus, small, {
      engine: fastest,
      baseline,
      room: { bytes, whose: "this machine" },
      notice: (text) => notices.push(text),
    });
    return { counted, notices };
  };
  expect(prepareWithin(total + 2 * MIB)).toEqual({ counted: true, notices: [] });
  const { counted, notices } = prepareWithin(total + 1000);
  expect(counted).toBe(false);
  expect(notices).toEqual([expect.stringMatching(/^The n-gram is not counted: it takes .* of memory/)]);
});

test("a run of two layers with dropout that is too large is offered one layer without dropout", async () => {
  const corpus = await corpusOf();
  const settings = { ...small, hidden: 64, layers: 2, dropout: 0.2 };
  const one = prepare(corpus, { ...settings, layers: 1, dropout: 0 }, { engine: fastest }).memory;
  const room = { bytes: one.total, whose: "this machine" };
  expect(() => prepare(corpus, settings, { engine: fastest, room })).toThrow(
    expect.objectContaining({ code: "usage", hint: expect.stringContaining("`layers: 1` `dropout: 0`") }),
  );
});
