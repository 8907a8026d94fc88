// A crew by itself, with acts that only leave marks: who does what, what comes before what, and what becomes of it when
// a thread fails. That a model's bits are right on it is in laws/threads.test.ts.

import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import type { ThreadFailed } from "../../src/base/ports.js";
import { createWorkerPool, presentIn, type WorkerPool, type WorkerPoolOptions } from "../../src/compute/worker-pool.js";
import { spawnFrom } from "../../src/node/engine/threads.js";

interface Act {
  readonly kind: "mark" | "throw" | "exit" | "hang";
  readonly parts: number;
}

const spawn = spawnFrom(new URL("./crew/worker.mjs", import.meta.url));
const open: WorkerPool<Act>[] = [];
afterEach(() => {
  for (const pool of open.splice(0)) pool.end();
});

/** Marks that are not counts: what a hanging act waits for, and that an act fails. As in worker.mjs. */
const [HANGS, FAILING] = [0, 1023];
const PATIENCE_MS = 10_000;

/**
 * A crew whose acts count in `marks`: from 1 on, how often each part was done; then how many parts each worker did, 0
 * the caller.
 */
function crewOf(threads: number, over: Partial<WorkerPoolOptions<Act>> = {}, neverServes?: number) {
  const buffer = new SharedArrayBuffer(4096);
  const marks = new Int32Array(buffer);
  const controls: SharedArrayBuffer[] = [];
  const refused: unknown[] = [];
  let pauses = 0;
  const mark = (at: number, value: number) => {
    Atomics.store(marks, at, value);
    Atomics.notify(marks, at);
  };
  /** The caller's part of an act that fails: until the worker has its own, so that none is done before. */
  const untilFailing = (act: Act) => {
    if (act.kind !== "mark") Atomics.wait(marks, FAILING, 0, PATIENCE_MS);
  };
  const pool = createWorkerPool<Act>({
    threads,
    run(act, part) {
      Atomics.add(marks, 1 + part, 1);
      Atomics.add(marks, 1 + act.parts, 1);
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
  const run = (kind: Act["kind"], parts: number) => {
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

describe("a crew", () => {
  test("does every part of every act once, and no act before the one before is done", async () => {
    const crew = crewOf(3);
    await crew.run("mark", 1);
    await crew.present(2);
    const shares = [0, 0, 0, 0];
    for (let i = 0; i < 1500; i++) {
      const parts = 1 + ((i * 7) % 1000);
      await crew.run("mark", parts);
      if (crew.done(parts).some((times) => times !== 1)) expect(crew.done(parts)).toEqual(ones(parts));
      for (const [who, share] of crew.by(parts).entries()) shares[who]! += share;
    }
    expect(shares[1]! + shares[2]!).toBeGreaterThan(0); // the workers do work
    expect(shares[0]).toBeGreaterThan(0); // and the caller
  });

  test("goes on where its phases are counted round, after 4096", async () => {
    const crew = crewOf(2);
    await crew.run("mark", 1);
    await crew.present(1);
    for (let i = 0; i < 4200; i++) {
      await crew.run("mark", 2);
      if (crew.done(2).some((times) => times !== 1)) expect(crew.done(2), `act ${i}`).toEqual(ones(2));
    }
  });

  test("takes parts from both ends, each thread from its own, so that it has those it had before", async () => {
    let mine: number[] = [];
    const crew = crewOf(2, {
      run(_, part) {
        mine.push(part);
        for (const begun = performance.now(); performance.now() - begun < 0.01; ); // leave the worker some
      },
    });
    await crew.run("mark", 1);
    await crew.present(1);
    let both = 0;
    for (let i = 0; i < 200; i++) {
      mine = [];
      await crew.run("mark", 40);
      const lowest = 40 - mine.length;
      expect(mine).toEqual(Array.from(mine, (_, k) => 39 - k));
      expect(crew.done(40)).toEqual([...ones(lowest), ...new Array(mine.length).fill(0)]);
      if (lowest > 0 && mine.length > 0) both += 1;
    }
    expect(both).toBeGreaterThan(0);
  });

  test("of which nobody else has come yet does its act by the caller alone", async () => {
    const crew = crewOf(2, {}, 1);
    for (let i = 0; i < 5; i++) {
      await crew.run("mark", 9);
      expect([crew.done(9), crew.by(9)]).toEqual([ones(9), [9, 0, 0]]);
    }
  });

  test("that may start no thread says so once and does its acts by the caller alone", async () => {
    const spawn = () => {
      throw new Error("not allowed");
    };
    const crew = crewOf(4, { spawn });
    for (let i = 0; i < 3; i++) {
      await crew.run("mark", 9);
      expect(crew.done(9)).toEqual(ones(9));
    }
    expect(crew.refused.map(String)).toEqual(["Error: not allowed"]);
  });

  test("whose worker's file cannot be loaded says so once and goes on with one thread", async () => {
    for (const long of [false, true]) {
      const spawn = (_control: SharedArrayBuffer, _worker: number, failed: ThreadFailed) => {
        setTimeout(() => failed(new Error("404"), false));
        return { end() {} };
      };
      const crew = crewOf(3, { spawn, long });
      for (let i = 0; i < 3; i++) {
        await crew.run("mark", 9);
        expect(crew.done(9)).toEqual(ones(9));
        await new Promise((go) => setTimeout(go, 5));
      }
      expect(crew.refused.map(String)).toEqual(["Error: 404"]);
    }
  });

  test("calls one more worker where acts are long, and then the caller only listens", async () => {
    let long = true;
    const crew = crewOf(1, {
      run() {
        const begun = performance.now();
        while (long && performance.now() - begun < 60);
      },
    });
    await crew.run("mark", 1);
    long = false;
    await crew.present(1);
    await crew.run("mark", 8);
    expect(crew.by(8)).toEqual([0, 8]);
    const before = crew.pauses();
    await crew.run("hang", 3); // until the caller has listened twice
    expect(crew.by(3)).toEqual([0, 3]);
    expect(crew.pauses() - before).toBeGreaterThanOrEqual(2);
  });

  test("whose acts are known to be long only listens from the first one on", async () => {
    const crew = crewOf(1, { long: true });
    await crew.run("hang", 3);
    expect(crew.by(3)).toEqual([0, 3]);
    expect(crew.pauses()).toBeGreaterThanOrEqual(2);
  });

  test("sends its workers home, and calls others at the next act", async () => {
    const crew = crewOf(2);
    await crew.run("mark", 1);
    await crew.present(1);
    crew.pool.end();
    await crew.run("mark", 5);
    expect(crew.done(5)).toEqual(ones(5));
    await crew.present(1);
    expect(new Set(crew.controls).size).toBe(2);
  });
});

describe("an act fails, and every later one,", () => {
  test.each([
    ["throw", "of a worker broke"],
    ["exit", "A worker thread ended unexpectedly (code 3)"],
  ] as const)("with the worker's own word where one does: %s", async (kind, message) => {
    const crew = crewOf(2, { run: (act) => crew.untilFailing(act) });
    await crew.run("mark", 1);
    await crew.present(1);
    await expect(crew.run(kind, 4)).rejects.toThrow(message);
    await expect(crew.run("mark", 1)).rejects.toThrow();
  });

  test("where a worker was killed while it slept", async () => {
    const workers: Worker[] = [];
    let present = () => 0;
    const crew = crewOf(2, {
      spawn(control, worker, failed) {
        const data = { control, worker, marks: new SharedArrayBuffer(4096) };
        const thread = new Worker(new URL("./crew/worker.mjs", import.meta.url), { workerData: data });
        thread.once("exit", (code) => failed(new Error(`gone with ${code}`)));
        workers.push(thread);
        present = () => presentIn(control);
        return { end: () => void thread.terminate() };
      },
    });
    await crew.run("mark", 1);
    while (present() === 0) await new Promise((go) => setTimeout(go, 2));
    await workers[0]!.terminate();
    await expect(crew.run("mark", 1)).rejects.toThrow("gone with");
  });

  test("with the caller's own error where its part threw", async () => {
    const crew = crewOf(2, {
      run() {
        throw new Error("mine");
      },
    });
    await expect(crew.run("mark", 1)).rejects.toThrow("mine");
    await expect(crew.run("mark", 1)).rejects.toThrow("mine");
  });
});
