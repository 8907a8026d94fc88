// Cases of the products, and of the kernels that move, add and mask whole rows.

import { type Kernels, NONE, packedSize } from "../../src/compute/kernels.js";
import type { Case } from "./case.js";
import type { Draw } from "./draw.js";

const reals = (values: Float32Array) => ({ kind: "reals", values }) as const;
const integers = (values: Int32Array) => ({ kind: "integers", values }) as const;

/** Blocks, lanes, and a random range of lanes, inside which the suite cuts further. */
export function lanesOf(draw: Draw, max: number) {
  const T = draw.integer(1, 4);
  const B = draw.size(max);
  const first = draw.chance(0.5) ? 0 : draw.integer(0, B - 1);
  const rows = draw.chance(0.5) ? B - first : draw.integer(1, B - first);
  return { T, B, first, rows };
}

export const productCases = {
  pack(draw: Draw, max: number): Case {
    const rows = draw.size(max);
    const cols = draw.size(max);
    const transpose = draw.integer(0, 1);
    const w = draw.reals(rows * cols);
    const [k, n] = transpose === 0 ? [cols, rows] : [rows, cols];
    const expected = (panel: number): Float32Array => {
      const out = new Float32Array(packedSize(k, n, panel));
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < n; j++) {
          const value = transpose === 0 ? w[j * cols + i] : w[i * cols + j];
          out[Math.floor(j / panel) * k * panel + i * panel + (j % panel)] = value!;
        }
      }
      return out;
    };
    return {
      kernel: "pack",
      shape: `rows ${rows}, cols ${cols}, transpose ${transpose}`,
      operands: { packed: { kind: "room", size: (panel) => packedSize(k, n, panel), expected }, w: reals(w) },
      extent: rows,
      call: (kernels, h, at, from, to) => kernels.pack(h, at("packed"), at("w"), rows, cols, from, to, transpose),
    };
  },

  matmul(draw: Draw, max: number): Case {
    const { T, B, first, rows } = lanesOf(draw, max);
    const k = draw.size(2 * max);
    const n = draw.size(2 * max);
    const transpose = draw.integer(0, 1);
    const accumulate = draw.integer(0, 1);
    const biased = draw.chance(0.5);
    const [wRows, wCols] = transpose === 0 ? [n, k] : [k, n];
    return {
      kernel: "matmul",
      shape: `T ${T}, B ${B}, lanes ${first}+${rows}, k ${k}, n ${n}, accumulate ${accumulate}, bias ${biased}`,
      operands: {
        out: reals(draw.reals(T * B * n)),
        a: reals(draw.reals(T * B * k)),
        w: reals(draw.reals(n * k)),
        packed: { kind: "room", size: (panel) => packedSize(k, n, panel) },
        bias: reals(draw.reals(n)),
      },
      extent: rows,
      terms: k + 2,
      prepare: (kernels, h, at) => kernels.pack(h, at("packed"), at("w"), wRows, wCols, 0, wRows, transpose),
      call(kernels, h, at, from, to) {
        const lane = first + from;
        const bias = biased ? at("bias") : NONE;
        const out = at("out") + lane * n;
        const a = at("a") + lane * k;
        kernels.matmul(h, out, a, at("packed"), bias, T, to - from, B, k, n, accumulate);
      },
    };
  },

  gradient(draw: Draw, max: number): Case {
    const count = draw.size(2 * max);
    const n = draw.size(max);
    const k = draw.size(max);
    return {
      kernel: "gradient",
      shape: `count ${count}, n ${n}, k ${k}`,
      operands: {
        dw: reals(draw.reals(n * k)),
        g: reals(draw.reals(count * n)),
        x: reals(draw.reals(count * k)),
      },
      extent: n,
      terms: count + 1,
      call: (kernels, h, at, from, to) => kernels.gradient(h, at("dw"), at("g"), at("x"), count, n, k, from, to),
    };
  },

  sumRows(draw: Draw, max: number): Case {
    const count = draw.size(2 * max);
    const n = draw.size(2 * max);
    return {
      kernel: "sumRows",
      shape: `count ${count}, n ${n}`,
      operands: { db: reals(draw.reals(n)), g: reals(draw.reals(count * n)) },
      extent: n,
      terms: count + 1,
      call: (kernels, h, at, from, to) => kernels.sumRows(h, at("db"), at("g"), count, n, from, to),
    };
  },

  gather(draw: Draw, max: number): Case {
    const { T, B, first, rows } = lanesOf(draw, max);
    const V = draw.size(max);
    const width = draw.size(max);
    return {
      kernel: "gather",
      shape: `T ${T}, B ${B}, lanes ${first}+${rows}, V ${V}, width ${width}`,
      operands: {
        out: reals(draw.reals(T * B * width)),
        table: reals(draw.reals(V * width)),
        ids: integers(draw.integers(T * B, 0, V - 1)),
      },
      extent: rows,
      call(kernels, h, at, from, to) {
        const lane = first + from;
        kernels.gather(h, at("out") + lane * width, at("table"), at("ids") + lane, T, to - from, B, width);
      },
    };
  },

  scatter(draw: Draw, max: number): Case {
    const count = draw.size(2 * max);
    const V = draw.size(max);
    const width = draw.size(max);
    return {
      kernel: "scatter",
      shape: `count ${count}, V ${V}, width ${width}`,
      operands: {
        dtable: reals(draw.reals(V * width)),
        g: reals(draw.reals(count * width)),
        ids: integers(draw.integers(count, 0, V - 1)),
      },
      extent: V,
      terms: count + 1,
      call: (kernels, h, at, from, to) => kernels.scatter(h, at("dtable"), at("g"), at("ids"), count, width, from, to),
    };
  },

  maskRows(draw: Draw, max: number): Case {
    const rows = draw.size(max);
    const width = draw.size(max);
    const inPlace = draw.chance(0.5);
    const target = inPlace ? "a" : "out";
    return {
      kernel: "maskRows",
      shape: `rows ${rows}, width ${width}, in place ${inPlace}`,
      operands: {
        out: reals(draw.reals(rows * width)),
        a: reals(draw.reals(rows * width)),
        starts: integers(draw.integers(rows, 0, 1)),
      },
      extent: rows,
      call: (kernels, h, at, from, to) =>
        kernels.maskRows(h, at(target) + from * width, at("a") + from * width, at("starts") + from, to - from, width),
    };
  },
} satisfies Partial<Record<keyof Kernels, (draw: Draw, max: number) => Case>>;
