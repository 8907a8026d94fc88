// The worker pool with items that only count: which thread runs which part, in which order, and what happens if a
// thread fails. (laws/threads.test.ts checks the bits of models.)

import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import type { ThreadFailed } from "../../src/base/ports.js";
import { createWorkerPool, presentIn, type WorkerPool, type WorkerPoolOptions } from "../../src/compute/worker-pool.js";
import { spawnFrom } from "../../src/node/engine/threads.js";

interface Item {
  readonly kind: "mark" | "throw" | "exit" | "hang";
  readonly parts: number;
}

const spawn = spawnFrom(new URL("./worker-pool/worker.mjs", import.meta.url));
const open: WorkerPool<Item>[] = [];
afterEach(() => {
  for (const pool of open.splice(0)) pool.end();
});

/** Marks that are no counts: one for which a hanging item waits, and one that an item is failing. As in worker.mjs. */
const HANGS = 0;
const FAILING = 1023;
const PATIENCE_MS = 10_000;

/**
 * A pool whose items count in `marks`: from index 1 how often each part ran, then how many parts each worker ran (0 is
 * the calling thread).
 */
function poolOf(threads: number, over: Partial<WorkerPoolOptions<Item>> = {}, neverServes?: number) {
  const buffer = new SharedArrayBuffer(4096);
  const marks = new Int32Array(buffer);
  const controls: SharedArrayBuffer[] = [];
  const refused: unknown[] = [];
  let pauses = 0;
  const mark = (at: number, value: number) => {
    Atomics.store(marks, at, value);
    Atomics.notify(marks, at);
  };
  /** The calling thread's part of a failing item: waits until the worker has its part. */
  const untilFailing = (item: Item) => {
    if (item.kind !== "mark") Atomics.wait(marks, FAILING, 0, PATIENCE_MS);
  };
  const pool = createWorkerPool<Item>({
    threads,
    run(item, part) {
      Atomics.add(marks, 1 + part, 1);
      Atomics.add(marks, 1 + item.parts, 1);
    },
    spawn(control, worker, failed) {
      controls.push(control);
      return spawn({ control, worker, marks: buffer, neverServes }, failed);
    },
    refused: (error) => refused.push(error),
    async pause() {
      pauses += 1;
      if (pauses % 2 === 0) mark(HANGS, 1);
      await setImmediate();
    },
    ...over,
  });
  open.push(pool);
  const run = (kind: Item["kind"], parts: number) => {
    marks.fill(0);
    return pool.run({ kind, parts }, parts);
  };
  const present = async (count: number) => {
    while (presentIn(controls.at(-1)!) < count) await new Promise((go) => setTimeout(go, 2));
  };
  const done = (parts: number) => [...marks.subarray(1, 1 + parts)];
  const by = (parts: number) => [...marks.subarray(1 + parts, 2 + parts + threads)];
  return { pool, run, present, done, by, refused, controls, untilFailing, pauses: () => pauses };
}

const ones = (n: number) => new Array<number>(n).fill(1);

describe("a worker pool", () => {
  test("runs every part of every item once, and items one after another", async () => {
    const pool = poolOf(3);
    await pool.run("mark", 1);
    await pool.present(2);
    const shares = [0, 0, 0, 0];
    for (let i = 0; i < 1500; i++) {
      const parts = 1 + ((i * 7) % 1000);
      await pool.run("mark", parts);
      if (pool.done(parts).some((times) => times !== 1)) expect(pool.done(parts)).toEqual(ones(parts));
      for (const [who, share] of pool.by(parts).entries()) shares[who]! += share;
    }
    expect(shares[1]! + shares[2]!).toBeGreaterThan(0); // the workers compute
    expect(shares[0]).toBeGreaterThan(0); // and so does the calling thread
  });

  test("works past 4,096 items, where its phase counter wraps around", async () => {
    const pool = poolOf(2);
    await pool.run("mark", 1);
    await pool.present(1);
    for (let i = 0; i < 4200; i++) {
      await pool.run("mark", 2);
      if (pool.done(2).some((times) => times !== 1)) expect(pool.done(2), `item ${i}`).toEqual(ones(2));
    }
  });

  test("takes parts from both ends, so that a thread gets the parts that it had before", async () => {
    let mine: number[] = [];
    const pool = poolOf(2, {
      run(_, part) {
        mine.push(part);
        for (const begun = performance.now(); performance.now() - begun < 0.01; ); // leave the worker some
      },
    });
    await pool.run("mark", 1);
    await pool.present(1);
    let both = 0;
    for (let i = 0; i < 200; i++) {
      mine = [];
      await pool.run("mark", 40);
      const lowest = 40 - mine.length;
      expect(mine).toEqual(Array.from(mine, (_, k) => 39 - k));
      expect(pool.done(40)).toEqual([...ones(lowest), ...new Array(mine.length).fill(0)]);
      if (lowest > 0 && mine.length > 0) both += 1;
    }
    expect(both).toBeGreaterThan(0);
  });

  test("runs an item on the calling thread alone while no worker is serving", async () => {
    const pool = poolOf(2, {}, 1);
    for (let i = 0; i < 5; i++) {
      await pool.run("mark", 9);
      expect([pool.done(9), pool.by(9)]).toEqual([ones(9), [9, 0, 0]]);
    }
  });

  test("that cannot start a thread reports it once and runs items on the calling thread", async () => {
    const spawn = () => {
      throw new Error("not allowed");
    };
    const pool = poolOf(4, { spawn });
    for (let i = 0; i < 3; i++) {
      await pool.run("mark", 9);
      expect(pool.done(9)).toEqual(ones(9));
    }
    expect(pool.refused.map(String)).toEqual(["Error: not allowed"]);
  });

  test("whose worker's file cannot be loaded reports it once and goes on with one thread", async () => {
    for (const long of [false, true]) {
      const spawn = (_control: SharedArrayBuffer, _worker: number, failed: ThreadFailed) => {
        setTimeout(() => failed(new Error("404"), false));
        return { end() {} };
      };
      const pool = poolOf(3, { spawn, long });
      for (let i = 0; i < 3; i++) {
        await pool.run("mark", 9);
        expect(pool.done(9)).toEqual(ones(9));
        await new Promise((go) => setTimeout(go, 5));
      }
      expect(pool.refused.map(String)).toEqual(["Error: 404"]);
    }
  });

  test("starts one more worker if items are long, and then the calling thread only handles events", async () => {
    let long = true;
    const pool = poolOf(1, {
      run() {
        const begun = performance.now();
        while (long && performance.now() - begun < 60);
      },
    });
    await pool.run("mark", 1);
    long = false;
    await pool.present(1);
    await pool.run("mark", 8);
    expect(pool.by(8)).toEqual([0, 8]);
    const before = pool.pauses();
    await pool.run("hang", 3); // until the calling thread has yielded twice
    expect(pool.by(3)).toEqual([0, 3]);
    expect(pool.pauses() - before).toBeGreaterThanOrEqual(2);
  });

  test("with long items does not compute on the calling thread, from the first item on", async () => {
    const pool = poolOf(1, { long: true });
    await pool.run("hang", 3);
    expect(pool.by(3)).toEqual([0, 3]);
    expect(pool.pauses()).toBeGreaterThanOrEqual(2);
  });

  test("ends its workers, and starts others at the next item", async () => {
    const pool = poolOf(2);
    await pool.run("mark", 1);
    await pool.present(1);
    pool.pool.end();
    await pool.run("mark", 5);
    expect(pool.done(5)).toEqual(ones(5));
    await pool.present(1);
    expect(new Set(pool.controls).size).toBe(2);
  });
});

describe("an item fails, and every later one,", () => {
  test.each([
    ["throw", "of a worker broke"],
    ["exit", "A worker thread ended unexpectedly (code 3)"],
  ] as const)("with the worker's own error: %s", async (kind, message) => {
    const pool = poolOf(2, { run: (item) => pool.untilFailing(item) });
    await pool.run("mark", 1);
    await pool.present(1);
    await expect(pool.run(kind, 4)).rejects.toThrow(message);
    await expect(pool.run("mark", 1)).rejects.toThrow();
  });

  test("after a worker was killed while it slept", async () => {
    const workers: Worker[] = [];
    let present = () => 0;
    const pool = poolOf(2, {
      spawn(control, worker, failed) {
        const data = { control, worker, marks: new SharedArrayBuffer(4096) };
        const thread = new Worker(new URL("./worker-pool/worker.mjs", import.meta.url), { workerData: data });
        thread.once("exit", (code) => failed(new Error(`gone with ${code}`)));
        workers.push(thread);
        present = () => presentIn(control);
        return { end: () => void thread.terminate() };
      },
    });
    await pool.run("mark", 1);
    while (present() === 0) await new Promise((go) => setTimeout(go, 2));
    await workers[0]!.terminate();
    await expect(pool.run("mark", 1)).rejects.toThrow("gone with");
  });

  test("with the calling thread's own error if its part throws", async () => {
    const pool = poolOf(2, {
      run() {
        throw new Error("mine");
      },
    });
    await expect(pool.run("mark", 1)).rejects.toThrow("mine");
    await expect(pool.run("mark", 1)).rejects.toThrow("mine");
  });
});
