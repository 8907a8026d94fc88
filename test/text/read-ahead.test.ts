// Read-ahead: lanes over an asynchronous store equal lanes in memory, for any amount of read-ahead.

import { describe, expect, test } from "vitest";
import { readAhead } from "../../src/text/storage/read-ahead.js";
import { MemoryStore, sourceIn } from "../../src/text/storage/store.js";
import type { Ids } from "../../src/text/storage/tokens.js";
import { evaluationLanes, type LaneReader, trainingLanes, type Window } from "../../src/text/windows/lanes.js";

const LENGTH = 30_011;
const memory = new MemoryStore();
memory.append(Uint8Array.from({ length: 20_000 }, (_, i) => (i * i) % 251));
memory.append(Uint16Array.from({ length: LENGTH - 20_000 }, (_, i) => (i * 31) % 1000));
const table = Int32Array.from({ length: 1000 }, (_, i) => 999 - i);

/** Reads are promised, and come after a turn or two. */
function afar(ahead: number) {
  const reads: [from: number, to: number][] = [];
  const read = async (from: number, to: number): Promise<Ids> => {
    reads.push([from, to]);
    await new Promise((go) => setTimeout(go, reads.length % 2));
    return memory.read(from, to);
  };
  return { reads, store: { length: LENGTH, append: () => {}, read, ahead } };
}

async function windows(lanes: LaneReader, steps: number): Promise<Window[]> {
  const all: Window[] = [];
  for (let at = 0; at < lanes.positions; at += steps) {
    all.push(await lanes.window(at, Math.min(steps, lanes.positions - at)));
  }
  return all;
}

describe("reading ahead", () => {
  test.each([1, 7, 100, 5000, 100_000])("windows equal those in memory, with %d numbers read ahead", async (ahead) => {
    const from = 13;
    const to = LENGTH - 5;
    const here = sourceIn(memory, from, to, table);
    const there = sourceIn(afar(ahead).store, from, to, table);
    for (const lanes of [1, 7]) {
      expect(await windows(trainingLanes(there, lanes), 61)).toEqual(await windows(trainingLanes(here, lanes), 61));
      const [a, b] = [there, here].map((source) => evaluationLanes(source, lanes, 3));
      expect(await windows(a!, 500)).toEqual(await windows(b!, 500));
    }
  });

  test("a sequential pass reads each number once, waits for few windows, and reads nothing past the end", async () => {
    const { reads, store } = afar(4000);
    const lanes = trainingLanes(sourceIn(store, 0, LENGTH, table), 2);
    let waited = 0;
    for (let at = 0; at + 20 <= lanes.positions; at += 20) {
      const window = lanes.window(at, 20);
      if (window instanceof Promise) waited += 1;
      await window;
      await new Promise((go) => setTimeout(go)); // the step
    }
    expect(waited).toBeLessThanOrEqual(3);
    const total = reads.reduce((sum, [from, to]) => sum + to - from, 0);
    expect(total).toBeLessThan(LENGTH + 2 * 4000);
    expect(reads.every(([from, to]) => from < to && to <= LENGTH)).toBe(true);
  });

  test("reads may go back, and a failed read rejects for its caller", async () => {
    const read = readAhead(memory, LENGTH, 50);
    for (const [from, to] of [
      [100, 130],
      [0, 10],
      [20_000, 20_010],
      [LENGTH - 1, LENGTH],
      [5, 5],
    ] as const) {
      expect([...(await read(from, to))]).toEqual([...memory.read(from, to)]);
    }
    let broken = false;
    const failing = readAhead(
      {
        async read(from, to) {
          if (broken) throw new Error("unplugged");
          return memory.read(from, to);
        },
      },
      LENGTH,
      20,
    );
    await failing(0, 5);
    broken = true;
    expect(() => failing(5, 8)).not.toThrow();
    await expect((async () => failing(8, 40))()).rejects.toThrow("unplugged");
  });
});
