import { afterEach, expect, test, vi } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { chooseEngine, engineNames } from "../../src/compute/engines.js";
import { kernelNames } from "../../src/compute/kernels.js";
import type { AddonFound, NativeAddon, NativeLevel } from "../../src/compute/native/engine.js";
import { allowRelaxedSimd } from "../../src/node/engine/relaxed-simd.js";

allowRelaxedSimd();
afterEach(() => vi.restoreAllMocks());

const chosen = (...asked: Parameters<typeof chooseEngine>): string => {
  const { name, level } = chooseEngine(...asked).engine;
  return `${name} ${level}`;
};

/** A runtime that takes only the modules that `takes` says; they are asked for fastest first. */
function runtimeThatTakes(...takes: boolean[]): void {
  const answers = takes.values();
  vi.spyOn(WebAssembly, "validate").mockImplementation(() => answers.next().value ?? false);
}

test("auto chooses the fastest engine, and a name chooses that engine", () => {
  const portable = engineNames.filter((name) => !name.startsWith("native"));
  expect(Object.fromEntries(portable.map((name) => [name, chosen(name)]))).toEqual({
    auto: "wasm relaxed-simd",
    wasm: "wasm relaxed-simd",
    "wasm-simd": "wasm simd",
    reference: "reference f32",
  });
  expect(chooseEngine("auto").skipped).toEqual([]);
});

test("an unknown engine is refused with the known names", () => {
  expect(() => chooseEngine("wams" as "wasm")).toThrow(
    expect.objectContaining({
      message: `engine wants one of ${engineNames.join(", ")}; got "wams".`,
      hint: "Did you mean wasm?",
    }),
  );
});

test("in f64 only the reference engine computes, and the others have a reason why not", () => {
  const { engine, skipped } = chooseEngine("auto", "f64");
  expect([engine.name, engine.precision]).toEqual(["reference", "f64"]);
  expect(skipped).toEqual([
    { name: "wasm (relaxed-simd)", reason: "it computes in f32, not in f64" },
    { name: "wasm (simd)", reason: "it computes in f32, not in f64" },
  ]);
  expect(() => chooseEngine("wasm", "f64")).toThrow(LonghandError);
});

test("without relaxed SIMD auto is plain SIMD, and without SIMD the reference engine, with the reasons", () => {
  runtimeThatTakes(false, true);
  const plain = chooseEngine("auto");
  expect(plain.engine.level).toBe("simd");
  expect(plain.skipped).toEqual([
    { name: "wasm (relaxed-simd)", reason: "this runtime's WebAssembly lacks relaxed-simd" },
  ]);
  runtimeThatTakes(false, false);
  const slow = chooseEngine("auto");
  expect(slow.engine.name).toBe("reference");
  expect(slow.skipped.map((each) => each.name)).toEqual(["wasm (relaxed-simd)", "wasm (simd)"]);
  runtimeThatTakes(false, false);
  expect(() => chooseEngine("wasm")).toThrow(/^engine wasm cannot be used here: .*lacks relaxed-simd; .*lacks simd\.$/);
});

/** An addon whose levels this processor has or lacks; nothing of it can be called. */
function addonWith(levels: Partial<Record<NativeLevel, boolean>>): AddonFound {
  const kernels = Object.fromEntries(kernelNames.map((name) => [name, () => {}]));
  const each = Object.entries(levels).map(([name, usable]) => ({ name, usable, lanes: 4, panel: 8, kernels }));
  return { kind: "loaded", addon: { levels: each } as unknown as NativeAddon };
}

test("with an addon, auto and native choose its best level, and a level's name chooses that level", () => {
  const found = addonWith({ avx512: false, avx2: true, sse2: true });
  const named = engineNames.filter((name) => !/avx512|neon/.test(name));
  expect(Object.fromEntries(named.map((name) => [name, chosen(name, "f32", found)]))).toEqual({
    auto: "native avx2",
    native: "native avx2",
    "native-avx2": "native avx2",
    "native-sse2": "native sse2",
    wasm: "wasm relaxed-simd",
    "wasm-simd": "wasm simd",
    reference: "reference f32",
  });
  expect(chooseEngine("auto", "f32", found).skipped).toEqual([]);
});

test("a level that the processor or the runtime lacks is refused with those that it has", () => {
  const found = addonWith({ avx512: false, avx2: true, sse2: true });
  for (const name of ["native-avx512", "native-neon"] as const) {
    expect(() => chooseEngine(name, "f32", found)).toThrow(`${name}: this processor has avx2, sse2.`);
  }
  expect(() => chooseEngine("native")).toThrow("native: only Node has it.");
  const absent = { kind: "absent", reason: "no addon for here" } as const;
  expect(() => chooseEngine("native", "f32", absent)).toThrow("native: no addon for here.");
  expect(() => chooseEngine("native", "f64", found)).toThrow("it computes in f32, not in f64");
});

test("without a usable addon wasm computes, with the reason; a runtime without addons gives no reason", () => {
  const { engine, skipped } = chooseEngine("auto", "f32", { kind: "absent", reason: "no addon for here" });
  expect([engine.name, skipped]).toEqual(["wasm", [{ name: "native", reason: "no addon for here" }]]);
  expect(chooseEngine("auto").skipped).toEqual([]);
});
