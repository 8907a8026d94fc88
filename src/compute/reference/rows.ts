// Reference kernels that gather, scatter and mask rows by integers: embeddings and document starts.

import type { Kernels } from "../kernels.js";
import { eachRow, type MemoryOf, rowSpan } from "./memory.js";

export function rowKernels(memory: MemoryOf): Pick<Kernels, "gather" | "scatter" | "maskRows"> {
  return {
    gather(h, out, table, ids, blocks, rows, lanes, width) {
      const span = rowSpan(blocks, rows, lanes);
      const y = memory(h).reals(out, span * width);
      const id = memory(h).integers(ids, span);
      eachRow(blocks, rows, lanes, (row) => {
        y.set(memory(h).reals(table + id[row]! * width, width), row * width);
      });
    },

    scatter(h, dtable, g, ids, count, width, from, to) {
      const G = memory(h).reals(g, count * width);
      const id = memory(h).integers(ids, count);
      for (let m = 0; m < count; m++) {
        const row = id[m]!;
        if (row < from || row >= to) continue;
        const sum = memory(h).reals(dtable + row * width, width);
        for (let j = 0; j < width; j++) sum[j]! += G[m * width + j]!;
      }
    },

    maskRows(h, out, a, starts, rows, width) {
      const y = memory(h).reals(out, rows * width);
      const x = memory(h).reals(a, rows * width);
      const start = memory(h).integers(starts, rows);
      for (let i = 0; i < rows; i++) {
        for (let j = i * width; j < (i + 1) * width; j++) y[j] = start[i] === 0 ? x[j]! : 0;
      }
    },
  };
}
