// A thread of a crew: it computes its parts until it is ended.

import { workerData } from "node:worker_threads";
import { serveTeam, type WorkerSetup } from "../../training/step/threads.js";
import { nodeEngineOf } from "./engine.js";

await serveTeam(workerData as WorkerSetup, nodeEngineOf);
