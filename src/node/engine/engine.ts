// Chooses the engine in Node: the fastest of those for which there is an addon or a WebAssembly level.

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

/** The named engine, or the fastest, with the reasons why faster ones were skipped. */
export function nodeEngine(name: EngineName = "auto"): EngineChoice {
  if (name === "auto" || name === "wasm") allowRelaxedSimd();
  return chooseEngine(name, "f32", name === "auto" || name.startsWith("native") ? loadAddon() : undefined);
}

/** A worker's engine, with the same name and level as its parent thread's. */
export function nodeEngineOf(identity: EngineIdentity): Engine {
  if (identity.name === "wasm") allowRelaxedSimd();
  return engineOf(identity, identity.name === "native" ? loadAddon() : undefined);
}
