// Products split over threads: the bits of one thread, whoever computed what; and what becomes of it when a thread is
// late, ends or hangs.

import { afterEach, describe, expect, test } from "vitest";
import type { Engine } from "../../src/compute/arena.js";
import { NONE, packedSize } from "../../src/compute/kernels.js";
import { openSplit, presentInSplit, type Split } from "../../src/compute/split.js";
import { spawnFrom } from "../../src/node/engine/threads.js";
import { newDraw } from "../conformance/draw.js";
import { allEngines, fastest } from "../helpers/engines.js";

const spawn = spawnFrom(new URL("./split/worker.mjs", import.meta.url));
const open: Split[] = [];
afterEach(() => {
  for (const split of open.splice(0)) split.end();
});

/** `counts` has the parts of each thread from 1 on; `heard` what the caller was told. */
function splitOf(engine: Engine, threads: number, how = "serve", patience?: number) {
  const marks = new SharedArrayBuffer(64);
  const controls: SharedArrayBuffer[] = [];
  const heard: unknown[] = [];
  const { name, level } = engine;
  const split = openSplit(engine, {
    threads,
    spawn(setup, failed) {
      controls.push(setup.control);
      return spawn({ ...setup, marks, how, engine: { name, level } }, failed);
    },
    refused: (error) => heard.push(error),
    ...(patience !== undefined && { patience }),
  });
  open.push(split);
  return { split, counts: new Int32Array(marks), heard, controls };
}

const soon = () => new Promise((go) => setTimeout(go, 2));

interface Shape {
  readonly blocks?: number;
  readonly rows: number;
  readonly k: number;
  readonly n: number;
  readonly bias?: boolean;
  readonly accumulate?: boolean;
}

/** The bits of a product over an arena that `opened` opens. */
function product(opened: (length: number) => ReturnType<Engine["open"]>, panel: number) {
  const [most, width] = [2 ** 20, 1600];
  const [packed, w] = [0, most];
  const [a, bias, out] = [2 * most, 2 * most + 2 ** 16, 2 * most + 2 ** 17];
  const arena = opened(2 * most + 2 ** 18);
  const draw = newDraw(4);
  const random = Float32Array.from({ length: 4096 }, () => draw.between(1, -1, 1)[0]!);
  for (const [at, length] of [
    [w, most],
    [a, 2 ** 16],
    [bias, width],
    [out, 2 ** 17],
  ] as const) {
    const reals = arena.reals(at, length);
    for (let i = 0; i < length; i++) reals[i] = random[(i * 7) % 4093]!;
  }
  const { kernels, handle } = arena;
  return ({ blocks = 1, rows, k, n, bias: biased = true, accumulate = false }: Shape) => {
    arena.reals(packed, packedSize(k, n, panel)).fill(0);
    kernels.pack(handle, packed, w, n, k, 0, n, 0);
    const b = biased ? bias : NONE;
    kernels.matmul(handle, out, a, packed, b, blocks, rows, rows, k, n, accumulate ? 1 : 0);
    return [...arena.reals(out, blocks * rows * n)];
  };
}

const shapes: Shape[] = [
  { rows: 1, k: 256, n: 768 },
  { rows: 1, k: 300, n: 517, accumulate: true },
  { rows: 1, k: 1000, n: 131, bias: false, accumulate: true },
  { rows: 1, k: 16384, n: 8, bias: false },
  { rows: 2, k: 128, n: 520 },
  { rows: 5, k: 77, n: 400, accumulate: true },
  { rows: 33, k: 64, n: 65, bias: false },
  { blocks: 7, rows: 1, k: 100, n: 200 },
];

describe.each(allEngines)("on %s", (_, engine) => {
  test.each([2, 3])("a product has the bits of one thread on %d, and each took its parts", async (threads) => {
    const { split, counts, controls } = splitOf(engine, threads);
    const whole = product((length) => engine.open(length), engine.panel);
    const shared = product(split.open, engine.panel);
    await present(controls[0]!, threads - 1);
    for (let round = 0; round < 20 || counts.subarray(1, threads).some((n) => n === 0); round++) {
      const shape = shapes[round % shapes.length]!;
      expect(shared(shape)).toEqual(whole(shape));
      if (round % 5 === 4) await new Promise((go) => setTimeout(go, 5)); // they fall asleep
    }
  });
});

/** Waits until so many serve. */
async function present(control: SharedArrayBuffer, count: number): Promise<void> {
  while (presentInSplit(control) < count) await soon();
}

test("a small product, and one whose rows lie apart, are the caller's alone", async () => {
  const { split, counts, controls } = splitOf(fastest, 2);
  const shared = product(split.open, fastest.panel);
  await present(controls[0]!, 1);
  for (let i = 0; i < 500; i++) shared({ rows: 1, k: 256, n: 500 });
  await soon();
  expect(counts[1]).toBe(0);
});

test("before a thread serves, and after it has ended, the caller computes alone; that it ended is told once", async () => {
  const { split, heard, counts } = splitOf(fastest, 3, "end");
  const whole = product((length) => fastest.open(length), fastest.panel);
  const shared = product(split.open, fastest.panel);
  expect(shared(shapes[0]!)).toEqual(whole(shapes[0]!));
  while (heard.length === 0) await soon();
  for (const shape of shapes) expect(shared(shape)).toEqual(whole(shape));
  expect(heard).toHaveLength(1);
  expect(heard[0]).toMatchObject({ message: expect.stringContaining("has ended before its time (code 7)") });
  expect(counts[1]).toBe(0);
});

test("a thread that hangs in its part is an error, not a wait without end", async () => {
  const { split, controls } = splitOf(fastest, 2, "hang", 100);
  const shared = product(split.open, fastest.panel);
  await present(controls[0]!, 1);
  const until = () => {
    for (let i = 0; i < 100_000; i++) shared(shapes[0]!);
  };
  expect(until).toThrow("A thread that computes gives no answer.");
});

test("a thread that lets the caller wait is left out for many products, and then tried again", async () => {
  const { split, counts, controls } = splitOf(fastest, 2, "late");
  const shared = product(split.open, fastest.panel);
  await present(controls[0]!, 1);
  const until = (parts: number) => {
    for (let products = 1; ; products++) {
      shared({ rows: 64, k: 64, n: 64 });
      if (counts[1] === parts) return products;
    }
  };
  until(1);
  expect(until(2)).toBeGreaterThan(900);
});

test("where no thread can be started the caller computes alone, and is told why", () => {
  const heard: unknown[] = [];
  const refusal = new Error("no threads today");
  const spawnNone = () => {
    throw refusal;
  };
  const split = openSplit(fastest, { threads: 2, spawn: spawnNone, refused: (error) => heard.push(error) });
  const whole = product((length) => fastest.open(length), fastest.panel);
  expect(product(split.open, fastest.panel)(shapes[0]!)).toEqual(whole(shapes[0]!));
  expect(heard).toEqual([refusal]);
});
