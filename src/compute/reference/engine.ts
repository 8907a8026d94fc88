// The reference engine: the kernel table in plain TypeScript over f32 or f64, written for reading. Tests compare the
// other engines with it. It runs everywhere, and is slow.

import { type Arena, addressable, canShare, type Engine, type Precision, type SharedMemory } from "../arena.js";
import type { Handle, Kernels } from "../kernels.js";
import { cells } from "./cells.js";
import { dropoutKernel } from "./dropout.js";
import { elementwise } from "./elementwise.js";
import { loss } from "./loss.js";
import { type Memory, memoryOver, newBuffer } from "./memory.js";
import { optimizers } from "./optimizers.js";
import { products } from "./products.js";
import { rowKernels } from "./rows.js";

/**
 * An engine over plain typed arrays of one precision. A handle is an index into the arenas that it opened; it keeps
 * them as long as it lives. A kernel throws a RangeError for an operand outside the arena.
 */
export function referenceEngine(precision: Precision): Engine {
  const memories: Memory[] = [];
  const memory = (h: Handle): Memory => {
    const found = memories[h];
    if (found === undefined) throw new RangeError(`no arena has the handle ${h}`);
    return found;
  };
  const kernels: Kernels = {
    ...products(memory),
    ...rowKernels(memory),
    ...cells(memory),
    ...elementwise(memory),
    ...dropoutKernel(memory),
    ...loss(memory),
    ...optimizers(memory),
  };
  return {
    name: "reference",
    level: precision,
    precision,
    panel: 1,
    mostBytes: addressable(precision),
    open(length, sharers = 0) {
      const buffer = newBuffer(precision, length, sharers > 0);
      return sharers > 0 ? sharing({ memory: buffer, length, sharers }) : arenaOver(buffer, length);
    },
    ...(canShare() && { attach: sharing }),
  };

  function sharing(shared: SharedMemory): Arena {
    return { ...arenaOver(shared.memory as SharedArrayBuffer, shared.length), shared };
  }
  function arenaOver(buffer: ArrayBufferLike, length: number): Arena {
    const memory = memoryOver(precision, buffer, length);
    const handle = memories.push(memory) - 1;
    return { precision, length, handle, kernels, reals: memory.reals, setIntegers: memory.setIntegers };
  }
}
