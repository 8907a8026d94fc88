// Profile of training: milliseconds and calls of each kernel in each phase. Each thread counts in its own row of one
// shared array, and the caller sums the rows. A run that is not profiled has no cost; a profiled run has the same bits.

import type { Arena } from "./arena.js";
import { type Kernels, kernelNames } from "./kernels.js";

/** The phases of an update. The first three are divided over lanes, the last two over rows of parameters. */
export type Phase = "forward" | "loss" | "backward" | "gradients" | "update";
const phases: readonly Phase[] = ["forward", "loss", "backward", "gradients", "update"];

/** Times of some updates, in seconds. */
export interface ProfileReport {
  readonly steps: number;
  /** Number of threads that compute. */
  readonly threads: number;
  /** Wall time of all updates, and its part in which threads share work. */
  readonly seconds: number;
  readonly shared: number;
  /** Time in each phase, summed over threads. Threads waited for the rest of threads · `shared`. */
  readonly phases: Readonly<Record<Phase, number>>;
  /** The kernels that were called, summed over threads, the longest first. */
  readonly kernels: readonly { readonly kernel: keyof Kernels; readonly calls: number; readonly seconds: number }[];
  /**
   * Seconds that each thread computed and waited, the calling thread first. There is one more than `threads` if a
   * worker computed in place of the calling thread, which then only waited.
   */
  readonly each: readonly { readonly busy: number; readonly idle: number }[];
}

/** The counter of one thread. */
export interface Meter {
  /** Begins a phase; without an argument, stops counting. */
  enter(phase?: Phase): void;
  /** The arena with counted kernels. */
  over(arena: Arena): Arena;
}

/** The profile, as the calling thread has it. */
export interface Profile {
  /** The array of counts, from which another thread creates its meter. */
  readonly counts: ArrayBufferLike;
  /** The meter of the calling thread. */
  readonly meter: Meter;
  /** Counts an update of `ms` milliseconds; `shared` as in the report. */
  addUpdate(ms: number, shared: number): void;
  report(): ProfileReport;
}

// The row of a thread: per phase its milliseconds, then calls and milliseconds of each kernel.
const PHASE = 1 + 2 * kernelNames.length;
const THREAD = phases.length * PHASE;

/** A profile of the calling thread and, unless `single`, of workers 1 to `threads`. */
export function createProfile(threads: number, single = threads === 1): Profile {
  const rows = single ? 1 : threads + 1;
  const bytes = rows * THREAD * Float64Array.BYTES_PER_ELEMENT;
  const counts = single ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes);
  const total = new Float64Array(counts);
  const elapsed = { steps: 0, ms: 0, shared: 0 };
  /** The sum of column `word` of the phases and threads that `which` selects. */
  const sum = (word: number, which: (row: number, phase: number) => boolean = () => true) => {
    let all = 0;
    for (let row = 0; row < rows; row++) {
      for (const p of phases.keys()) if (which(row, p)) all += total[row * THREAD + p * PHASE + word]!;
    }
    return all;
  };
  return {
    counts,
    meter: createMeter(counts, 0),
    addUpdate(ms, shared) {
      elapsed.steps += 1;
      elapsed.ms += ms;
      elapsed.shared += shared;
    },
    report() {
      const shared = elapsed.shared / 1000;
      const each = Array.from({ length: rows }, (_, row) => {
        const busy = sum(0, (r) => r === row) / 1000;
        return { busy, idle: Math.max(0, shared - busy) };
      });
      return {
        steps: elapsed.steps,
        threads,
        seconds: elapsed.ms / 1000,
        shared,
        phases: Object.fromEntries(phases.map((phase, p) => [phase, sum(0, (_, at) => at === p) / 1000])) as Record<
          Phase,
          number
        >,
        kernels: kernelNames
          .map((kernel, i) => ({ kernel, calls: sum(1 + 2 * i), seconds: sum(2 + 2 * i) / 1000 }))
          .filter(({ calls }) => calls > 0)
          .sort((a, b) => b.seconds - a.seconds),
        each: each.filter(({ busy }, row) => row < threads || busy > 0),
      };
    },
  };
}

/** The meter of thread `row`; 0 is the calling thread. */
export function createMeter(counts: ArrayBufferLike, row: number): Meter {
  const mine = new Float64Array(counts, row * THREAD * Float64Array.BYTES_PER_ELEMENT, THREAD);
  let at = -1;
  let since = 0;
  return {
    enter(phase) {
      const now = performance.now();
      if (at >= 0) mine[at]! += now - since;
      at = phase === undefined ? -1 : phases.indexOf(phase) * PHASE;
      since = now;
    },
    over(arena) {
      const counted = kernelNames.map((name, i) => {
        const kernel = arena.kernels[name] as (...operands: readonly number[]) => void;
        const call = (...operands: readonly number[]): void => {
          const begun = performance.now();
          kernel(...operands);
          if (at < 0) return;
          mine[at + 1 + 2 * i]! += 1;
          mine[at + 2 + 2 * i]! += performance.now() - begun;
        };
        return [name, call];
      });
      return { ...arena, kernels: Object.fromEntries(counted) as Kernels };
    },
  };
}
