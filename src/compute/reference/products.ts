// Reference kernels of products and row sums. The accumulator is the output element itself, so each term is added in
// ascending k and rounded to the arena's precision.

import { type Kernels, NONE } from "../kernels.js";
import { eachRow, type MemoryOf, rowSpan } from "./memory.js";

export function products(memory: MemoryOf): Pick<Kernels, "pack" | "matmul" | "gradient" | "sumRows"> {
  return {
    // With panels of one column, the packed operand is the concatenation of the right operand's columns.
    pack(h, packed, w, rows, cols, from, to, transpose) {
      const right = memory(h).reals(packed, rows * cols);
      const W = memory(h).reals(w, rows * cols);
      for (let r = from; r < to; r++) {
        for (let c = 0; c < cols; c++) right[transpose === 0 ? r * cols + c : c * rows + r] = W[r * cols + c]!;
      }
    },

    matmul(h, out, a, packed, bias, blocks, rows, lanes, k, n, accumulate) {
      const span = rowSpan(blocks, rows, lanes);
      const y = memory(h).reals(out, span * n);
      const x = memory(h).reals(a, span * k);
      const right = memory(h).reals(packed, k * n);
      const b = bias === NONE ? undefined : memory(h).reals(bias, n);
      eachRow(blocks, rows, lanes, (row) => {
        for (let j = 0; j < n; j++) {
          const at = row * n + j;
          y[at] = (accumulate === 0 ? 0 : y[at]!) + (b === undefined ? 0 : b[j]!);
          for (let i = 0; i < k; i++) y[at]! += x[row * k + i]! * right[j * k + i]!;
        }
      });
    },

    gradient(h, dw, g, x, count, n, k, from, to) {
      const dW = memory(h).reals(dw, n * k);
      const G = memory(h).reals(g, count * n);
      const X = memory(h).reals(x, count * k);
      for (let m = 0; m < count; m++) {
        for (let r = from; r < to; r++) {
          const slope = G[m * n + r]!;
          for (let c = 0; c < k; c++) dW[r * k + c]! += slope * X[m * k + c]!;
        }
      }
    },

    sumRows(h, db, g, count, n, from, to) {
      const dB = memory(h).reals(db, n);
      const G = memory(h).reals(g, count * n);
      for (let m = 0; m < count; m++) for (let r = from; r < to; r++) dB[r]! += G[m * n + r]!;
    },
  };
}
