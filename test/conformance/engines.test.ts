// Every engine against the conformance suite. To add an engine, add a line.

import { expect, test } from "vitest";
import type { Engine } from "../../src/compute/arena.js";
import { referenceEngine } from "../../src/compute/reference/engine.js";
import { wasmEngine, wasmLevels } from "../../src/compute/wasm/engine.js";
import { allowRelaxedSimd } from "../../src/node/relaxed-simd.js";
import { conformance } from "./suite.js";

allowRelaxedSimd();

const engines: Engine[] = [
  referenceEngine("f32"),
  ...wasmLevels()
    .filter((each) => each.usable)
    .map((each) => wasmEngine(each.level)),
];

for (const engine of engines) conformance(engine);

test("every level of the wasm engine is held against the suite here", () => {
  expect(wasmLevels().filter((each) => !each.usable)).toEqual([]);
});
