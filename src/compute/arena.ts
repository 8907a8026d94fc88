// The arena: one flat run of numbers that holds everything a run touches, with the kernels that work on it. And what an
// engine is: something that opens arenas.

import { LonghandError } from "../base/errors.js";
import type { Handle, Kernels } from "./kernels.js";

export type Precision = "f32" | "f64";
export type Reals = Float32Array | Float64Array;

export interface Arena {
  readonly precision: Precision;
  /** Size in elements. */
  readonly length: number;
  readonly handle: Handle;
  readonly kernels: Kernels;
  /** A view of `n` reals at an offset. Do not keep it: views may go stale. */
  reals(offset: number, n: number): Reals;
  /** Writes integers, one an element. */
  setIntegers(offset: number, values: Int32Array): void;
}

export interface Engine {
  readonly name: "reference" | "wasm" | "native";
  /** The instruction level, which the bits depend on: "f64", "simd", "relaxed-simd" … */
  readonly level: string;
  readonly precision: Precision;
  /** Columns of a panel of a packed operand (see `pack`). */
  readonly panel: number;
  /** Opens an arena of `length` elements, all zero. Throws a LonghandError where there is no room. */
  open(length: number): Arena;
}

export function bytesOf(precision: Precision): number {
  return precision === "f64" ? 8 : 4;
}

/** What every engine says when the room cannot be had. */
export function noRoom(bytes: number, cause?: unknown): LonghandError {
  return new LonghandError(
    "usage",
    `This model and batch need ${(bytes / 1048576).toFixed(0)} MiB, which this machine did not give.`,
    "Lower --batch or --bptt (activations), or --hidden or --layers (weights).",
    cause,
  );
}
