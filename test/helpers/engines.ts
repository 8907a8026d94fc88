// The engines that a law is tested on.

import type { Engine } from "../../src/compute/arena.js";
import { referenceEngine } from "../../src/compute/reference/engine.js";
import { wasmEngine, wasmLevels } from "../../src/compute/wasm/engine.js";
import { allowRelaxedSimd } from "../../src/node/relaxed-simd.js";

allowRelaxedSimd();

export const f64 = referenceEngine("f64");
export const f32 = referenceEngine("f32");
export const wasm: readonly Engine[] = wasmLevels()
  .filter((each) => each.usable)
  .map((each) => wasmEngine(each.level));
/** Each with its name, for `describe.each`. */
export const float32Engines: readonly [string, Engine][] = [f32, ...wasm].map((e) => [`${e.name} ${e.level}`, e]);
export const allEngines: readonly [string, Engine][] = [["reference f64", f64], ...float32Engines];
/** The fastest here, for laws that need only one. */
export const fastest: Engine = wasm.at(0) ?? f32;
