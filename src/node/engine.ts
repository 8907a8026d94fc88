// The engine of this Node: the portable choice, after relaxed SIMD has been allowed where Node hides it.

import { chooseEngine, type EngineChoice, type EngineName } from "../compute/engines.js";
import { allowRelaxedSimd } from "./relaxed-simd.js";

/** The engine asked for, or the fastest; with why faster ones were passed over. */
export function nodeEngine(name: EngineName = "auto"): EngineChoice {
  if (name === "auto" || name === "wasm") allowRelaxedSimd();
  return chooseEngine(name);
}
