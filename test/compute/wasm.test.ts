import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { kernelNames, NONE } from "../../src/compute/kernels.js";
import { wasmEngine, wasmLevels } from "../../src/compute/wasm/engine.js";
import * as relaxed from "../../src/compute/wasm/modules/relaxed-simd.js";
import * as simd from "../../src/compute/wasm/modules/simd.js";
import { allowRelaxedSimd } from "../../src/node/engine/relaxed-simd.js";

allowRelaxedSimd();
const kernels = new URL("../../kernels/", import.meta.url);

test("the committed modules were built from the C sources in kernels/", () => {
  const hash = createHash("sha256");
  for (const file of readdirSync(kernels).sort()) {
    if (/\.[ch]$/.test(file) && file !== "peak.c") hash.update(`${file}\0${readFileSync(new URL(file, kernels))}\0`);
  }
  const digest = hash.digest("hex");
  for (const { level, sources } of [relaxed, simd]) expect(sources, `${level}: npm run kernels`).toBe(digest);
});

test("kernels.h has the names of kernels.ts in the same order", () => {
  const text = readFileSync(new URL("kernels.h", kernels), "utf8");
  expect([...text.matchAll(/^KERNEL\((\w+)\)/gm)].map((found) => found[1])).toEqual(kernelNames);
});

test("one byte of a module says whether its memory is shared", () => {
  for (const { level, base64, limitsAt } of [relaxed, simd]) {
    const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
    expect(bytes[limitsAt], level).toBe(1);
    bytes[limitsAt] = 3;
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    expect(kernelNames.filter((name) => typeof instance.exports[name] !== "function")).toEqual([]);
  }
});

test("an arena may exceed 2 GiB, and is refused above 4 GiB", () => {
  for (const { level } of wasmLevels()) {
    const length = 2 ** 29 + 4096;
    const arena = wasmEngine(level).open(length);
    const { kernels: k, handle: h } = arena;
    const a = length - 4000;
    const packed = length - 3000;
    const out = length - 2000;
    const dw = length - 1000;
    k.fill(h, a, 1, 600);
    k.pack(h, packed, a, 30, 20, 0, 30, 0);
    k.matmul(h, out, a, packed, NONE, 1, 10, 10, 20, 30, 0);
    k.gradient(h, dw, out, a, 10, 30, 20, 0, 30);
    expect([...arena.reals(out, 301)]).toEqual([...new Array(300).fill(20), 0]);
    expect([...arena.reals(dw, 601)]).toEqual([...new Array(600).fill(200), 0]);
    expect(arena.reals(0, 4096).every((x) => x === 0)).toBe(true);
    for (const tooLong of [2 ** 30, 1e12]) expect(() => wasmEngine(level).open(tooLong)).toThrow(LonghandError);
  }
});

test("a view taken after a kernel shows its results, and integers have the offsets of reals", () => {
  const arena = wasmEngine("simd").open(100);
  arena.setIntegers(3, Int32Array.of(-1, 7, 2 ** 31 - 1));
  expect([...new Int32Array(arena.reals(2, 5).slice().buffer)]).toEqual([0, -1, 7, 2 ** 31 - 1, 0]);
  arena.kernels.fill(arena.handle, 50, 0.1, 3);
  expect([...arena.reals(49, 5)]).toEqual([0, ...new Array(3).fill(Math.fround(0.1)), 0]);
});
