// Reference kernels of the elementwise primitives, from which users' own cells are built.

import type { Handle, Kernels } from "../kernels.js";
import type { MemoryOf } from "./memory.js";

type Names =
  | "fill"
  | "affine"
  | "add"
  | "multiply"
  | "multiplyAdd"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "sigmoidBackward"
  | "tanhBackward"
  | "reluBackward";

/** σ(x) = 1 / (1 + e⁻ˣ): 0 and 1 at the ends, where e⁻ˣ is infinite or 0. */
export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function elementwise(memory: MemoryOf): Pick<Kernels, Names> {
  const map1 = (h: Handle, out: number, a: number, n: number, f: (a: number) => number): void => {
    const y = memory(h).reals(out, n);
    const x = memory(h).reals(a, n);
    for (let i = 0; i < n; i++) y[i] = f(x[i]!);
  };
  const map2 = (h: Handle, out: number, a: number, b: number, n: number, f: (a: number, b: number) => number): void => {
    const y = memory(h).reals(out, n);
    const x = memory(h).reals(a, n);
    const z = memory(h).reals(b, n);
    for (let i = 0; i < n; i++) y[i] = f(x[i]!, z[i]!);
  };
  return {
    fill(h, out, value, n) {
      memory(h).reals(out, n).fill(value);
    },
    affine(h, out, a, scale, shift, n) {
      map1(h, out, a, n, (x) => scale * x + shift);
    },
    add(h, out, a, b, n) {
      map2(h, out, a, b, n, (x, z) => x + z);
    },
    multiply(h, out, a, b, n) {
      map2(h, out, a, b, n, (x, z) => x * z);
    },
    multiplyAdd(h, out, a, b, n) {
      const y = memory(h).reals(out, n);
      const x = memory(h).reals(a, n);
      const z = memory(h).reals(b, n);
      for (let i = 0; i < n; i++) y[i]! += x[i]! * z[i]!;
    },
    sigmoid(h, out, a, n) {
      map1(h, out, a, n, logistic);
    },
    tanh(h, out, a, n) {
      map1(h, out, a, n, Math.tanh);
    },
    // Math.max passes NaN on; `x > 0 ? x : 0` would not.
    relu(h, out, a, n) {
      map1(h, out, a, n, (x) => Math.max(0, x));
    },
    sigmoidBackward(h, out, y, dy, n) {
      map2(h, out, y, dy, n, (s, d) => d * s * (1 - s));
    },
    tanhBackward(h, out, y, dy, n) {
      map2(h, out, y, dy, n, (s, d) => d * (1 - s * s));
    },
    reluBackward(h, out, y, dy, n) {
      map2(h, out, y, dy, n, (s, d) => (s > 0 ? d : 0));
    },
  };
}
