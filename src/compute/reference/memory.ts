// Memory of the reference engine: real and integer operands by element offset, and the rows of some lanes. An operand
// outside the arena is an error; a plain typed array would read undefined and ignore the write.

import { bytesOf, noRoom, type Precision, type Reals } from "../arena.js";
import type { Handle } from "../kernels.js";

export interface Memory {
  readonly length: number;
  /** A view of `n` reals at an element offset. */
  reals(offset: number, n: number): Reals;
  /** `n` integers at an element offset, for reading. */
  integers(offset: number, n: number): Int32Array;
  setIntegers(offset: number, values: Int32Array): void;
}

/** The memory bound to a handle. */
export type MemoryOf = (h: Handle) => Memory;

/** `length` elements over a buffer. In f64, an integer is the low half of its element's eight bytes. */
export function memoryOver(precision: Precision, buffer: ArrayBufferLike, length: number): Memory {
  const reals = precision === "f64" ? new Float64Array(buffer) : new Float32Array(buffer);
  const words = new Int32Array(buffer);
  const stride = reals.length === words.length ? 1 : 2;
  const check = (offset: number, n: number): void => {
    if (offset >= 0 && n >= 0 && offset + n <= length) return;
    throw new RangeError(`operand [${offset}, ${offset + n}) lies outside the arena's ${length} elements`);
  };
  return {
    length,
    reals(offset, n) {
      check(offset, n);
      return reals.subarray(offset, offset + n);
    },
    integers(offset, n) {
      check(offset, n);
      const copy = new Int32Array(n);
      for (let i = 0; i < n; i++) copy[i] = words[(offset + i) * stride]!;
      return copy;
    },
    setIntegers(offset, values) {
      check(offset, values.length);
      for (const [i, value] of values.entries()) words[(offset + i) * stride] = value;
    },
  };
}

/** A buffer for `length` elements, all zero. */
export function newBuffer(precision: Precision, length: number, shared: boolean): ArrayBufferLike {
  const bytes = length * bytesOf(precision);
  try {
    return shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  } catch (cause) {
    throw noRoom(bytes, cause);
  }
}

/** Calls `visit` with the row t·lanes + i of every block t and lane i < rows, in order. */
export function eachRow(blocks: number, rows: number, lanes: number, visit: (row: number) => void): void {
  for (let t = 0; t < blocks; t++) for (let i = 0; i < rows; i++) visit(t * lanes + i);
}

/** Number of rows from the first to the last one that `eachRow` visits: the size of such an operand. */
export function rowSpan(blocks: number, rows: number, lanes: number): number {
  return blocks === 0 || rows === 0 ? 0 : (blocks - 1) * lanes + rows;
}
