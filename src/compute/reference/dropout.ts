// Reference kernel of dropout: whether an element is kept is a function of seed, purpose, token, lane and column.

import { counterTop, philox } from "../../base/random.js";
import type { Kernels } from "../kernels.js";
import { eachRow, type MemoryOf, rowSpan } from "./memory.js";

export function dropoutKernel(memory: MemoryOf): Pick<Kernels, "dropout"> {
  const words = new Uint32Array(4);
  return {
    dropout(h, out, a, blocks, rows, lanes, width, rate, seedLow, seedHigh, purpose, lane0, tokenLow, tokenHigh) {
      const span = rowSpan(blocks, rows, lanes);
      const y = memory(h).reals(out, span * width);
      const x = memory(h).reals(a, span * width);
      const threshold = Math.round(rate * 4294967296);
      eachRow(blocks, rows, lanes, (row) => {
        const token = tokenHigh * 4294967296 + tokenLow + Math.floor(row / lanes);
        const top = counterTop(purpose, token);
        for (let j = 0; j < width; j++) {
          if (j % 4 === 0) philox(token >>> 0, lane0 + (row % lanes), j / 4, top, seedLow, seedHigh, words);
          const at = row * width + j;
          y[at] = words[j % 4]! >= threshold ? x[at]! / (1 - rate) : 0;
        }
      });
    },
  };
}
