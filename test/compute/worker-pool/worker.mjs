// A worker for worker-pool.test.ts: it counts the parts that it ran, and fails as its item says.
import { workerData } from "node:worker_threads";
import { serveWorkerPool } from "../../../dist/compute/worker-pool.js";

const { control, marks, worker } = workerData;
const cells = new Int32Array(marks);
const HANGS = 0;
const FAILING = 1023; // as in worker-pool.test.ts

if (worker === workerData.neverServes) await new Promise(() => setInterval(() => {}, 1000));
serveWorkerPool(control, worker, (item, part) => {
  if (item.kind === "throw" || item.kind === "exit") {
    Atomics.store(cells, FAILING, 1);
    Atomics.notify(cells, FAILING);
  }
  if (item.kind === "throw") throw new RangeError(`part ${part} of a worker broke`);
  if (item.kind === "exit") process.exit(3);
  if (item.kind === "hang") Atomics.wait(cells, HANGS, 0, 10_000);
  Atomics.add(cells, 1 + part, 1);
  Atomics.add(cells, 1 + item.parts + worker, 1);
});
