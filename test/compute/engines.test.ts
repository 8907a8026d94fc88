import { afterEach, expect, test, vi } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { chooseEngine, engineNames } from "../../src/compute/engines.js";
import { allowRelaxedSimd } from "../../src/node/relaxed-simd.js";

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

test("auto is the fastest engine there is, and a name means what it says", () => {
  expect(Object.fromEntries(engineNames.map((name) => [name, chosen(name)]))).toEqual({
    auto: "wasm relaxed-simd",
    wasm: "wasm relaxed-simd",
    "wasm-simd": "wasm simd",
    reference: "reference f32",
  });
  expect(chooseEngine("auto").passedOver).toEqual([]);
});

test("in f64 only the reference computes, and the others say why they do not", () => {
  const { engine, passedOver } = chooseEngine("auto", "f64");
  expect([engine.name, engine.precision]).toEqual(["reference", "f64"]);
  expect(passedOver).toEqual([
    { name: "wasm (relaxed-simd)", reason: "it computes in f32, not in f64" },
    { name: "wasm (simd)", reason: "it computes in f32, not in f64" },
  ]);
  expect(() => chooseEngine("wasm", "f64")).toThrow(LonghandError);
});

test("a runtime without relaxed SIMD gets plain SIMD, and one without SIMD the reference, with the reasons", () => {
  runtimeThatTakes(false, true);
  const plain = chooseEngine("auto");
  expect(plain.engine.level).toBe("simd");
  expect(plain.passedOver).toEqual([
    { name: "wasm (relaxed-simd)", reason: "this runtime's WebAssembly lacks relaxed-simd" },
  ]);
  runtimeThatTakes(false, false);
  const slow = chooseEngine("auto");
  expect(slow.engine.name).toBe("reference");
  expect(slow.passedOver.map((each) => each.name)).toEqual(["wasm (relaxed-simd)", "wasm (simd)"]);
  runtimeThatTakes(false, false);
  expect(() => chooseEngine("wasm")).toThrow(
    /^--engine wasm cannot be used here: .*lacks relaxed-simd; .*lacks simd\.\nUse --engine auto\.$/,
  );
});
