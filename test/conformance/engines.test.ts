// Every engine against the conformance suite, at every level that this machine can run.

import { expect, test } from "vitest";
import { wasmLevels } from "../../src/compute/wasm/engine.js";
import { f32, native, noNative, wasm } from "../helpers/engines.js";
import { conformance } from "./suite.js";

for (const engine of [f32, ...wasm, ...native]) conformance(engine);

test("every level of the wasm engine is held against the suite here", () => {
  expect(wasmLevels().filter((each) => !each.usable)).toEqual([]);
});

test("the native engine is held against the suite here, at each of its levels", (context) => {
  if (noNative !== undefined) context.skip(noNative);
  console.log(`native levels: ${native.map(({ level }) => level).join(", ")}`);
  expect(native.length).toBeGreaterThan(0);
});
