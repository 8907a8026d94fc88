// Where the time of training steps goes: the milliseconds of each kernel in each phase, counted on every thread in a row of its
// own of one array, and summed by the caller. What is not profiled is not touched. It reads the clock and changes no number.

import type { Arena } from "./arena.js";
import { type Kernels, kernelNames } from "./kernels.js";

/** What a step consists of; the first three follow one another over lanes, the others are over rows of parameters. */
export const phases = ["forward", "loss", "backward", "gradients", "update"] as const;
export type Phase = (typeof phases)[number];

/** Where the time of some steps went. All times are in seconds. */
export interface ProfileReport {
  readonly steps: number;
  /** How many threads compute at a time. */
  readonly threads: number;
  /** Wall time of all steps; and the part of it in which threads had something to share out. */
  readonly seconds: number;
  readonly shared: number;
  /** Summed over threads. What all of them have beyond `phases`, threads · `shared`, they waited. */
  readonly phases: Readonly<Record<Phase, number>>;
  /** Those that were called, summed over threads, the longest first. */
  readonly kernels: readonly { readonly kernel: keyof Kernels; readonly calls: number; readonly seconds: number }[];
  /**
   * Seconds that each thread computed, and waited for others, the caller first. After `threads` there is one more where a
   * worker stood in for the caller, who then did nothing but wait.
   */
  readonly each: readonly { readonly busy: number; readonly idle: number }[];
}

/** What one thread counts with. */
export interface Meter {
  /** What follows is of that phase; without one it is not counted. */
  enter(phase?: Phase): void;
  /** The same arena, with kernels that are counted. */
  over(arena: Arena): Arena;
}

/** What the caller keeps. */
export interface Profile {
  /** Plain data from which another thread makes its meter. */
  readonly counts: ArrayBufferLike;
  /** The caller's own. */
  readonly meter: Meter;
  /** A step is done, which took so many milliseconds, `shared` of them as in the report. */
  stepped(ms: number, shared: number): void;
  report(): ProfileReport;
}

// Words of a thread: for each phase its milliseconds, then of each kernel in it the calls and the milliseconds.
const PHASE = 1 + 2 * kernelNames.length;
const THREAD = phases.length * PHASE;

/** A profile of a pool of the caller and, where it is not alone, of workers 1 to `threads`. */
export function createProfile(threads: number, alone = threads === 1): Profile {
  const rows = alone ? 1 : threads + 1;
  const bytes = rows * THREAD * Float64Array.BYTES_PER_ELEMENT;
  const counts = alone ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes);
  const [total, elapsed] = [new Float64Array(counts), { steps: 0, ms: 0, shared: 0 }];
  /** A word of a phase, over all phases and threads that `which` takes. */
  const sum = (word: number, which: (row: number, phase: number) => boolean = () => true) => {
    let found = 0;
    for (let row = 0; row < rows; row++) {
      for (const p of phases.keys()) if (which(row, p)) found += total[row * THREAD + p * PHASE + word]!;
    }
    return found;
  };
  return {
    counts,
    meter: createMeter(counts, 0),
    stepped(ms, shared) {
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

/** The meter of thread `row` of a profile: 0 is the caller. */
export function createMeter(counts: ArrayBufferLike, row: number): Meter {
  const mine = new Float64Array(counts, row * THREAD * Float64Array.BYTES_PER_ELEMENT, THREAD);
  let [at, since] = [-1, 0];
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
