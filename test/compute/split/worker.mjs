// A thread of a split that counts its parts in `marks`, at its number; it ends, hangs or is late where it is told to.

import { workerData } from "node:worker_threads";
import { serveSplit } from "../../../dist/compute/split.js";
import { nodeEngineOf } from "../../../dist/node/engine/engine.js";

const { marks, engine: identity, how, ...setup } = workerData;
const engine = nodeEngineOf(identity);
const arena = engine.attach(setup.shared, setup.sharer);
const counts = new Int32Array(marks);
const matmul = (...operands) => {
  Atomics.add(counts, setup.sharer, 1);
  if (how === "hang") Atomics.wait(counts, 0, 0);
  if (how === "late") Atomics.wait(counts, 0, 0, 30);
  arena.kernels.matmul(...operands);
};
if (how === "end") process.exit(7);
serveSplit(setup, { ...arena, kernels: { ...arena.kernels, matmul } }, engine.panel);
