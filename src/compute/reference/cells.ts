// Reference kernels of the built-in cells, without their matrix products: PyTorch's formulas over a step, the QRNN's
// over a window. A value that is stored in the arena is read back from there, so that forward and backward use the same
// rounded number.

import { type Kernels, NONE } from "../kernels.js";
import { logistic } from "./elementwise.js";
import { eachRow, type MemoryOf, rowSpan } from "./memory.js";

type Names = `${"rnn" | "gru" | "lstm" | "qrnn"}${"Forward" | "Backward"}`;

export function cells(memory: MemoryOf): Pick<Kernels, Names> {
  return {
    rnnForward(h, out, gates, n, relu) {
      const y = memory(h).reals(out, n);
      const x = memory(h).reals(gates, n);
      for (let j = 0; j < n; j++) y[j] = relu === 0 ? Math.tanh(x[j]!) : Math.max(0, x[j]!);
    },

    rnnBackward(h, dgates, out, dout, n, relu) {
      const dx = memory(h).reals(dgates, n);
      const y = memory(h).reals(out, n);
      const dy = memory(h).reals(dout, n);
      for (let j = 0; j < n; j++) dx[j] = relu === 0 ? dy[j]! * (1 - y[j]! * y[j]!) : y[j]! > 0 ? dy[j]! : 0;
    },

    gruForward(h, out, gx, gh, cand, prev, rows, H) {
      const y = memory(h).reals(out, rows * H);
      const x = memory(h).reals(gx, rows * 3 * H);
      const u = memory(h).reals(gh, rows * 3 * H);
      const kept = memory(h).reals(cand, rows * H);
      const before = memory(h).reals(prev, rows * H);
      for (let j = 0; j < rows * H; j++) {
        const r = j + 2 * H * Math.floor(j / H); // the gates of row i begin at 3·H·i
        const z = r + H;
        const n = z + H;
        x[r] = logistic(x[r]! + u[r]!);
        x[z] = logistic(x[z]! + u[z]!);
        x[n] = Math.tanh(x[n]! + x[r]! * u[n]!);
        kept[j] = u[n]!;
        y[j] = x[n]! + x[z]! * (before[j]! - x[n]!);
      }
    },

    gruBackward(h, gx, gh, cand, prev, dout, dprev, rows, H) {
      const x = memory(h).reals(gx, rows * 3 * H);
      const u = memory(h).reals(gh, rows * 3 * H);
      const kept = memory(h).reals(cand, rows * H);
      const before = memory(h).reals(prev, rows * H);
      const dy = memory(h).reals(dout, rows * H);
      const dBefore = memory(h).reals(dprev, rows * H);
      for (let j = 0; j < rows * H; j++) {
        const atR = j + 2 * H * Math.floor(j / H);
        const atZ = atR + H;
        const atN = atZ + H;
        const r = x[atR]!;
        const z = x[atZ]!;
        const n = x[atN]!;
        const dn = dy[j]! * (1 - z) * (1 - n * n);
        const dz = dy[j]! * (before[j]! - n) * z * (1 - z);
        const dr = dn * kept[j]! * r * (1 - r);
        x[atR] = dr;
        x[atZ] = dz;
        x[atN] = dn;
        u[atR] = dr;
        u[atZ] = dz;
        u[atN] = dn * r;
        kept[j] = u[atN];
        dBefore[j]! += dy[j]! * z;
      }
    },

    lstmForward(h, out, cOut, gates, cPrev, rows, H) {
      const y = memory(h).reals(out, rows * H);
      const c = memory(h).reals(cOut, rows * H);
      const x = memory(h).reals(gates, rows * 4 * H);
      const before = memory(h).reals(cPrev, rows * H);
      for (let j = 0; j < rows * H; j++) {
        const i = j + 3 * H * Math.floor(j / H); // the gates of row i begin at 4·H·i
        const f = i + H;
        const g = f + H;
        const o = g + H;
        x[i] = logistic(x[i]!);
        x[f] = logistic(x[f]!);
        x[g] = Math.tanh(x[g]!);
        x[o] = logistic(x[o]!);
        c[j] = x[f]! * before[j]! + x[i]! * x[g]!;
        y[j] = x[o]! * Math.tanh(c[j]!);
      }
    },

    lstmBackward(h, gates, cOut, cPrev, dout, dc, rows, H) {
      const x = memory(h).reals(gates, rows * 4 * H);
      const c = memory(h).reals(cOut, rows * H);
      const before = memory(h).reals(cPrev, rows * H);
      const dy = memory(h).reals(dout, rows * H);
      const dC = memory(h).reals(dc, rows * H);
      for (let j = 0; j < rows * H; j++) {
        const atI = j + 3 * H * Math.floor(j / H);
        const atF = atI + H;
        const atG = atF + H;
        const atO = atG + H;
        const i = x[atI]!;
        const f = x[atF]!;
        const g = x[atG]!;
        const o = x[atO]!;
        const t = Math.tanh(c[j]!);
        const d = dC[j]! + dy[j]! * o * (1 - t * t);
        x[atI] = d * g * i * (1 - i);
        x[atF] = d * before[j]! * f * (1 - f);
        x[atG] = d * i * (1 - g * g);
        x[atO] = dy[j]! * t * o * (1 - o);
        dC[j] = d * f;
      }
    },

    qrnnForward(h, out, c, gates, starts, blocks, rows, lanes, H) {
      const span = rowSpan(blocks, rows, lanes);
      const y = memory(h).reals(out, span * H);
      const cell = memory(h).reals(c, (span + lanes) * H); // the last element belongs to the next step of the last row
      const x = memory(h).reals(gates, span * 3 * H);
      const start = starts === NONE ? undefined : memory(h).integers(starts, span);
      eachRow(blocks, rows, lanes, (row) => {
        for (let j = row * H; j < (row + 1) * H; j++) {
          const z = j + 2 * H * row; // the gates of row i begin at 3·H·i
          const f = z + H;
          const o = f + H;
          const before = start?.[row] ? 0 : cell[j]!;
          const after = j + lanes * H;
          x[z] = Math.tanh(x[z]!);
          x[f] = logistic(x[f]!);
          x[o] = logistic(x[o]!);
          cell[after] = before + x[f]! * (x[z]! - before);
          y[j] = x[o]! * cell[after]!;
        }
      });
    },

    qrnnBackward(h, gates, c, dout, dc, starts, blocks, rows, lanes, H) {
      const span = rowSpan(blocks, rows, lanes);
      const x = memory(h).reals(gates, span * 3 * H);
      const cell = memory(h).reals(c, (span + lanes) * H);
      const dy = memory(h).reals(dout, span * H);
      const dC = memory(h).reals(dc, rows * H);
      const start = starts === NONE ? undefined : memory(h).integers(starts, span);
      for (let t = blocks - 1; t >= 0; t--) {
        for (let j = t * lanes * H; j < (t * lanes + rows) * H; j++) {
          const row = Math.floor(j / H);
          const atZ = j + 2 * H * row;
          const atF = atZ + H;
          const atO = atF + H;
          const z = x[atZ]!;
          const f = x[atF]!;
          const o = x[atO]!;
          const begins = start !== undefined && start[row] !== 0;
          const before = begins ? 0 : cell[j]!;
          const carried = j - t * lanes * H;
          const d = dC[carried]! + dy[j]! * o;
          x[atZ] = d * f * (1 - z * z);
          x[atF] = d * (z - before) * f * (1 - f);
          x[atO] = dy[j]! * cell[j + lanes * H]! * o * (1 - o);
          dC[carried] = begins ? 0 : d * (1 - f);
        }
      }
    },
  };
}
