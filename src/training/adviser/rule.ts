// The adviser's rule: chooses bptt, batch and clip from the measurements (gradient decay, gain of context, cost of a
// token, critical batch). Pure arithmetic over plain data; docs/bptt.md explains it.
//
// It advises the candidate that makes the most progress in the run's seconds:
//
//   progress = windows / (1 + noise / n)^power · (1 − lost)
//
// n = bptt · lanes is the number of tokens of an update. noise.ts estimates the noise from short trainings. `lost` is
// the share of the gradients that windows cut off at their edges. Shares are of squared norms: gradients from distant
// losses point in nearly independent directions, so their squares add.

import { exp, log } from "../../base/math.js";
import { quantile } from "../../base/statistics.js";
import type { Context } from "../../evaluation/inside/context.js";
import type { GradientDecay } from "../../evaluation/inside/gradient-decay.js";
import { fitNoise, type Noise, type Tried } from "./noise.js";

export interface Candidate {
  readonly bptt: number;
  readonly batch: number;
}

export interface Timed extends Candidate {
  /** Seconds per token, and planned bytes of a run. */
  readonly seconds: number;
  readonly bytes: number;
}

/** Norms of the mean gradients of training windows of `tokens` tokens, before clipping. */
export interface Norms {
  readonly norms: readonly number[];
  readonly tokens: number;
}

export interface Evidence {
  readonly gradientDecay: GradientDecay;
  readonly context: Context;
  readonly timed: readonly Timed[];
  /** Noise scale of the gradients at one point of training; short trainings refine it. */
  readonly noise: Noise;
  readonly tried: readonly Tried[];
  readonly norms: Norms;
  /** Limits of the run. */
  readonly budget: { readonly seconds: number; readonly bytes: number };
}

export interface Ranked extends Timed {
  /** Time to the same loss, relative to the best candidate's. */
  readonly effort: number;
  readonly lost: number;
  /** Number of updates in the run's seconds. */
  readonly windows: number;
}

/** Windows are too short if they cut off more than this share of a loss's gradient. */
const SEEN = 0.2;
/** A smaller share of a gradient is negligible. */
export const NEGLIGIBLE = 0.01;
/** A smaller gain of context, in nats, counts as none. */
const NO_GAIN = 0.002;
/** Efforts up to this count as equal to the best. */
export const EQUAL_EFFORT = 1.05;
/** A run needs at least this many updates, whatever their size. */
const FEWEST = 100;

// Gradient decay

/** Share of the squared norms at each lag, from 0 to the longest; between measured lags by a power law. */
export function sharesOf({ lags, norms }: Pick<GradientDecay, "lags" | "norms">): readonly number[] {
  const each: number[] = [];
  for (const [i, lag] of lags.entries()) {
    const next = lags[i + 1];
    const from = norms[i]!;
    const to = norms[i + 1] ?? 0;
    each.push(from * from);
    if (next === undefined) break;
    for (let k = lag + 1; k < next; k++) {
      const along = lag === 0 ? k / next : log(k / lag) / log(next / lag);
      const norm = from > 0 && to > 0 ? exp(log(from) + along * log(to / from)) : from + along * (to - from);
      each.push(norm * norm);
    }
  }
  const whole = each.reduce((sum, x) => sum + x, 0);
  return each.map((x) => (whole > 0 ? x / whole : 0));
}

/** Smallest lag past which at most `share` of the gradient lies; undefined if it is past the longest lag. */
export function gradientReach(gradientDecay: Pick<GradientDecay, "lags" | "norms">, share: number): number | undefined {
  const shares = sharesOf(gradientDecay);
  let beyond = 1;
  for (const [k, x] of shares.entries()) {
    beyond -= x;
    if (beyond <= share && k < shares.length - 1) return k;
  }
  return undefined;
}

/** Share of the gradients that windows of `bptt` steps cut off: a loss at step i of a window goes back i steps. */
export function lostGradient(gradientDecay: Pick<GradientDecay, "lags" | "norms">, bptt: number): number {
  const shares = sharesOf(gradientDecay);
  let beyond = 1;
  let lost = 0;
  for (let step = 0; step < bptt; step++) {
    beyond -= shares[step] ?? 0;
    lost += Math.max(0, beyond);
  }
  return lost / bptt;
}

// Gain of context

/** Smallest measured context past which a longer one gains nothing; undefined if even the longest is too short. */
export function enoughContext({ rows }: Context): number | undefined {
  const lastGain = rows.findLastIndex(({ above }) => above.mean > NO_GAIN && !(above.low <= 0));
  return rows[lastGain + 1]?.tokens;
}

// Noise scale

/**
 * Noise scale in tokens, from squared norms of mean gradients at the same weights. For windows of one length, E‖g‖² =
 * ‖G‖² + v / lanes: a line, fitted by least squares with weights lanes², since the spread of a point goes as 1 / lanes.
 * Returns `largest` if the fitted line has no such form, because the noise hides the gradient.
 */
export function noiseScale(
  seen: readonly { readonly bptt: number; readonly batch: number; readonly norm: number }[],
  largest: number,
): number {
  const scales = [...new Set(seen.map(({ bptt }) => bptt))].map((bptt) => {
    const points = seen.filter((each) => each.bptt === bptt);
    const weigh = (of: (x: number, y: number) => number) =>
      points.reduce((sum, { batch, norm }) => sum + batch * batch * of(1 / batch, norm * norm), 0);
    const w = weigh(() => 1);
    const x = weigh((x) => x);
    const y = weigh((_, y) => y);
    const spread = weigh((a) => a * a) - (x * x) / w;
    const slope = spread > 0 ? (weigh((a, b) => a * b) - (x * y) / w) / spread : 0;
    const level = (y - slope * x) / w;
    if (!(slope > 0)) return bptt;
    return level > 0 ? Math.min(largest, (bptt * slope) / level) : largest;
  });
  if (scales.length === 0) return largest;
  return exp(scales.reduce((sum, each) => sum + log(each), 0) / scales.length);
}

// The choice

/** Candidates that fit the memory, reach back far enough and make enough updates, least effort first. */
export function rank(e: Evidence): readonly Ranked[] {
  const reach = gradientReach(e.gradientDecay, SEEN) ?? Number.POSITIVE_INFINITY;
  const learning = fitNoise(e.tried, e.noise);
  const fitting = e.timed.filter(({ bytes }) => bytes <= e.budget.bytes);
  const longest = Math.max(...fitting.map(({ bptt }) => bptt));
  const longEnough = fitting
    .filter(({ bptt }) => bptt >= Math.min(reach, longest))
    .map((each) => {
      const n = each.bptt * each.batch;
      const windows = e.budget.seconds / (each.seconds * n);
      const lost = lostGradient(e.gradientDecay, each.bptt);
      const progress = learning.progress(windows, n) + log(Math.max(NEGLIGIBLE, 1 - lost));
      return { ...each, windows, lost, progress };
    });
  const most = Math.max(...longEnough.map(({ windows }) => windows));
  const enough = longEnough.filter(({ windows }) => windows >= Math.min(FEWEST, most));
  const best = Math.max(...enough.map(({ progress }) => progress));
  return enough
    .map(({ progress, ...each }) => ({ ...each, effort: exp(best - progress) }))
    .sort((a, b) => a.effort - b.effort);
}

/**
 * The centre of the best candidates: many are about equally good, and which one measures best is chance. It takes their
 * mean over the logarithms of bptt and batch, weighted by effort, and returns the nearest candidate of equal effort.
 */
export function choose(ranked: readonly Ranked[]): Ranked {
  const weights = ranked.map(({ effort }) => exp((1 - effort) / (EQUAL_EFFORT - 1)));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const middle = (of: (each: Candidate) => number) =>
    ranked.reduce((all, each, i) => all + (weights[i]! / sum) * log(of(each)), 0);
  const bptt = middle((each) => each.bptt);
  const batch = middle((each) => each.batch);
  const off = (each: Candidate) => Math.abs(log(each.bptt) - bptt) + Math.abs(log(each.batch) - batch);
  return ranked.filter(({ effort }) => effort <= EQUAL_EFFORT).toSorted((a, b) => off(a) - off(b))[0]!;
}

/** Clipping threshold: the norm that one in a hundred gradients of the chosen updates exceeds, to two digits. */
export function clipFor({ norms, tokens }: Norms, { bptt, batch }: Candidate, noise: Noise): number {
  const scale = noise.tokens;
  const wider = Math.sqrt((1 + scale / (bptt * batch)) / (1 + scale / tokens));
  return Number((quantile(norms, 0.99) * wider).toPrecision(2));
}
