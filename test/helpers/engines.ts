// The engines that a law is tested on: the reference, wasm, and the native engine's levels where its addon was built.

import type { Engine } from "../../src/compute/arena.js";
import { nativeEngine } from "../../src/compute/native/engine.js";
import { referenceEngine } from "../../src/compute/reference/engine.js";
import { wasmEngine, wasmLevels } from "../../src/compute/wasm/engine.js";
import { loadAddon } from "../../src/node/engine/native.js";
import { allowRelaxedSimd } from "../../src/node/engine/relaxed-simd.js";

allowRelaxedSimd();

export const f64 = referenceEngine("f64");
export const f32 = referenceEngine("f32");
export const wasm: readonly Engine[] = wasmLevels()
  .filter((each) => each.usable)
  .map((each) => wasmEngine(each.level));
const found = loadAddon();
/** Why there is no native engine here, or undefined. */
export const noNative: string | undefined = found.kind === "absent" ? found.reason : undefined;
/** Every level that this processor has, best first. */
export const native: readonly Engine[] =
  found.kind === "absent"
    ? []
    : found.addon.levels.filter((each) => each.usable).map((each) => nativeEngine(found.addon, each.name));
/**
 * Each with its name, for `describe.each`. Of the native levels the one that `auto` takes: the suite holds all of them.
 */
export const float32Engines: readonly [string, Engine][] = [f32, ...wasm, ...native.slice(0, 1)].map((e) => [
  `${e.name} ${e.level}`,
  e,
]);
export const allEngines: readonly [string, Engine][] = [["reference f64", f64], ...float32Engines];
/** The fastest here, for laws that need only one. */
export const fastest: Engine = native.at(0) ?? wasm.at(0) ?? f32;
