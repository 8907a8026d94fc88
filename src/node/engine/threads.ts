// Threads of Node: workers of node:worker_threads.

import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { LonghandError } from "../../base/errors.js";
import type { Spawn, Threads } from "../../base/ports.js";
import { usableCores } from "../system/cores.js";

/** Bytes of a Node worker with the kernels loaded; measured: 7 to 15 MiB with native, up to 20 with WebAssembly. */
const threadBytes = (engine: string) => (engine === "wasm" ? 14 : 12) * 2 ** 20;

/** All cores that this process may use. */
export function nodeThreads(): Threads {
  return {
    available: usableCores(),
    spawn: spawnFrom(new URL("./pool-worker.js", import.meta.url)),
    bytes: threadBytes,
  };
}

/**
 * Starts threads that run a module. Throws if the module's file is missing, as it is if a program was bundled into one
 * file.
 */
export function spawnFrom(module: URL): Spawn {
  return (data, failed) => {
    if (!existsSync(module)) throw new Error("the worker's module, pool-worker.js, was not found");
    const worker = new Worker(module, {
      workerData: data,
      execArgv: [], // the process's own options, such as --input-type, may not suit a file
    });
    worker.unref();
    worker.once("error", failed);
    worker.once("exit", (code) => failed(ended(code)));
    return { end: () => void worker.terminate() };
  };
}

function ended(code: number): LonghandError {
  return new LonghandError("io", `A worker thread ended unexpectedly (code ${code}).`, {
    hint: "Resume the run from its last save; with `threads: 1` there is no worker thread.",
  });
}
