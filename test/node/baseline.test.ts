// The n-gram beside a run: in a thread of its own, which asks for no more of the text than the limits allow.

import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import type { Corpus } from "../../src/text/encoding/corpus.js";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import type { Tokens } from "../../src/text/storage/tokens.js";
import { someText } from "../helpers/cli.js";
import { input } from "../text/helpers.js";

// The built package, since the n-gram's thread is started from a file.
const built = new URL("../../dist/node/runs/baseline.js", import.meta.url).href;
const { countBaseline } = (await import(/* @vite-ignore */ built)) as typeof import("../../src/node/runs/baseline.js");

const workers: unknown[] = [];
const hear = (worker: unknown) => void workers.push(worker);
process.on("worker", hear);
afterEach(() => void workers.splice(0));

const read = () => readCorpus([input(someText(100))], { field: createField({}), validFraction: 0.2 });

describe("the n-gram", () => {
  test("is counted in one worker, and the thread that asks is free meanwhile", async () => {
    const corpus = await read();
    let turns = 0;
    let counting = true;
    const turn = () => {
      turns += 1;
      if (counting) setImmediate(turn);
    };
    setImmediate(turn);
    const { ngram, uniform } = await countBaseline(corpus, corpus.valid!);
    counting = false;
    expect(ngram.nats).toBeLessThan(uniform.nats);
    expect(workers).toEqual([expect.any(Worker)]);
    expect(turns).toBeGreaterThan(10);
  });

  test.each([
    ["in memory", 2 ** 24, false],
    ["that streams by", 2 ** 20, true],
  ])("of a text %s is counted on its last %d tokens, no more", async (_, most, streams) => {
    const corpus = await read();
    const asked: number[] = [];
    const train: Tokens = {
      ...corpus.train,
      length: most + 1000,
      ...(streams && { cursor: () => train }),
      read(from) {
        asked.push(from);
        return Promise.reject(new Error("enough"));
      },
    };
    const large: Corpus = { ...corpus, train };
    await expect(countBaseline(large, corpus.valid!)).rejects.toThrow("enough");
    expect(asked).toEqual([1000]);
  });
});
