// The engine of this Node: the portable choice, with the native addon where there is one, and after relaxed SIMD has
// been allowed where Node hides it.

import type { Engine } from "../../compute/arena.js";
import {
  chooseEngine,
  type EngineChoice,
  type EngineIdentity,
  type EngineName,
  engineOf,
} from "../../compute/engines.js";
import { loadAddon } from "./native.js";
import { allowRelaxedSimd } from "./relaxed-simd.js";

/** The engine asked for, or the fastest; with why faster ones were skipped. */
export function nodeEngine(name: EngineName = "auto"): EngineChoice {
  if (name === "auto" || name === "wasm") allowRelaxedSimd();
  return chooseEngine(name, "f32", name === "auto" || name.startsWith("native") ? loadAddon() : undefined);
}

/** A worker's engine: of the same name and level as that of the thread that called it. */
export function nodeEngineOf(identity: EngineIdentity): Engine {
  if (identity.name === "wasm") allowRelaxedSimd();
  return engineOf(identity, identity.name === "native" ? loadAddon() : undefined);
}
