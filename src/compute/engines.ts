// Choice of the engine: the requested one, or the fastest that this runtime supports, with the reason why each faster
// one was skipped.

import { keyword, usageError } from "../base/errors.js";
import type { Engine, Precision } from "./arena.js";
import { type AddonFound, type NativeLevel, nativeEngine } from "./native/engine.js";
import { referenceEngine } from "./reference/engine.js";
import { type WasmLevel, wasmEngine, wasmLevels } from "./wasm/engine.js";

/**
 * Values of the setting `engine`. native is machine code for the best instructions of this processor, or for the named
 * ones; wasm uses relaxed SIMD if the runtime has it; wasm-simd gives the same bits on every machine.
 */
export const engineNames = [
  "auto",
  "native",
  "native-avx512",
  "native-avx2",
  "native-sse2",
  "native-neon",
  "wasm",
  "wasm-simd",
  "reference",
] as const satisfies readonly EngineName[];
/** Name of an engine, as the setting `engine` has it. */
export type EngineName =
  | "auto"
  | "native"
  | "native-avx512"
  | "native-avx2"
  | "native-sse2"
  | "native-neon"
  | "wasm"
  | "wasm-simd"
  | "reference";

export interface EngineChoice {
  readonly engine: Engine;
  /** Faster engines that `name` allows but that cannot be used here, fastest first. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** Name and level of an engine, for a message to another thread. */
export interface EngineIdentity {
  readonly name: Engine["name"];
  readonly level: string;
}

interface Candidate {
  /** Name in messages. */
  readonly name: string;
  /** Values of the setting `engine` that allow it. */
  readonly allowedBy: readonly EngineName[];
  /** Why it cannot be used; undefined if it can. */
  readonly obstacle: string | undefined;
  readonly make: () => Engine;
}

/** The native engine of a runtime without addons. */
const noAddon: AddonFound = { kind: "absent", reason: "only Node has it" };

/** One candidate per level that this processor has; otherwise one with the reason why there is none. */
function nativeCandidates(name: EngineName, found: AddonFound): Candidate[] {
  const absent = (reason: string): Candidate => ({
    name: name === "auto" ? "native" : name,
    allowedBy: engineNames.filter((each) => each.startsWith("native") || (each === "auto" && found !== noAddon)),
    obstacle: reason,
    make: () => {
      throw new Error(reason);
    },
  });
  if (found.kind === "absent") return [absent(found.reason)];
  const { addon } = found;
  const usable = addon.levels.filter((level) => level.usable).map((level) => level.name);
  const wanted = name.replace(/^native-/, "");
  if (name.startsWith("native-") && !usable.some((level) => level === wanted)) {
    return [absent(`this processor has ${usable.join(", ")}`)];
  }
  return usable.map(
    (level: NativeLevel): Candidate => ({
      name: `native (${level})`,
      allowedBy: ["auto", "native", `native-${level}`],
      obstacle: undefined,
      make: () => nativeEngine(addon, level),
    }),
  );
}

/** All candidates, fastest first. */
function candidates(name: EngineName, precision: Precision, addon: AddonFound): Candidate[] {
  const native = nativeCandidates(name, addon).map(
    (each): Candidate => (precision === "f32" ? each : { ...each, obstacle: inFloat32(precision) }),
  );
  const wasm = wasmLevels().map(
    ({ level, reason }): Candidate => ({
      name: `wasm (${level})`,
      allowedBy: level === "simd" ? ["auto", "wasm", "wasm-simd"] : ["auto", "wasm"],
      obstacle: precision === "f32" ? reason : inFloat32(precision),
      make: () => wasmEngine(level),
    }),
  );
  const reference: Candidate = {
    name: "reference",
    allowedBy: ["auto", "reference"],
    obstacle: undefined,
    make: () => referenceEngine(precision),
  };
  return [...native, ...wasm, reference];
}

function inFloat32(precision: Precision): string {
  return `it computes in f32, not in ${precision}`;
}

/** This thread's engine of the same name and level as another thread's. `found` as in `chooseEngine`. */
export function engineOf({ name, level }: EngineIdentity, found: AddonFound = noAddon): Engine {
  if (name === "reference") return referenceEngine(level as Precision);
  if (name === "wasm") return wasmEngine(level as WasmLevel);
  if (found.kind === "absent") throw new Error(`the native engine is not available: ${found.reason}`);
  return nativeEngine(found.addon, level as NativeLevel);
}

/**
 * The fastest engine that `name` allows. `found`: the native engine's addon, from an entry point that can load one.
 * Throws a LonghandError if no allowed engine can be used.
 */
export function chooseEngine(
  name: EngineName,
  precision: Precision = "f32",
  found: AddonFound = noAddon,
): EngineChoice {
  keyword("engine", name, engineNames);
  const skipped: { name: string; reason: string }[] = [];
  for (const { name: each, allowedBy, obstacle, make } of candidates(name, precision, found)) {
    if (!allowedBy.includes(name)) continue;
    if (obstacle === undefined) return { engine: make(), skipped };
    skipped.push({ name: each, reason: obstacle });
  }
  const reasons = skipped.map((each) => `${each.name}: ${each.reason}`).join("; ");
  throw usageError(`engine ${name} cannot be used here: ${reasons}.`, 'Use `engine: "auto"`.', "engine");
}
