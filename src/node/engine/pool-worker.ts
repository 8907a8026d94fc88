// The module of a Node worker thread: it computes its parts of each work item until it is ended.

import { workerData } from "node:worker_threads";
import { servePool, type WorkerSetup } from "../../training/step/threads.js";
import { nodeEngineOf } from "./engine.js";

await servePool(workerData as WorkerSetup, nodeEngineOf);
