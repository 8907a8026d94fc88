// Cases of the built-in cells' steps, of dropout and of the loss. Magnitudes follow each formula's roundings to first
// order.

import type { Case, KernelName } from "./case.js";
import { lanesOf } from "./cases-products.js";
import type { Draw } from "./draw.js";

type Build = (draw: Draw, max: number) => Case;

const reals = (values: Float32Array) => ({ kind: "reals", values }) as const;
const integers = (values: Int32Array) => ({ kind: "integers", values }) as const;

/** The values of element i's gates: gates lie (rows, G·H), `gate` picks one. */
const gateOf = (all: Float32Array, i: number, gate: number, G: number, H: number): number =>
  all[Math.floor(i / H) * G * H + gate * H + (i % H)]!;

/** From an element of the gates (rows, G·H) to its gate and its place in (rows, H). */
const placeOf = (i: number, G: number, H: number): { gate: number; j: number } => ({
  gate: Math.floor((i % (G * H)) / H),
  j: Math.floor(i / (G * H)) * H + (i % H),
});

/** Gates as a forward pass leaves them: σ in (0, 1), and gate `tanhAt` in (−1, 1). */
function gates(draw: Draw, rows: number, G: number, H: number, tanhAt: number): Float32Array {
  const logistic = draw.between(rows * G * H, 0, 1);
  const tangent = draw.between(rows * G * H, -1, 1);
  return logistic.map((value, i) => (placeOf(i, G, H).gate === tanhAt ? tangent[i]! : value));
}

export const cellCases = {
  gruForward(draw: Draw, max: number): Case {
    const rows = draw.size(max);
    const H = draw.size(max);
    const gx = draw.reals(rows * 3 * H);
    const gh = draw.reals(rows * 3 * H);
    const cand = draw.reals(rows * H);
    const prev = draw.reals(rows * H);
    const out = draw.reals(rows * H);
    const both = (j: number, gate: number): number =>
      Math.abs(gateOf(gx, j, gate, 3, H)) + Math.abs(gateOf(gh, j, gate, 3, H));
    // An error of 1 + |pre-activation| in σ's argument moves σ by at most a quarter of it; n takes r's error through
    // gh_n.
    const n = (j: number): number => 1 + both(j, 2) + Math.abs(gateOf(gh, j, 2, 3, H)) * (1 + both(j, 0));
    return {
      kernel: "gruForward",
      shape: `rows ${rows}, H ${H}`,
      operands: { out: reals(out), gx: reals(gx), gh: reals(gh), cand: reals(cand), prev: reals(prev) },
      extent: rows,
      call: (k, h, at, from, to) =>
        k.gruForward(
          h,
          at("out") + from * H,
          at("gx") + from * 3 * H,
          at("gh") + from * 3 * H,
          at("cand") + from * H,
          at("prev") + from * H,
          to - from,
          H,
        ),
      magnitude(name, i) {
        if (name === "out") return n(i) + (1 + both(i, 1)) * (1 + Math.abs(prev[i]!));
        if (name !== "gx") return 0; // a copy, and what stays as it is
        const { gate, j } = placeOf(i, 3, H);
        return gate === 2 ? n(j) : 1 + both(j, gate);
      },
    };
  },

  gruBackward(draw: Draw, max: number): Case {
    const rows = draw.size(max);
    const H = draw.size(max);
    const gx = gates(draw, rows, 3, H, 2);
    const gh = draw.reals(rows * 3 * H);
    const cand = draw.reals(rows * H);
    const prev = draw.reals(rows * H);
    const dout = draw.reals(rows * H);
    const dprev = draw.reals(rows * H);
    return {
      kernel: "gruBackward",
      shape: `rows ${rows}, H ${H}`,
      operands: {
        gx: reals(gx),
        gh: reals(gh),
        cand: reals(cand),
        prev: reals(prev),
        dout: reals(dout),
        dprev: reals(dprev),
      },
      extent: rows,
      call: (k, h, at, from, to) =>
        k.gruBackward(
          h,
          at("gx") + from * 3 * H,
          at("gh") + from * 3 * H,
          at("cand") + from * H,
          at("prev") + from * H,
          at("dout") + from * H,
          at("dprev") + from * H,
          to - from,
          H,
        ),
      magnitude(name, i) {
        if (name === "dprev") return Math.abs(dprev[i]!) + Math.abs(dout[i]!);
        const { gate, j } = name === "cand" ? { gate: 2, j: i } : placeOf(i, 3, H);
        const slope = Math.abs(dout[j]!);
        if (gate === 2) return slope;
        return gate === 0 ? slope * Math.abs(cand[j]!) : slope * (Math.abs(prev[j]!) + 1);
      },
    };
  },

  lstmForward(draw: Draw, max: number): Case {
    const rows = draw.size(max);
    const H = draw.size(max);
    const cPrev = draw.reals(rows * H);
    return {
      kernel: "lstmForward",
      shape: `rows ${rows}, H ${H}`,
      operands: {
        out: reals(draw.reals(rows * H)),
        cOut: reals(draw.reals(rows * H)),
        gates: reals(draw.reals(rows * 4 * H)),
        cPrev: reals(cPrev),
      },
      extent: rows,
      call: (k, h, at, from, to) =>
        k.lstmForward(
          h,
          at("out") + from * H,
          at("cOut") + from * H,
          at("gates") + from * 4 * H,
          at("cPrev") + from * H,
          to - from,
          H,
        ),
      magnitude: (name, i) => (name === "gates" ? 1 : 1 + Math.abs(cPrev[i]!)),
    };
  },

  lstmBackward(draw: Draw, max: number): Case {
    const rows = draw.size(max);
    const H = draw.size(max);
    const cOut = draw.reals(rows * H);
    const cPrev = draw.reals(rows * H);
    const dout = draw.reals(rows * H);
    const dc = draw.reals(rows * H);
    const arriving = (j: number): number => Math.abs(dc[j]!) + Math.abs(dout[j]!);
    return {
      kernel: "lstmBackward",
      shape: `rows ${rows}, H ${H}`,
      operands: {
        gates: reals(gates(draw, rows, 4, H, 2)),
        cOut: reals(cOut),
        cPrev: reals(cPrev),
        dout: reals(dout),
        dc: reals(dc),
      },
      extent: rows,
      call: (k, h, at, from, to) =>
        k.lstmBackward(
          h,
          at("gates") + from * 4 * H,
          at("cOut") + from * H,
          at("cPrev") + from * H,
          at("dout") + from * H,
          at("dc") + from * H,
          to - from,
          H,
        ),
      magnitude(name, i) {
        if (name === "dc") return arriving(i);
        const { gate, j } = placeOf(i, 4, H);
        return arriving(j) * (gate === 1 ? Math.abs(cPrev[j]!) : 1);
      },
    };
  },

  dropout(draw: Draw, max: number): Case {
    const { T, B, first, rows } = lanesOf(draw, max);
    const width = draw.size(max);
    const rate = draw.pick([0, 0.1, 0.5, 0.9]);
    const inPlace = draw.chance(0.5);
    const seedLow = draw.integer(0, 4294967295);
    const seedHigh = draw.integer(0, 2097151);
    // Half of the time the token's low word overflows inside the window.
    const tokenLow = draw.chance(0.5) ? 4294967295 - draw.integer(0, T) : draw.integer(0, 1e6);
    const tokenHigh = draw.integer(0, 1000);
    const purpose = draw.integer(128, 191);
    const lane0 = draw.integer(0, 5000);
    const target = inPlace ? "a" : "out";
    return {
      kernel: "dropout",
      shape: `T ${T}, B ${B}, lanes ${first}+${rows}, width ${width}, rate ${rate}, token ${tokenHigh}:${tokenLow}`,
      operands: { out: reals(draw.reals(T * B * width)), a: reals(draw.reals(T * B * width)) },
      extent: rows,
      call(k, h, at, from, to) {
        const lane = first + from;
        k.dropout(
          h,
          at(target) + lane * width,
          at("a") + lane * width,
          T,
          to - from,
          B,
          width,
          rate,
          seedLow,
          seedHigh,
          purpose,
          lane0 + lane,
          tokenLow,
          tokenHigh,
        );
      },
    };
  },

  crossEntropy(draw: Draw, max: number): Case {
    const { T, B, first, rows } = lanesOf(draw, Math.min(max, 33));
    const V = draw.size(4 * max);
    const backward = draw.integer(0, 1);
    const spread = draw.pick([0.1, 1, 1, 600]);
    const logits = draw.reals(T * B * V).map((logit) => spread * logit);
    const targets = draw.integers(T * B, -1, V - 1);
    const largest = (row: number): number => logits.subarray(row * V, (row + 1) * V).reduce((a, b) => Math.max(a, b));
    const sums = Array.from({ length: T * B }, (_, row) =>
      logits.subarray(row * V, (row + 1) * V).reduce((sum, logit) => sum + Math.exp(logit - largest(row)), 0),
    );
    return {
      kernel: "crossEntropy",
      shape: `T ${T}, B ${B}, lanes ${first}+${rows}, V ${V}, backward ${backward}, spread ${spread}`,
      operands: { losses: reals(draw.reals(T * B)), logits: reals(logits), targets: integers(targets) },
      extent: rows,
      call(k, h, at, from, to) {
        const lane = first + from;
        k.crossEntropy(
          h,
          at("losses") + lane,
          at("logits") + lane * V,
          at("targets") + lane,
          T,
          to - from,
          B,
          V,
          backward,
        );
      },
      magnitude(name, i) {
        // V additions of powers, each power off by its argument's rounding: V + |argument| roundings of the sum.
        if (name === "losses") return targets[i] === -1 ? 0 : V + largest(i) - logits[i * V + targets[i]!]!;
        const row = Math.floor(i / V);
        const below = largest(row) - logits[i]!;
        return (Math.exp(-below) / sums[row]!) * (V + below) + (targets[row] === i % V ? 1 : 0);
      },
    };
  },
} satisfies Partial<Record<KernelName, Build>>;
