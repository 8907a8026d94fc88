// A model and the pool of threads that computes it: how many threads are worth their cost, workers over the model's
// arena, and the life of such a worker. The entry points know how to start a thread; compute/worker-pool.ts shares out
// the work.

import type { Threads } from "../../base/ports.js";
import type { Engine, SharedMemory } from "../../compute/arena.js";
import type { EngineIdentity } from "../../compute/engines.js";
import { createMeter, createProfile, type Profile } from "../../compute/profile.js";
import {
  createWorkerPool,
  NO_SHARING,
  reasonOf,
  serveWorkerPool,
  singleThread,
  type WorkerPool,
} from "../../compute/worker-pool.js";
import type { Cell } from "../../model/cells/cell.js";
import { cells, findCell } from "../../model/cells/index.js";
import { LanguageModel } from "../../model/language-model.js";
import type { ModelOptions } from "../../model/layout/plan.js";
import { type ModelSpec, modelParameters } from "../../model/layout/spec.js";
import { rangeOf, type StepItem, stepRunner } from "./step.js";

export interface PoolOptions {
  readonly threads?: Threads | undefined;
  /** Number of threads, even where they gain nothing. Unset: all cores, fewer for a small model. */
  readonly asked?: number | undefined;
  readonly pause?: (() => Promise<void>) | undefined;
  readonly notice?: ((text: string) => void) | undefined;
  /** Measure where the time goes. */
  readonly profile?: boolean | undefined;
}

/** What a worker starts with. */
export interface WorkerSetup {
  readonly control: SharedArrayBuffer;
  readonly shared: SharedMemory;
  readonly sharer: number;
  readonly engine: EngineIdentity;
  readonly spec: Omit<ModelSpec, "cell">;
  /** A built-in cell by its kind, another by the URL of its module. */
  readonly cell: { readonly kind: string; readonly url?: string };
  readonly options: ModelOptions;
  /** The array in which it counts its time. */
  readonly profile?: ArrayBufferLike;
}

/** Floating-point operations of a window that pay for a thread: about a millisecond of work. */
const WORTH = 2 ** 26;
/**
 * A window is long if it pays for this many threads for each that computes: 32 ms of the fastest engine, 100 of
 * another.
 */
const LONG = 32;

/** A model and its pool. Where no other thread can be started, the caller computes, and a notice says why. */
export function createPool(
  spec: ModelSpec,
  engine: Engine,
  options: ModelOptions,
  o: PoolOptions = {},
): { model: LanguageModel; pool: WorkerPool<StepItem>; profile: Profile | undefined } {
  const count = countThreads(spec, options, o);
  const obstacle = obstacleOf(spec.cell, engine, o);
  if (obstacle !== undefined && count > 1) o.notice?.(`One thread computes: ${obstacle}.`);
  const { spawn } = o.threads ?? {};
  const long = isLong(spec, options, count);
  // If one thread computes long windows, a worker does it, and the caller stays free for signals.
  const alone = obstacle !== undefined || spawn === undefined || (count === 1 && !long);
  const profile = o.profile ? createProfile(alone ? 1 : count, alone) : undefined;
  const model = new LanguageModel(spec, engine, options, (length) => {
    const arena = engine.open(length, alone ? 0 : count);
    return profile?.meter.over(arena) ?? arena;
  });
  const run = stepRunner(model, rangeOf, profile?.meter);
  if (alone) return { model, pool: singleThread(run), profile };
  const { name, level } = engine;
  const { cell, ...rest } = spec;
  const setup = {
    shared: model.arena.shared!,
    engine: { name, level },
    spec: rest,
    cell: cells.includes(cell) ? { kind: cell.kind } : { kind: cell.kind, url: cell.url! },
    options,
    ...(profile && { profile: profile.counts }),
  };
  const pool = createWorkerPool<StepItem>({
    threads: count,
    long,
    run,
    spawn: (control, worker, failed) => spawn({ ...setup, control, sharer: worker } satisfies WorkerSetup, failed),
    pause: o.pause ?? (() => new Promise((go) => setTimeout(go, 0))),
    refused: (error) => o.notice?.(`One thread computes: no other could be started (${reasonOf(error)}).`),
  });
  return { model, pool, profile };
}

/** The life of a worker. `engineOf` gives this thread's engine of the same name and level. */
export async function servePool(setup: WorkerSetup, engineOf: (identity: EngineIdentity) => Engine): Promise<never> {
  const engine = engineOf(setup.engine);
  const { shared, sharer, control, spec, options } = setup;
  const cell = await loadCell(setup.cell);
  const meter = setup.profile && createMeter(setup.profile, sharer);
  const model = new LanguageModel({ ...spec, cell }, engine, options, () => {
    const arena = engine.attach!(shared, sharer);
    return meter?.over(arena) ?? arena;
  });
  serveWorkerPool(control, sharer, stepRunner(model, rangeOf, meter));
}

/** Number of threads that compute: no more than lanes, since a lane is the largest part of the work. */
export function countThreads(spec: ModelSpec, options: ModelOptions, o: PoolOptions): number {
  const wanted = o.asked ?? Math.min(o.threads?.available ?? 1, worthOf(spec, options));
  return Math.max(1, Math.min(wanted, options.lanes));
}

/** Number of workers: with long windows as many as threads, since one computes in place of the caller. */
export function countWorkers(spec: ModelSpec, engine: Engine, options: ModelOptions, o: PoolOptions): number {
  if (obstacleOf(spec.cell, engine, o) !== undefined) return 0;
  const count = countThreads(spec, options, o);
  return count > 1 || isLong(spec, options, count) ? count : 0;
}

function isLong(spec: ModelSpec, options: ModelOptions, threads: number): boolean {
  return worthOf(spec, options) >= LONG * threads;
}

/** Number of threads that a window pays for. */
function worthOf(spec: ModelSpec, { lanes, steps }: ModelOptions): number {
  const matrices = modelParameters(spec).reduce((sum, p) => sum + (p.packed ? p.rows * p.cols : 0), 0);
  return Math.floor((6 * matrices * lanes * steps) / WORTH);
}

function obstacleOf(cell: Cell, engine: Engine, o: PoolOptions): string | undefined {
  if (o.threads === undefined) return "this way of training starts no threads";
  if (engine.attach === undefined) return NO_SHARING;
  if (!cells.includes(cell) && cell.url === undefined) {
    return `the cell ${cell.kind} has no url, from which other threads could load it`;
  }
  return undefined;
}

/** The address is the user's and is known only when a run starts: bundlers are told not to look for the module. */
async function loadCell({ kind, url }: WorkerSetup["cell"]): Promise<Cell> {
  if (url === undefined) return findCell(kind);
  const module: { default?: Cell } = await import(/* webpackIgnore: true */ /* @vite-ignore */ url);
  if (module.default?.kind !== kind) throw new Error(`The module ${url} has no cell ${kind} as its default export.`);
  return module.default;
}
