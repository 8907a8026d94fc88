// What a token of a setting costs on this machine: windows of several settings timed in turns, and a sum of three terms
// laid through them. It also gives the planned memory, and the norms of the gradients that were seen meanwhile.

import { quantile } from "../../base/statistics.js";
import type { Candidate, Timed } from "./rule.js";
import { bytesOf, type Lab, runLabTrial, threadsOf } from "./trials.js";

export interface Speed extends Timed {
  /**
   * Seconds a token of windows of this very setting, where such were timed. `seconds` is what the terms make of all of
   * them.
   */
  readonly measured?: number;
  /** The most that the process was seen to grow by in such a trial. What was freed meanwhile lowers it. */
  readonly grew?: number;
}

export interface Timings {
  readonly speeds: readonly Speed[];
  /** Norms of mean gradients, all at the same weights. */
  readonly norms: readonly (Candidate & { readonly norm: number })[];
}

/** Seconds of a window, on so many threads. */
export interface WindowCost extends Candidate {
  readonly threads: number;
  readonly window: number;
}

const ROUNDS = 8;
const WARM = 2; // windows before one is timed
/** What others do on the machine only adds: of what was seen of a setting, this share was faster. */
const UNDISTURBED = 0.2;

/**
 * Times the settings `measured` in rounds, so that whatever else the machine does meets all alike. The rate is 0: all
 * windows of all settings meet the same weights.
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
  const found = measured.map((setting) => {
    const seen = { walls: [] as number[], processor: [] as number[], norms: [] as number[], grew: 0 };
    return { ...setting, ...seen, threads: threadsOf(lab, setting) };
  });
  for (let round = 0; round === 0 || (round < ROUNDS && !o.until()); round++) {
    for (const each of found) {
      if (round > 0 && o.until()) break;
      const from = Math.floor((round * lab.corpus.train.length) / (2 * ROUNDS));
      const before = lab.resident?.() ?? 0;
      let [begun, spent] = [0, 0];
      const { windows } = await runLabTrial(lab, each, {
        settings: { lr: 0 },
        weights: o.weights,
        from,
        goOn: (n) => {
          if (n === WARM) [begun, spent] = [performance.now(), lab.processor?.() ?? 0];
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
  const known = found.map((each) => ({ ...each, window: undisturbed(each) }));
  const cost = fitCostModel(known);
  const speeds = wanted.map((setting): Speed => {
    const same = known.find(({ bptt, batch }) => bptt === setting.bptt && batch === setting.batch);
    const tokens = setting.bptt * setting.batch;
    return {
      ...setting,
      ...{ seconds: cost({ ...setting, threads: threadsOf(lab, setting) }) / tokens, bytes: bytesOf(lab, setting) },
      ...(same && { measured: same.window / tokens }),
      ...(same && lab.resident && { grew: same.grew }),
    };
  });
  const norms = found.flatMap(({ bptt, batch, norms }) => norms.map((norm) => ({ bptt, batch, norm })));
  return { speeds, norms };
}

/**
 * Seconds of a window with nobody else on the machine. Without others the wall's clock shows no more than all threads'
 * processor time and no less than its share for each; with them it shows more, and the processor's clock hardly does.
 */
export function undisturbed(o: {
  readonly walls: readonly number[];
  /** Of visits, where it can be asked. */
  readonly processor: readonly number[];
  readonly threads: number;
}): number {
  const wall = quantile(o.walls, UNDISTURBED);
  if (o.processor.length === 0) return wall;
  const processor = quantile(o.processor, UNDISTURBED);
  return Math.max(processor / o.threads, Math.min(wall, processor));
}

/**
 * Each update costs something, each step of a window does, and each token its share of a thread. None of them gives
 * anything back.
 */
const TERMS: readonly ((o: Omit<WindowCost, "window">) => number)[] = [
  () => 1,
  ({ bptt }) => bptt,
  ({ bptt, batch, threads }) => (bptt * batch) / threads,
];

/**
 * The three terms through what was timed: the least sum of squares of relative errors, no term below 0. Of one setting
 * alone, or where two look the same, the last terms say it.
 */
export function fitCostModel(known: readonly WindowCost[]): (o: Omit<WindowCost, "window">) => number {
  const rows = known.map((each) => TERMS.map((term) => term(each) / each.window));
  const factors = TERMS.map(() => 0);
  // One after another, again and again: the best of each with the others as they are. The sum of squares is convex, so
  // this ends at its least.
  for (let pass = 0; pass < 3000; pass++) {
    for (let t = TERMS.length - 1; t >= 0; t--) {
      let [product, square] = [0, 0];
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
