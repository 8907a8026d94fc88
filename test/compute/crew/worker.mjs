// A worker for crew.test.ts: it marks which parts it did, and fails as it is told to.
import { workerData } from "node:worker_threads";
import { serveCrew } from "../../../dist/compute/crew.js";

const { control, marks, worker } = workerData;
const cells = new Int32Array(marks);

if (worker === workerData.neverServes) await new Promise(() => setInterval(() => {}, 1000));
serveCrew(control, (act, part) => {
  if (act.kind === "throw") throw new RangeError(`part ${part} of a worker broke`);
  if (act.kind === "exit") process.exit(3);
  if (act.kind === "hang") Atomics.wait(cells, 0, 0, 100);
  Atomics.add(cells, 1 + part, 1);
  Atomics.add(cells, 1 + act.parts + worker, 1);
});
