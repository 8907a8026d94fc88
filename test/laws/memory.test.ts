// What a run is counted to hold beside its model, and what happens where that has no room. That the sum is what a process then
// holds is in long/memory.test.ts.

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

test("workers are counted: none on one thread, one where its windows are long, else as many as threads", async () => {
  const corpus = await corpusOf();
  const workers = (settings: object) => {
    const { memory } = prepare(corpus, { ...small, ...settings }, { engine: fastest, threads });
    return memory.threads / (12 * MIB);
  };
  expect(workers({ threads: 1 })).toBe(0);
  expect(workers({ threads: 3 })).toBe(3);
  expect(workers({ threads: 1, hidden: 512, batch: 32, bptt: 32 })).toBe(1);
});

test("a copy that is measured counts once more, and is refused by that name where there is room for one alone", async () => {
  const corpus = await corpusOf();
  const { total } = prepare(corpus, small, { engine: fastest }).memory;
  const room = { bytes: 1.5 * total, whose: "this machine" };
  expect(prepare(corpus, small, { engine: fastest, room }).memory.measured).toBe(0);
  expect(() => prepare(corpus, small, { engine: fastest, room, throwaway: true })).toThrow(
    /measured .*this machine has/,
  );
});

test("the n-gram is left out, with a sentence, where the run has room and it has none", async () => {
  const corpus = await corpusOf();
  const { total } = prepare(corpus, small, { engine: fastest }).memory;
  const told = (bytes: number) => {
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
  expect(told(total + 2 * MIB)).toEqual({ counted: true, notices: [] });
  const { counted, notices } = told(total + 1000);
  expect(counted).toBe(false);
  expect(notices).toEqual([expect.stringMatching(/^The n-gram is not counted: it takes .* of memory/)]);
});
