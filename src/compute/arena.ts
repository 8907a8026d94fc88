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
  /** What other threads need to open an arena over the same numbers; absent where the memory is this thread's alone. */
  readonly shared?: SharedMemory;
}

/** Plain data that a message between threads carries; the memory in it stays one and the same. */
export interface SharedMemory {
  readonly memory: unknown;
  /** Size in elements. */
  readonly length: number;
  /** How many further threads there is room for. */
  readonly sharers: number;
}

export interface Engine {
  readonly name: "reference" | "wasm" | "native";
  /** The instruction level, which the bits depend on: "f64", "simd", "relaxed-simd" … */
  readonly level: string;
  readonly precision: Precision;
  /** Columns of a panel of a packed operand (see `pack`). */
  readonly panel: number;
  /** The largest arena that it can address, in bytes. */
  readonly mostBytes: number;
  /**
   * Opens an arena of `length` elements, all zero. With `sharers` its memory is shared, with room for so many further threads
   * (only where there is an `attach`). Throws a LonghandError where there is no room.
   */
  open(length: number, sharers?: number): Arena;
  /**
   * Opens the shared arena of another thread's engine of the same name and level, as its sharer number `sharer` ≥ 1: two
   * threads never take the same number. Absent where threads cannot share memory.
   */
  readonly attach?: (shared: SharedMemory, sharer: number) => Arena;
}

/** Whether this runtime has memory that threads share: a page has it only where it is cross-origin isolated. */
export function canShare(): boolean {
  return typeof SharedArrayBuffer !== "undefined";
}

export function bytesOf(precision: Precision): number {
  return precision === "f64" ? 8 : 4;
}

/** Offsets are unsigned 32-bit elements. */
export function addressable(precision: Precision): number {
  return 2 ** 32 * bytesOf(precision);
}

/** What every engine says when the room cannot be had. */
export function noRoom(bytes: number, cause?: unknown): LonghandError {
  const message = `This model and batch need ${(bytes / 1048576).toFixed(0)} MiB, which this machine did not give.`;
  const hint = "Lower `batch` or `bptt` (activations), or `hidden` or `layers` (weights).";
  return new LonghandError("usage", message, { hint, cause });
}
