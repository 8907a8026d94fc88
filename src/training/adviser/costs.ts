// Cost of a token on this machine: times windows of several candidates in turn, and fits a cost model of three terms.
// It also gives the planned memory of each candidate, and the gradient norms that it saw.

import { quantile } from "../../base/statistics.js";
import type { Candidate, Timed } from "./rule.js";
import { bytesOf, type Lab, runLabTrial, threadsOf } from "./trials.js";

export interface Speed extends Timed {
  /**
   * Measured seconds per token, for a candidate that was timed. `seconds` is the cost model's estimate.
   */
  readonly measured?: number;
  /** Largest growth of the process's memory in such a trial, in bytes. Memory that was freed meanwhile lowers it. */
  readonly grew?: number;
}

export interface Timings {
  readonly speeds: readonly Speed[];
  /** Norms of mean gradients, at the same weights. */
  readonly norms: readonly (Candidate & { readonly norm: number })[];
}

/** Seconds of a window on a number of threads. */
export interface WindowCost extends Candidate {
  readonly threads: number;
  readonly window: number;
}

const ROUNDS = 8;
const WARM = 2; // untimed windows first
/**
 * Quantile of the measured times: other programs only add time, so a low quantile is closest to the undisturbed time.
 */
const UNDISTURBED = 0.2;

/**
 * Times the candidates `measured` in turn, so that a disturbance of the machine affects all alike. The learning rate is
 * 0, so that all windows see the same weights.
 */
export async function timeSettings(
  lab: Lab,
  measured: readonly Candidate[],
  wanted: readonly Candidate[],
  o: {
    readonly weights: Parameters<typeof runLabTrial>[2]["weights"];
    readonly visit: number;
    readonly until: () => boolean;
  },
): Promise<Timings> {
  const timed = measured.map((setting) => {
    const seen = { walls: [] as number[], processor: [] as number[], norms: [] as number[], grew: 0 };
    return { ...setting, ...seen, threads: threadsOf(lab, setting) };
  });
  for (let round = 0; round === 0 || (round < ROUNDS && !o.until()); round++) {
    for (const each of timed) {
      if (round > 0 && o.until()) break;
      const from = Math.floor((round * lab.corpus.train.length) / (2 * ROUNDS));
      const before = lab.resident?.() ?? 0;
      let begun = 0;
      let spent = 0;
      const { windows } = await runLabTrial(lab, each, {
        settings: { lr: 0 },
        weights: o.weights,
        from,
        goOn: (n) => {
          if (n === WARM) {
            begun = performance.now();
            spent = lab.processor?.() ?? 0;
          }
          return n < WARM + 3 || performance.now() - begun < o.visit;
        },
      });
      const counted = windows.slice(WARM);
      if (lab.processor) each.processor.push((lab.processor() - spent) / counted.length);
      each.walls.push(...counted.map(({ seconds }) => seconds));
      each.norms.push(...counted.map(({ norm }) => norm));
      each.grew = Math.max(each.grew, (lab.resident?.() ?? 0) - before);
    }
  }
  const known = timed.map((each) => ({ ...each, window: undisturbed(each) }));
  const cost = fitCostModel(known);
  const speeds = wanted.map((setting): Speed => {
    const same = known.find(({ bptt, batch }) => bptt === setting.bptt && batch === setting.batch);
    const tokens = setting.bptt * setting.batch;
    return {
      ...setting,
      seconds: cost({ ...setting, threads: threadsOf(lab, setting) }) / tokens,
      bytes: bytesOf(lab, setting),
      ...(same && { measured: same.window / tokens }),
      ...(same && lab.resident && { grew: same.grew }),
    };
  });
  const norms = timed.flatMap(({ bptt, batch, norms }) => norms.map((norm) => ({ bptt, batch, norm })));
  return { speeds, norms };
}

/**
 * Seconds of a window on an otherwise idle machine. There the elapsed time is at most the processor time of all
 * threads, and at least that time divided by the threads. Other programs lengthen the elapsed time, but hardly the
 * processor time.
 */
export function undisturbed(o: {
  readonly walls: readonly number[];
  /** Processor seconds of a window, one for each visit, if the system reports them. */
  readonly processor: readonly number[];
  readonly threads: number;
}): number {
  const wall = quantile(o.walls, UNDISTURBED);
  if (o.processor.length === 0) return wall;
  const processor = quantile(o.processor, UNDISTURBED);
  return Math.max(processor / o.threads, Math.min(wall, processor));
}

/** Terms of the cost model: a constant for an update, one for each time step, one for each token of a thread. */
const TERMS: readonly ((o: Omit<WindowCost, "window">) => number)[] = [
  () => 1,
  ({ bptt }) => bptt,
  ({ bptt, batch, threads }) => (bptt * batch) / threads,
];

/**
 * Fits the cost model to the measured windows: least squares of relative errors, no factor below 0. If the windows do
 * not tell the terms apart, the last terms take the cost.
 */
export function fitCostModel(known: readonly WindowCost[]): (o: Omit<WindowCost, "window">) => number {
  const rows = known.map((each) => TERMS.map((term) => term(each) / each.window));
  const factors = TERMS.map(() => 0);
  // Coordinate descent: each factor in turn takes its best value for the others. The sum of squares is convex, so this
  // converges to its minimum.
  for (let pass = 0; pass < 3000; pass++) {
    for (let t = TERMS.length - 1; t >= 0; t--) {
      let product = 0;
      let square = 0;
      for (const row of rows) {
        const rest = 1 - row.reduce((sum, x, i) => sum + (i === t ? 0 : x * factors[i]!), 0);
        product += row[t]! * rest;
        square += row[t]! * row[t]!;
      }
      factors[t] = Math.max(0, product / square);
    }
  }
  return (o) => TERMS.reduce((sum, term, t) => sum + factors[t]! * term(o), 0);
}
