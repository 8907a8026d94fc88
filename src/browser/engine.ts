// The engine of this browser. A page needs no flag and no file for it; its content security policy, where it has one,
// must allow 'wasm-unsafe-eval', or only the reference is left.

import { chooseEngine, type EngineChoice, type EngineName } from "../compute/engines.js";

/** The engine asked for, or the fastest; with why faster ones were skipped. */
export function browserEngine(name: EngineName = "auto"): EngineChoice {
  return chooseEngine(name);
}
