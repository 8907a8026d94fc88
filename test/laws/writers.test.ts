// A model that writes on threads: one stream, many samples and a fed text have the bits of one thread, whatever the cell, the
// engine and the number of threads.

import { expect, test } from "vitest";
import type { Engine } from "../../src/compute/arena.js";
import { presentInSplit } from "../../src/compute/split.js";
import { writeSamples } from "../../src/generation/samples.js";
import { write } from "../../src/generation/write.js";
import { openWriter, type WriterSetup } from "../../src/generation/writer.js";
import { spawnFrom } from "../../src/node/engine/threads.js";
import { randomModel, vocabularyOf } from "../generation/models.js";
import { allEngines, fastest } from "../helpers/engines.js";

const text = vocabularyOf("die Brücke über den Fluß, sie steht\n");
const start = spawnFrom(new URL("../../dist/node/engine/pool-worker.js", import.meta.url));

/** Threads that tell when they serve. */
function watched() {
  const controls: SharedArrayBuffer[] = [];
  const failures: unknown[] = [];
  const threads = {
    available: 99,
    spawn(data: unknown, failed: (error: unknown) => void) {
      controls.push((data as WriterSetup).control);
      return start(data, (error) => {
        failures.push(error);
        failed(error);
      });
    },
  };
  async function present(count: number): Promise<void> {
    while (count > 0 && presentInSplit(controls[0]!) < count) {
      if (failures.length > 0) throw failures[0];
      await new Promise((go) => setTimeout(go, 2));
    }
  }
  return { threads, present, controls };
}

async function work(cell: string, engine: Engine, asked: number) {
  const stored = randomModel(text, { cell, layers: 2, hidden: cell === "rnn" ? 400 : 220 });
  const { threads, present, controls } = watched();
  const writer = openWriter(stored, engine, { threads, asked, steps: 4 });
  try {
    await present(asked - 1);
    expect([writer.threads, controls.length]).toEqual([asked, asked - 1]);
    const { session } = writer;
    session.feed("über den Fluß");
    const samples = writeSamples(session, { length: 3, count: 3 });
    const stream = write(session, { length: 12, seed: 4 });
    const { state, logits } = session.state;
    writer.end();
    return { samples, stream, logits, state, after: write(session, { length: 3 }) };
  } finally {
    writer.end();
  }
}

test.each(allEngines.flatMap(([name, engine], i) => [[name, ["gru", "rnn", "lstm"][i % 3]!, engine] as const]))(
  "on %s a %s writes the same on one, two and three threads",
  async (_, cell, engine) => {
    const expected = await work(cell, engine, 1);
    expect(expected.stream).toHaveLength(12);
    expect(await work(cell, engine, 2)).toEqual(expected);
    expect(await work(cell, engine, 3)).toEqual(expected);
  },
);

test("unset, a small model is written by one thread, and a large one by more", () => {
  const { threads, controls } = watched();
  const count = (hidden: number) => {
    const stored = randomModel(text, { hidden, embedding: 16 });
    const writer = openWriter(stored, fastest, { threads: { ...threads, available: 2 } });
    writer.end();
    return writer.threads;
  };
  expect([count(64), count(256), count(1024)]).toEqual([1, 1, 2]);
  expect(controls).toHaveLength(1);
});

test("where no thread can be had the caller writes alone, and is told why", () => {
  const heard: string[] = [];
  const stored = randomModel(text);
  const writer = openWriter(stored, fastest, { asked: 2, notice: (sentence) => heard.push(sentence) });
  expect(writer.threads).toBe(1);
  expect(heard).toEqual(["One thread computes: this way of writing starts no threads."]);
});
