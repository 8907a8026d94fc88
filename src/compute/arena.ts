// Arena: one flat array that holds all weights, activations and gradients of a model, with the kernels that compute on
// it. Engine: what allocates arenas.

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
  /** A view of `n` reals at an offset. Use it at once: a view may become invalid. */
  reals(offset: number, n: number): Reals;
  /** Writes integers, one per element. */
  setIntegers(offset: number, values: Int32Array): void;
  /** What other threads need to attach to the same memory; absent if the memory is not shared. */
  readonly shared?: SharedMemory;
}

/** Plain data for a message to another thread. `memory` is shared, not copied. */
export interface SharedMemory {
  readonly memory: unknown;
  /** Size in elements. */
  readonly length: number;
  /** The largest number of other threads. */
  readonly sharers: number;
}

export interface Engine {
  readonly name: "reference" | "wasm" | "native";
  /** The instruction level, on which the bits depend: "f64", "simd", "relaxed-simd" … */
  readonly level: string;
  readonly precision: Precision;
  /** Columns in a panel of a packed operand (see `pack`). */
  readonly panel: number;
  /** The largest arena, in bytes. */
  readonly mostBytes: number;
  /**
   * Allocates an arena of `length` elements, all zero. If `sharers` > 0, its memory is shared with up to so many other
   * threads, which requires `attach`. Throws a LonghandError if the memory is not available.
   */
  open(length: number, sharers?: number): Arena;
  /**
   * Opens an arena that another thread's engine of the same name and level allocated. `sharer` is this thread's number,
   * from 1; each thread needs a number of its own. Absent if threads cannot share memory.
   */
  readonly attach?: (shared: SharedMemory, sharer: number) => Arena;
}

/** Whether this runtime has shared memory. A page has it only if it is cross-origin isolated. */
export function canShare(): boolean {
  return typeof SharedArrayBuffer !== "undefined";
}

export function bytesOf(precision: Precision): number {
  return precision === "f64" ? 8 : 4;
}

/** The largest arena in bytes: offsets are unsigned 32-bit numbers of elements. */
export function addressable(precision: Precision): number {
  return 2 ** 32 * bytesOf(precision);
}

/** The error of every engine if memory cannot be allocated. */
export function noRoom(bytes: number, cause?: unknown): LonghandError {
  const message = `This model and batch need ${(bytes / 1048576).toFixed(0)} MiB, which could not be allocated.`;
  const hint = "Lower `batch` or `bptt` (activations), or `hidden` or `layers` (weights).";
  return new LonghandError("usage", message, { hint, cause });
}
