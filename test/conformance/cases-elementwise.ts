// Cases of the elementwise primitives and optimizers: n elements, outputs that may be inputs.

import { type Handle, type Kernels, NONE } from "../../src/compute/kernels.js";
import type { Case, KernelName } from "./case.js";
import type { Draw } from "./draw.js";

type Build = (draw: Draw, max: number) => Case;

const reals = (values: Float32Array) => ({ kind: "reals", values }) as const;

/** A case over n elements of `out`, `a` and `b`, where out may lie on a or on b. */
function elements(
  kernel: KernelName,
  call: (k: Kernels, h: Handle, out: number, a: number, b: number, n: number) => void,
  magnitude?: (out: number, a: number, b: number) => number,
): Build {
  return (draw, max) => {
    const n = draw.size(8 * max);
    const values = { out: draw.reals(n), a: draw.reals(n), b: draw.reals(n) };
    const target = draw.pick(["out", "out", "a", "b"]);
    return {
      kernel,
      shape: `n ${n}, written to ${target}`,
      operands: { out: reals(values.out), a: reals(values.a), b: reals(values.b) },
      extent: n,
      call: (k, h, at, from, to) => call(k, h, at(target) + from, at("a") + from, at("b") + from, to - from),
      ...(magnitude === undefined
        ? {}
        : {
            magnitude: (_: string, i: number) =>
              magnitude(values[target as keyof typeof values][i]!, values.a[i]!, values.b[i]!),
          }),
    };
  };
}

/** A case of an optimizer: parameters w, gradients g, and its moments. */
function optimizer(
  kernel: KernelName,
  moments: readonly ("m" | "v")[],
  step: (draw: Draw) => {
    settings: object;
    call: (k: Kernels, h: Handle, w: number, g: number, m: number, v: number, n: number) => void;
    magnitude: (w: number, g: number, m: number, v: number) => { w: number; m?: number; v?: number };
  },
): Build {
  return (draw, max) => {
    const n = draw.size(8 * max);
    const { settings, call, magnitude } = step(draw);
    const values = { w: draw.reals(n), g: draw.reals(n), m: draw.reals(n), v: draw.reals(n).map(Math.abs) };
    const names = (["w", "g", ...moments] as const).map((name) => [name, reals(values[name])] as const);
    return {
      kernel,
      shape: `n ${n}, ${JSON.stringify(settings)}`,
      operands: Object.fromEntries(names),
      extent: n,
      call(k, h, at, from, to) {
        const m = moments.includes("m") ? at("m") + from : NONE;
        const v = moments.includes("v") ? at("v") + from : NONE;
        call(k, h, at("w") + from, at("g") + from, m, v, to - from);
      },
      magnitude: (name, i) =>
        magnitude(values.w[i]!, values.g[i]!, values.m[i]!, values.v[i]!)[name as "w" | "m" | "v"] ?? 0,
    };
  };
}

const gradientUse = (draw: Draw) => ({
  scale: draw.pick([1, 1 / 512, 0.3]),
  limit: draw.pick([Infinity, 0.25]),
  decay: draw.pick([0, 0.01]),
});

interface Use {
  readonly scale: number;
  readonly limit: number;
  readonly decay: number;
}

/** The gradient that is used, and the magnitude it is formed from. */
function used(w: number, g: number, s: Use): { slope: number; size: number } {
  const clipped = Math.max(-s.limit, Math.min(s.limit, s.scale * g));
  return { slope: clipped + s.decay * w, size: Math.abs(clipped) + s.decay * Math.abs(w) };
}

function sgdCase(momentum: boolean): Build {
  return optimizer("sgd", momentum ? ["m"] : [], (draw) => {
    const s = { ...gradientUse(draw), rate: draw.pick([1e-3, 0.5]), momentum: momentum ? 0.9 : 0 };
    return {
      settings: s,
      call: (k, h, w, g, m, _v, n) => k.sgd(h, w, g, m, n, s.scale, s.limit, s.rate, s.momentum, s.decay),
      magnitude(w, g, m) {
        const moment = used(w, g, s).size + s.momentum * Math.abs(m);
        return { w: Math.abs(w) + s.rate * moment, m: moment };
      },
    };
  });
}

/** The magnitude of a / (√v + …) whose parts have magnitudes a and vSize: a root halves v's relative error. */
function quotient(a: number, v: number, vSize: number, eps: number): number {
  return v === 0 ? a / eps : (a / (Math.sqrt(v) + eps)) * (1 + vSize / v);
}

export const elementwiseCases = {
  fill: (draw: Draw, max: number): Case => {
    const value = draw.pick([0, 1, -0.1, 1e-30]);
    return elements("fill", (k, h, out, _a, _b, n) => k.fill(h, out, value, n))(draw, max);
  },
  affine(draw: Draw, max: number): Case {
    const scale = draw.pick([1, -1, 0.1, 3]);
    const shift = draw.pick([0, 1, -0.7]);
    return elements(
      "affine",
      (k, h, out, a, _b, n) => k.affine(h, out, a, scale, shift, n),
      (_out, a) => Math.abs(scale * a) + Math.abs(shift),
    )(draw, max);
  },
  add: elements("add", (k, h, out, a, b, n) => k.add(h, out, a, b, n)),
  multiply: elements("multiply", (k, h, out, a, b, n) => k.multiply(h, out, a, b, n)),
  multiplyAdd: elements(
    "multiplyAdd",
    (k, h, out, a, b, n) => k.multiplyAdd(h, out, a, b, n),
    (out, a, b) => Math.abs(out) + Math.abs(a * b),
  ),
  sigmoid: elements("sigmoid", (k, h, out, a, _b, n) => k.sigmoid(h, out, a, n)),
  tanh: elements("tanh", (k, h, out, a, _b, n) => k.tanh(h, out, a, n)),
  relu: elements("relu", (k, h, out, a, _b, n) => k.relu(h, out, a, n)),
  sigmoidBackward: elements(
    "sigmoidBackward",
    (k, h, out, a, b, n) => k.sigmoidBackward(h, out, a, b, n),
    (_out, y, dy) => Math.abs(dy * y) * (1 + Math.abs(y)),
  ),
  tanhBackward: elements(
    "tanhBackward",
    (k, h, out, a, b, n) => k.tanhBackward(h, out, a, b, n),
    (_out, y, dy) => Math.abs(dy) * (1 + y * y),
  ),
  reluBackward: elements("reluBackward", (k, h, out, a, b, n) => k.reluBackward(h, out, a, b, n)),

  rnnForward(draw: Draw, max: number): Case {
    const relu = draw.integer(0, 1);
    return elements("rnnForward", (k, h, out, a, _b, n) => k.rnnForward(h, out, a, n, relu))(draw, max);
  },
  rnnBackward(draw: Draw, max: number): Case {
    const relu = draw.integer(0, 1);
    return elements(
      "rnnBackward",
      (k, h, out, a, b, n) => k.rnnBackward(h, out, a, b, n, relu),
      (_out, y, dy) => Math.abs(dy) * (1 + y * y),
    )(draw, max);
  },

  sumSquares(draw: Draw, max: number): Case {
    const rows = draw.size(max);
    const cols = draw.size(4 * max);
    return {
      kernel: "sumSquares",
      shape: `rows ${rows}, cols ${cols}`,
      operands: { out: reals(draw.reals(rows)), g: reals(draw.reals(rows * cols)) },
      extent: rows,
      terms: cols,
      call: (k, h, at, from, to) => k.sumSquares(h, at("out") + from, at("g") + from * cols, to - from, cols),
    };
  },
  sgd: (draw: Draw, max: number): Case => sgdCase(draw.chance(0.5))(draw, max),
  adam: optimizer("adam", ["m", "v"], (draw) => {
    const t = draw.pick([1, 3, 10_000]);
    const beta1 = draw.pick([0.9, 0.7]);
    const beta2 = draw.pick([0.999, 0.99]);
    const rate = 1e-3;
    const eps = 1e-8;
    const step = rate / (1 - beta1 ** t);
    const rootCorrection = Math.sqrt(1 - beta2 ** t);
    const s = { ...gradientUse(draw), shrink: draw.pick([1, 0.99999]), beta1, beta2, t };
    return {
      settings: s,
      call: (k, h, w, g, m, v, n) =>
        k.adam(h, w, g, m, v, n, s.scale, s.limit, step, beta1, beta2, eps, rootCorrection, s.decay, s.shrink),
      magnitude(w, g, m, v) {
        const { slope, size } = used(w, g, s);
        const mSize = beta1 * Math.abs(m) + (1 - beta1) * size;
        const vSize = beta2 * v + (1 - beta2) * size * size;
        const ratio = quotient(mSize, beta2 * v + (1 - beta2) * slope * slope, vSize, eps * rootCorrection);
        return { w: Math.abs(w) + step * rootCorrection * ratio, m: mSize, v: vSize };
      },
    };
  }),
  rmsprop: optimizer("rmsprop", ["v"], (draw) => {
    const s = { ...gradientUse(draw), rate: draw.pick([1e-3, 0.1]), alpha: draw.pick([0.99, 0.9]), eps: 1e-8 };
    return {
      settings: s,
      call: (k, h, w, g, _m, v, n) => k.rmsprop(h, w, g, v, n, s.scale, s.limit, s.rate, s.alpha, s.eps, s.decay),
      magnitude(w, g, _m, v) {
        const { slope, size } = used(w, g, s);
        const vSize = s.alpha * v + (1 - s.alpha) * size * size;
        const ratio = quotient(size, s.alpha * v + (1 - s.alpha) * slope * slope, vSize, s.eps);
        return { w: Math.abs(w) + s.rate * ratio, v: vSize };
      },
    };
  }),
} satisfies Partial<Record<KernelName, Build>>;
