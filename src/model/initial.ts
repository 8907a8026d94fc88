// Initialization of parameters, by PyTorch's distributions: embeddings N(0, 1), a layer's weights and biases uniform in
// ±1/√H, the decoder's uniform in ±1/√inputs. Each value is a function of the seed, the index of its parameter and its
// own index.

import { normal, Purpose, uniform } from "../base/random.js";
import type { Reals } from "../compute/arena.js";
import type { ModelParameter } from "./layout/spec.js";

/** Fills `values` (rows, cols) of parameter number `index` of the table. */
export function initialize(p: ModelParameter, index: number, seed: number, values: Reals): void {
  const { initial } = p;
  switch (initial.kind) {
    case "constant":
      values.fill(initial.value);
      return;
    case "identity":
      values.fill(0);
      for (let i = 0; i < Math.min(p.rows, p.cols); i++) values[i * p.cols + i] = 1;
      return;
    case "normal":
      for (let i = 0; i < values.length; i++) values[i] = normal(seed, Purpose.init, i, index);
      return;
    case "uniform":
    case "rows":
      for (let i = 0; i < values.length; i++) {
        values[i] = (2 * uniform(seed, Purpose.init, i, index) - 1) * initial.bound;
      }
      if (initial.kind === "rows") values.fill(initial.value, initial.from * p.cols, initial.to * p.cols);
      return;
    default:
      initial satisfies never;
  }
}
