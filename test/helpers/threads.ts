// Threads for tests: workers of the built package (Node 20 runs no TypeScript), under a caller from src/. It tests
// nothing itself.

import type { Spawn } from "../../src/base/ports.js";
import { presentIn } from "../../src/compute/worker-pool.js";
import { spawnFrom } from "../../src/node/engine/threads.js";
import type { WorkerSetup } from "../../src/training/step/threads.js";

const module = new URL("../../dist/node/engine/pool-worker.js", import.meta.url);

export interface Watched {
  readonly spawn: Spawn;
  /** Resolves when so many workers serve. */
  present(count: number): Promise<void>;
  /** How many were started and how many of them ended. */
  readonly counts: { started: number; ended: number };
}

/** With `alone` the last worker comes at once, the one that takes the caller's place: workers then do everything. */
export function watchThreads(alone: boolean): Watched {
  let control: SharedArrayBuffer | undefined;
  let failure: unknown;
  const counts = { started: 0, ended: 0 };
  const start = spawnFrom(module);
  const spawn: Spawn = (data, failed) => {
    const setup = data as WorkerSetup;
    control = setup.control;
    const heard = (error: unknown) => {
      failure ??= error;
      failed(error);
    };
    const setups = [setup];
    if (alone && setup.sharer === 1) setups.push({ ...setup, sharer: setup.shared.sharers });
    const threads = setups.map((each) => start(each, heard));
    counts.started += threads.length;
    return {
      end() {
        counts.ended += threads.length;
        for (const thread of threads) thread.end();
      },
    };
  };
  async function present(count: number): Promise<void> {
    while (control === undefined || presentIn(control) < count) {
      if (failure) throw failure;
      await new Promise((go) => setTimeout(go, 2));
    }
  }
  return { spawn, present, counts };
}
