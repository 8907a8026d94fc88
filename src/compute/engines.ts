// Which engine computes: the one asked for, or the fastest this runtime takes, with the reason why each faster one was passed
// over. Engines are made here and nowhere else below the doors; what they do is their own.

import { usageError } from "../base/errors.js";
import type { Engine, Precision } from "./arena.js";
import { referenceEngine } from "./reference/engine.js";
import { type WasmLevel, wasmEngine, wasmLevels } from "./wasm/engine.js";

/** What `--engine` takes. wasm-simd gives the same bits on every machine; wasm is faster where the runtime has relaxed SIMD. */
export const engineNames = ["auto", "wasm", "wasm-simd", "reference"] as const;
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

/** Fastest first. */
function candidates(precision: Precision): Candidate[] {
  const wasm = wasmLevels().map(
    ({ level, reason }): Candidate => ({
      name: `wasm (${level})`,
      askedBy: level === "simd" ? ["auto", "wasm", "wasm-simd"] : ["auto", "wasm"],
      obstacle: precision === "f32" ? reason : `it computes in f32, not in ${precision}`,
      make: () => wasmEngine(level),
    }),
  );
  const reference: Candidate = {
    name: "reference",
    askedBy: ["auto", "reference"],
    obstacle: undefined,
    make: () => referenceEngine(precision),
  };
  return [...wasm, reference];
}

/** This thread's engine of the same name and level as another thread's. */
export function engineOf({ name, level }: EngineIdentity): Engine {
  if (name === "reference") return referenceEngine(level as Precision);
  if (name === "wasm") return wasmEngine(level as WasmLevel);
  throw new Error(`${name} is made by the door that has it`);
}

/** The fastest engine that `name` allows. Throws a LonghandError where none of those it allows can be used. */
export function chooseEngine(name: EngineName, precision: Precision = "f32"): EngineChoice {
  const passedOver: { name: string; reason: string }[] = [];
  for (const { name: each, askedBy, obstacle, make } of candidates(precision)) {
    if (!askedBy.includes(name)) continue;
    if (obstacle === undefined) return { engine: make(), passedOver };
    passedOver.push({ name: each, reason: obstacle });
  }
  throw usageError(
    `--engine ${name} cannot be used here: ${passedOver.map((each) => `${each.name}: ${each.reason}`).join("; ")}.`,
    "Use --engine auto.",
  );
}
