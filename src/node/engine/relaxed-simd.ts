// Enables WebAssembly's relaxed SIMD in Node 20, where V8 has it behind a flag; later versions have it without.

import { setFlagsFromString } from "node:v8";
import { wasmLevels } from "../../compute/wasm/engine.js";

/**
 * Enables relaxed SIMD if this Node has it behind a flag. Call it before the first WebAssembly module is compiled. A
 * Node without the flag would warn of it, so there it does nothing.
 */
export function allowRelaxedSimd(): void {
  const usable = wasmLevels().some(({ level, usable }) => level === "relaxed-simd" && usable);
  if (!usable) setFlagsFromString("--experimental-wasm-relaxed-simd");
}
