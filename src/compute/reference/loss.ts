// Reference kernel of softmax cross-entropy in nats, with its gradient in place.

import type { Kernels } from "../kernels.js";
import { eachRow, type MemoryOf, rowSpan } from "./memory.js";

export function loss(memory: MemoryOf): Pick<Kernels, "crossEntropy"> {
  return {
    crossEntropy(h, losses, logits, targets, blocks, rows, lanes, V, backward) {
      const span = rowSpan(blocks, rows, lanes);
      const nats = memory(h).reals(losses, span);
      const all = memory(h).reals(logits, span * V);
      const target = memory(h).integers(targets, span);
      eachRow(blocks, rows, lanes, (row) => {
        const x = all.subarray(row * V, (row + 1) * V);
        const y = target[row]!;
        if (y === -1) {
          nats[row] = 0;
          if (backward !== 0) x.fill(0);
          return;
        }
        // Subtracting the largest logit keeps every power at most 1. Math.max passes NaN on, and ∞ − ∞ is NaN.
        let largest = -Infinity;
        for (const logit of x) largest = Math.max(largest, logit);
        let sum = 0;
        for (const logit of x) sum += Math.exp(logit - largest);
        nats[row] = Math.log(sum) + (largest - x[y]!);
        if (backward === 0) return;
        for (let j = 0; j < V; j++) x[j] = Math.exp(x[j]! - largest) / sum - (j === y ? 1 : 0);
      });
    },
  };
}
