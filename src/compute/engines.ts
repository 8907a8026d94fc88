// Which engine computes: the one asked for, or the fastest this runtime takes, with the reason why each faster one was passed
// over. Engines are made here and nowhere else below the doors; what they do is their own.

import { keyword, usageError } from "../base/errors.js";
import type { Engine, Precision } from "./arena.js";
import { type AddonFound, type NativeLevel, nativeEngine } from "./native/engine.js";
import { referenceEngine } from "./reference/engine.js";
import { type WasmLevel, wasmEngine, wasmLevels } from "./wasm/engine.js";

/**
 * Values of the setting `engine`. native is machine code for the best instructions here, or for those named; wasm is faster where the
 * runtime has relaxed SIMD; wasm-simd gives the same bits on every machine.
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
] as const;
export type EngineName = (typeof engineNames)[number];

export interface EngineChoice {
  readonly engine: Engine;
  /** Faster ones that were allowed but cannot be used here, fastest first. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
}

/** Which engine it is, as one thread tells another. */
export interface EngineIdentity {
  readonly name: Engine["name"];
  readonly level: string;
}

interface Candidate {
  /** As people read it. */
  readonly name: string;
  /** The words that allow it. */
  readonly askedBy: readonly EngineName[];
  /** Why it cannot be used, or undefined. */
  readonly obstacle: string | undefined;
  readonly make: () => Engine;
}

/** What a runtime without addons says of the native engine. */
const nowhere: AddonFound = { kind: "absent", reason: "only Node has it" };

/** One for each level that this processor has; else one that says why there is none. */
function nativeCandidates(name: EngineName, found: AddonFound): Candidate[] {
  const absent = (reason: string): Candidate => ({
    name: name === "auto" ? "native" : name,
    askedBy: engineNames.filter((each) => each.startsWith("native") || (each === "auto" && found !== nowhere)),
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
      askedBy: ["auto", "native", `native-${level}`],
      obstacle: undefined,
      make: () => nativeEngine(addon, level),
    }),
  );
}

/** Fastest first. */
function candidates(name: EngineName, precision: Precision, found: AddonFound): Candidate[] {
  const native = nativeCandidates(name, found).map(
    (each): Candidate => (precision === "f32" ? each : { ...each, obstacle: inFloat32(precision) }),
  );
  const wasm = wasmLevels().map(
    ({ level, reason }): Candidate => ({
      name: `wasm (${level})`,
      askedBy: level === "simd" ? ["auto", "wasm", "wasm-simd"] : ["auto", "wasm"],
      obstacle: precision === "f32" ? reason : inFloat32(precision),
      make: () => wasmEngine(level),
    }),
  );
  const reference: Candidate = {
    name: "reference",
    askedBy: ["auto", "reference"],
    obstacle: undefined,
    make: () => referenceEngine(precision),
  };
  return [...native, ...wasm, reference];
}

function inFloat32(precision: Precision): string {
  return `it computes in f32, not in ${precision}`;
}

/** This thread's engine of the same name and level as another thread's; `found` as for `chooseEngine`. */
export function engineOf({ name, level }: EngineIdentity, found: AddonFound = nowhere): Engine {
  if (name === "reference") return referenceEngine(level as Precision);
  if (name === "wasm") return wasmEngine(level as WasmLevel);
  if (found.kind === "absent") throw new Error(`the native engine is not here: ${found.reason}`);
  return nativeEngine(found.addon, level as NativeLevel);
}

/**
 * The fastest engine that `name` allows. `found`: the native engine's addon, where the door can load one. Throws a
 * LonghandError where none of those it allows can be used.
 */
export function chooseEngine(
  name: EngineName,
  precision: Precision = "f32",
  found: AddonFound = nowhere,
): EngineChoice {
  keyword("engine", name, engineNames);
  const passedOver: { name: string; reason: string }[] = [];
  for (const { name: each, askedBy, obstacle, make } of candidates(name, precision, found)) {
    if (!askedBy.includes(name)) continue;
    if (obstacle === undefined) return { engine: make(), passedOver };
    passedOver.push({ name: each, reason: obstacle });
  }
  const reasons = passedOver.map((each) => `${each.name}: ${each.reason}`).join("; ");
  throw usageError(`engine ${name} cannot be used here: ${reasons}.`, 'Use `engine: "auto"`.', "engine");
}
