// A worker for crew.test.ts: it marks which parts it did, and fails as it is told to.
import { workerData } from "node:worker_threads";
import { serveWorkerPool } from "../../../dist/compute/worker-pool.js";

const { control, marks, worker } = workerData;
const cells = new Int32Array(marks);
const [HANGS, FAILING] = [0, 1023]; // as in crew.test.ts

if (worker === workerData.neverServes) await new Promise(() => setInterval(() => {}, 1000));
serveWorkerPool(control, worker, (act, part) => {
  if (act.kind === "throw" || act.kind === "exit") {
    Atomics.store(cells, FAILING, 1);
    Atomics.notify(cells, FAILING);
  }
  if (act.kind === "throw") throw new RangeError(`part ${part} of a worker broke`);
  if (act.kind === "exit") process.exit(3);
  if (act.kind === "hang") Atomics.wait(cells, HANGS, 0, 10_000);
  Atomics.add(cells, 1 + part, 1);
  Atomics.add(cells, 1 + act.parts + worker, 1);
});
