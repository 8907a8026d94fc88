// Node 20 has WebAssembly's relaxed SIMD behind a flag of V8's; later versions have it without. Nothing else is decided
// here.

import { setFlagsFromString } from "node:v8";
import { wasmLevels } from "../../compute/wasm/engine.js";

/**
 * Allows relaxed SIMD where this Node hides it. Call before the first WebAssembly module is compiled. A Node that has
 * it already is left alone: it would warn of an unknown flag.
 */
export function allowRelaxedSimd(): void {
  const usable = wasmLevels().some(({ level, usable }) => level === "relaxed-simd" && usable);
  if (!usable) setFlagsFromString("--experimental-wasm-relaxed-simd");
}
