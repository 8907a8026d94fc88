// Reference kernels of the optimizers over flat arrays, and of the sums of squares for clipping by norm.

import { type Kernels, NONE } from "../kernels.js";
import type { MemoryOf } from "./memory.js";

/** The effective gradient: scaled, then clamped to ±limit. Math.min and Math.max pass NaN on. */
function clipped(g: number, scale: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, scale * g));
}

export function optimizers(memory: MemoryOf): Pick<Kernels, "sumSquares" | "sgd" | "adam" | "rmsprop"> {
  return {
    sumSquares(h, out, g, rows, cols) {
      const sums = memory(h).reals(out, rows).fill(0);
      const G = memory(h).reals(g, rows * cols);
      for (let r = 0; r < rows; r++) for (let c = r * cols; c < (r + 1) * cols; c++) sums[r]! += G[c]! * G[c]!;
    },

    sgd(h, w, g, m, n, scale, limit, rate, momentum, decay) {
      const W = memory(h).reals(w, n);
      const G = memory(h).reals(g, n);
      const M = m === NONE ? undefined : memory(h).reals(m, n);
      for (let i = 0; i < n; i++) {
        let step = clipped(G[i]!, scale, limit) + decay * W[i]!;
        if (M !== undefined) {
          step += momentum * M[i]!;
          M[i] = step;
        }
        W[i]! -= rate * step;
      }
    },

    adam(h, w, g, m, v, n, scale, limit, step, beta1, beta2, eps, rootCorrection, decay, shrink) {
      const W = memory(h).reals(w, n);
      const G = memory(h).reals(g, n);
      const M = memory(h).reals(m, n);
      const S = memory(h).reals(v, n);
      for (let i = 0; i < n; i++) {
        const slope = clipped(G[i]!, scale, limit) + decay * W[i]!;
        M[i] = beta1 * M[i]! + (1 - beta1) * slope;
        S[i] = beta2 * S[i]! + (1 - beta2) * slope * slope;
        W[i] = shrink * W[i]! - (step * M[i]!) / (Math.sqrt(S[i]!) / rootCorrection + eps);
      }
    },

    rmsprop(h, w, g, v, n, scale, limit, rate, alpha, eps, decay) {
      const W = memory(h).reals(w, n);
      const G = memory(h).reals(g, n);
      const S = memory(h).reals(v, n);
      for (let i = 0; i < n; i++) {
        const slope = clipped(G[i]!, scale, limit) + decay * W[i]!;
        S[i] = alpha * S[i]! + (1 - alpha) * slope * slope;
        W[i]! -= (rate * slope) / (Math.sqrt(S[i]!) + eps);
      }
    },
  };
}
