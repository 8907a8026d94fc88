// The native addon: misuse that throws and does not crash, and what its arenas guarantee beyond the conformance suite.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { NONE } from "../../src/compute/kernels.js";
import { addonObstacle, bindArena, bufferBytes, nativeEngine } from "../../src/compute/native/engine.js";
import { sources } from "../../src/compute/sources.js";
import { loadAddon } from "../../src/node/engine/native.js";
import { noNative } from "../helpers/engines.js";

const found = loadAddon();

describe.skipIf(found.kind === "absent")(`the native engine ${noNative ?? ""}`, () => {
  if (found.kind === "absent") return;
  const { addon } = found;
  const level = addon.levels.find((each) => each.usable)!;
  const engine = nativeEngine(addon, level.name);
  const loose = level.kernels as unknown as Record<string, (...given: unknown[]) => void>;

  it("throws for any handle that it did not create", () => {
    const { handle } = engine.open(16);
    for (const wrong of [
      handle + 1,
      -1,
      0.5,
      NaN,
      Infinity,
      2 ** 32,
      2 ** 53,
      "0",
      null,
      undefined,
      {},
      1n,
      Symbol(),
    ]) {
      expect(() => loose.fill!(wrong, 0, 1, 4), String(wrong)).toThrow(TypeError);
    }
  });

  it("throws for a missing, a surplus and a malformed operand, and names it", () => {
    const { handle } = engine.open(16);
    expect(() => loose.fill!()).toThrow("fill takes 4 numbers, not 0.");
    expect(() => loose.fill!(handle, 0, 1)).toThrow("fill takes 4 numbers, not 3.");
    expect(() => loose.fill!(handle, 0, 1, 4, 5)).toThrow("fill takes 4 numbers, not 5.");
    expect(() => loose.adam!(...new Array(40).fill(0))).toThrow("adam takes 15 numbers, not 40.");
    for (const wrong of [-1, 0.5, NaN, 2 ** 32, "4", undefined, 4n]) {
      expect(() => loose.fill!(handle, 0, 1, wrong), String(wrong)).toThrow("whole 32-bit number as argument 4");
    }
    expect(() => loose.fill!(handle, 0, "1", 4)).toThrow("fill wants a number as argument 3.");
  });

  it("throws after the memory is detached, or collected with the arena", async () => {
    const buffer = new ArrayBuffer(bufferBytes(64));
    const arena = bindArena(addon, level, buffer, 64);
    arena.kernels.fill(arena.handle, 0, 1, 64);
    structuredClone(buffer, { transfer: [buffer] });
    expect(() => arena.kernels.fill(arena.handle, 0, 1, 64)).toThrow("its memory is gone");

    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const handle = (() => engine.open(64).handle)();
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      collect();
    }
    expect(() => level.kernels.fill(handle, 0, 1, 64)).toThrow("its memory is gone");
  });

  it("keeps an arena while it is referenced, and begins it at a cache line", () => {
    const arenas = Array.from({ length: 50 }, () => engine.open(1000));
    (runInNewContext("gc") as (() => void) | undefined)?.();
    for (const [i, { kernels, handle }] of arenas.entries()) kernels.fill(handle, 999, i, 1);
    expect(arenas.map(({ reals }) => reals(999, 1)[0])).toEqual([...arenas.keys()]);
    expect(arenas.map(({ reals }) => addon.skip(reals(0, 1) as Float32Array))).toEqual(arenas.map(() => 0));
  });

  it("allocates more than 4 GiB, and refuses a size that no machine has", () => {
    const length = 2 ** 30 + 4096;
    const { kernels: k, handle: h, reals } = engine.open(length);
    const a = length - 4000;
    const packed = length - 3000;
    const out = length - 2000;
    const dw = length - 1000;
    k.fill(h, a, 1, 600);
    k.pack(h, packed, a, 30, 20, 0, 30, 0);
    k.matmul(h, out, a, packed, NONE, 1, 10, 10, 20, 30, 0);
    k.gradient(h, dw, out, a, 10, 30, 20, 0, 30);
    expect([...reals(out, 301)]).toEqual([...new Array(300).fill(20), 0]);
    expect([...reals(dw, 601)]).toEqual([...new Array(600).fill(200), 0]);
    expect(reals(0, 4096).every((x) => x === 0)).toBe(true);
    expect(() => engine.open(1e15)).toThrow(LonghandError);
  });

  it("computes in one shared memory on two threads, each with its own handle", async () => {
    const buffer = new SharedArrayBuffer(bufferBytes(100));
    const arena = bindArena(addon, level, buffer, 100);
    engine.open(1); // so that the two threads' handles differ
    const script = `
      const { workerData: { path, buffer, name } } = require("node:worker_threads");
      const addon = require(path);
      const start = addon.skip(new Float32Array(buffer, 0, 1));
      const view = new Float32Array(buffer, start, 100);
      const handle = addon.bind(view);
      addon.levels.find((each) => each.name === name).kernels.affine(handle, 50, 0, 2, 1, 50);`;
    arena.kernels.fill(arena.handle, 0, 3, 50);
    const path = found.places.at(-1)!.path;
    const worker = new Worker(script, { eval: true, workerData: { path, buffer, name: level.name } });
    await new Promise((resolve, reject) => worker.once("error", reject).once("exit", resolve));
    expect([...arena.reals(50, 50)]).toEqual(new Array(50).fill(7));
  });

  it("recognises an addon of another interface, one of other sources, and a module that is no addon", () => {
    expect(addonObstacle(addon, sources)).toBeUndefined();
    expect(addonObstacle(addon, "others")).toBe("it was built from other sources");
    expect(addonObstacle({ ...addon, version: 0 }, sources)).toBe("its interface has version 0, not 1");
    const poor = { ...addon, levels: [{ ...level, kernels: { ...level.kernels, adam: undefined } }] };
    expect(addonObstacle(poor, sources)).toBe("it lacks adam");
    for (const none of [undefined, null, 7, "x", {}, { bind() {} }]) {
      expect(addonObstacle(none, sources)).toBe("it is not an addon of longhand");
    }
  });
});
