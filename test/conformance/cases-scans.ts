// Cases of the QRNN's scans, which go over all steps of a window. Magnitudes follow each formula's roundings to first
// order, once for each step.

import { NONE } from "../../src/compute/kernels.js";
import type { Case, KernelName } from "./case.js";
import { lanesOf } from "./cases-products.js";
import type { Draw } from "./draw.js";

const reals = (values: Float32Array) => ({ kind: "reals", values }) as const;
const integers = (values: Int32Array) => ({ kind: "integers", values }) as const;

/** Sizes, some lanes of them, and in half of the cases a mask of starts. */
function scan(draw: Draw, max: number) {
  const sizes = { ...lanesOf(draw, max), H: draw.size(max) };
  const { T, B, first, rows, H } = sizes;
  const masked = draw.chance(0.5);
  const starts = draw.integers(T * B, 0, 1);
  const shape = `T ${T}, B ${B}, lanes ${first}+${rows}, H ${H}, starts ${masked}`;
  return { ...sizes, masked, starts, shape };
}

export const scanCases = {
  qrnnForward(draw: Draw, max: number): Case {
    const { T, B, first, rows, H, masked, starts, shape } = scan(draw, max);
    const c = draw.reals((T + 1) * B * H);
    return {
      kernel: "qrnnForward",
      shape,
      operands: {
        out: reals(draw.reals(T * B * H)),
        c: reals(c),
        gates: reals(draw.reals(T * B * 3 * H)),
        starts: integers(starts),
      },
      extent: rows,
      call(k, h, at, from, to) {
        const lane = first + from;
        const mask = masked ? at("starts") + lane : NONE;
        const out = at("out") + lane * H;
        const cell = at("c") + lane * H;
        const gates = at("gates") + lane * 3 * H;
        k.qrnnForward(h, out, cell, gates, mask, T, to - from, B, H);
      },
      // A cell is a mean of numbers below 1 and of the one that came in.
      magnitude: (name, i) => (name === "gates" ? 1 : T * (1 + Math.abs(c[i % (B * H)]!))),
    };
  },

  qrnnBackward(draw: Draw, max: number): Case {
    const { T, B, first, rows, H, masked, starts, shape } = scan(draw, max);
    const tangent = draw.between(T * B * 3 * H, -1, 1);
    const logistic = draw.between(T * B * 3 * H, 0, 1);
    const gates = tangent.map((z, i) => (i % (3 * H) < H ? z : logistic[i]!));
    const c = draw.reals((T + 1) * B * H);
    const dout = draw.reals(T * B * H);
    const dc = draw.reals(B * H);
    const arriving = (j: number): number => {
      let sum = Math.abs(dc[j]!);
      for (let t = 0; t < T; t++) sum += Math.abs(dout[t * B * H + j]!);
      return T * sum;
    };
    return {
      kernel: "qrnnBackward",
      shape,
      operands: {
        gates: reals(gates),
        c: reals(c),
        dout: reals(dout),
        dc: reals(dc),
        starts: integers(starts),
      },
      extent: rows,
      call(k, h, at, from, to) {
        const lane = first + from;
        const mask = masked ? at("starts") + lane : NONE;
        const cell = at("c") + lane * H;
        const dy = at("dout") + lane * H;
        const carry = at("dc") + lane * H;
        k.qrnnBackward(h, at("gates") + lane * 3 * H, cell, dy, carry, mask, T, to - from, B, H);
      },
      magnitude(name, i) {
        if (name === "dc") return arriving(i);
        const row = Math.floor(i / (3 * H));
        const gate = Math.floor((i % (3 * H)) / H);
        const j = row * H + (i % H);
        if (gate === 2) return Math.abs(dout[j]! * c[j + B * H]!);
        return arriving(j % (B * H)) * (gate === 0 ? 1 : 1 + Math.abs(c[j]!));
      },
    };
  },
} satisfies Partial<Record<KernelName, (draw: Draw, max: number) => Case>>;
