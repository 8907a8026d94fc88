// Counts the n-gram in a thread of its own, so that training does not wait for it.

import { parentPort, workerData } from "node:worker_threads";
import { type BaselineRequest, baseline } from "../evaluation/baseline.js";

parentPort?.postMessage(baseline(workerData as BaselineRequest));
