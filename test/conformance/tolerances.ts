// How far a kernel may lie from the f64 reference on the same float32 inputs, with reasons. u = 2⁻²⁴, half a unit in
// the last place of a float32 near 1, is the error of one rounding. The bounds are computed beside each result, never
// measured.

import type { KernelName } from "./case.js";

export type Tolerance =
  /** The same number. */
  | { readonly kind: "exact" }
  /** c · n · u · Σ|terms|, the textbook bound of a sum of n terms (Higham, "Accuracy and Stability", ch. 3), c ≤ 2. */
  | { readonly kind: "sum"; readonly c: number }
  /** units · u · the case's magnitude, by default the true value's own. */
  | { readonly kind: "units"; readonly units: number };

const exact: Tolerance = { kind: "exact" };
const sum: Tolerance = { kind: "sum", c: 1 };
const units = (n: number): Tolerance => ({ kind: "units", units: n });

export const tolerances: Readonly<Record<KernelName, Tolerance>> = {
  pack: exact, // a copy
  matmul: sum,
  gradient: sum,
  sumRows: sum,
  gather: exact, // a copy
  scatter: sum,
  maskRows: exact, // a copy or zero
  rnnForward: units(6), // tanh below 3 ulp
  rnnBackward: units(4), // 3 roundings of |dout|·(1 + out²)
  gruForward: units(12), // σ and tanh below 3 ulp, and 4 roundings on the way
  gruBackward: units(8), // up to 7 factors, each rounded
  lstmForward: units(16), // a 6u gate times a 6u gate, and a sum
  lstmBackward: units(16), // tanh, then up to 8 roundings
  qrnnForward: units(16), // a step: 6u of f times z − p, 6u of z, 4 roundings; the steps stand in the magnitude
  qrnnBackward: units(10), // a step: 4 roundings on the way of d, then up to 6; the steps stand in the magnitude
  fill: units(1), // the value as a float32
  affine: units(4), // scale and shift may come rounded, then a product and a sum
  add: units(1), // one rounding
  multiply: units(1), // one rounding
  multiplyAdd: units(2), // two roundings, or one where fused
  sigmoid: units(6), // below 3 ulp
  tanh: units(6), // below 3 ulp
  relu: exact, // a choice
  sigmoidBackward: units(4), // 3 roundings
  tanhBackward: units(4), // 3 roundings
  reluBackward: exact, // a choice
  dropout: units(4), // 1 − rate and its reciprocal may be rounded before the product
  crossEntropy: units(8), // exp below 3 ulp; the sum's n stands in the magnitude
  sumSquares: sum,
  sgd: units(8), // each scalar may come rounded; at most 4 products in a row
  adam: units(12), // the same, a root and a quotient
  rmsprop: units(12), // the same, a root and a quotient
};

/**
 * Bounds in units in the last place over every float32 exponent, subnormal results included. The widest sweep of wasm
 * met 2.1, 2.5 and 2.1; the reference rounds once.
 */
export const ulps = { sigmoid: 3, tanh: 3, softmax: 3 };
