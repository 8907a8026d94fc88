// The engine of this Node: the portable choice, with the native addon where there is one, and after relaxed SIMD has been
// allowed where Node hides it.

import { chooseEngine, type EngineChoice, type EngineName } from "../compute/engines.js";
import { loadAddon } from "./native.js";
import { allowRelaxedSimd } from "./relaxed-simd.js";

/** The engine asked for, or the fastest; with why faster ones were passed over. */
export function nodeEngine(name: EngineName = "auto"): EngineChoice {
  if (name === "auto" || name === "wasm") allowRelaxedSimd();
  return chooseEngine(name, "f32", name === "auto" || name.startsWith("native") ? loadAddon() : undefined);
}
