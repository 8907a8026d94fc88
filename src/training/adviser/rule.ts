// The adviser's rule: from what was measured (how gradients fade, how context helps, what a token costs, how large
// updates should be) to bptt, lanes and clip, each with its reason. Pure arithmetic over plain data; docs/bptt.md says
// the same in words.
//
// Of all settings that one is advised that gets furthest in the run's seconds:
//
//   progress = windows / (1 + noise / n)^power · (1 − lost)
//
// n = bptt · lanes, the tokens of an update. How noise comes from short trainings is noise.ts's. `lost` is the
// share of all gradients that the windows' edges cut off; shares are of squared norms, for what comes from far apart
// points in unlike directions, and then squares add.

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
  /** Seconds a token, and bytes that a run of it is planned to hold. */
  readonly seconds: number;
  readonly bytes: number;
}

/** Norms of the mean gradients of training windows of `tokens` tokens, before clipping. */
export interface Norms {
  readonly norms: readonly number[];
  readonly tokens: number;
}

export interface Evidence {
  readonly fading: GradientDecay;
  readonly context: Context;
  readonly timed: readonly Timed[];
  /** Of gradients at one place in training; the trainings that were tried say more. */
  readonly noise: Noise;
  readonly tried: readonly Tried[];
  readonly norms: Norms;
  /** What the run may take. */
  readonly budget: { readonly seconds: number; readonly bytes: number };
}

export interface Ranked extends Timed {
  /** Time to the same loss, in times of the first choice's. */
  readonly effort: number;
  readonly lost: number;
  /** Updates in the run's seconds. */
  readonly windows: number;
}

/**
 * Left out are windows past which more than this share of a gradient lies: what is furthest back would hardly be
 * learned.
 */
const SEEN = 0.2;
/** Past this share of a gradient nothing is worth a word. */
export const LITTLE = 0.01;
/** A gain of context below this, in nats, is none. */
const NO_GAIN = 0.002;
/** Efforts that are told apart by chance alone. */
export const ALIKE = 1.05;
/** Fewer updates than this train nothing, whatever their size. */
const FEWEST = 100;

// ── How gradients fade
// ───────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The share of the squared norms for each number of steps back, from 0 to the longest lag; between measured lags a
 * power law.
 */
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

/**
 * The fewest steps past which no more than `share` of the gradient lies; undefined where it goes on past the longest
 * lag.
 */
export function reachOf(fading: Pick<GradientDecay, "lags" | "norms">, share: number): number | undefined {
  const shares = sharesOf(fading);
  let past = 1;
  for (const [k, x] of shares.entries()) {
    past -= x;
    if (past <= share && k < shares.length - 1) return k;
  }
  return undefined;
}

/**
 * The share of all gradients that windows of `bptt` cut off: a loss at place i of a window is followed i steps, 0 … i −
 * 1.
 */
export function lostIn(fading: Pick<GradientDecay, "lags" | "norms">, bptt: number): number {
  const shares = sharesOf(fading);
  let past = 1;
  let lost = 0;
  for (let place = 0; place < bptt; place++) {
    past -= shares[place] ?? 0;
    lost += Math.max(0, past);
  }
  return lost / bptt;
}

// ── How context helps
// ────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The fewest tokens of state, of those measured, past which nothing is gained; undefined where even the longest lacks
 * something.
 */
export function enoughContext({ rows }: Context): number | undefined {
  const lacks = rows.findLastIndex(({ above }) => above.mean > NO_GAIN && !(above.low <= 0));
  return rows[lacks + 1]?.tokens;
}

// ── What an update is worth
// ──────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The noise scale in tokens from squared norms of mean gradients at the same weights: E‖g‖² = ‖G‖² + v / lanes for
 * windows of one length, a line that is fitted by least squares, each point weighted by the square of its lanes, for so
 * goes its spread. `largest` is given where the line has no such form: the noise then hides the gradient.
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

// ── The choice
// ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The settings that fit the budget's memory, see far enough and make enough updates, the least effort first. Empty
 * where none fits.
 */
export function rank(e: Evidence): readonly Ranked[] {
  const reach = reachOf(e.fading, SEEN) ?? Number.POSITIVE_INFINITY;
  const learning = fitNoise(e.tried, e.noise);
  const fitting = e.timed.filter(({ bytes }) => bytes <= e.budget.bytes);
  const longest = Math.max(...fitting.map(({ bptt }) => bptt));
  const far = fitting
    .filter(({ bptt }) => bptt >= Math.min(reach, longest))
    .map((each) => {
      const n = each.bptt * each.batch;
      const windows = e.budget.seconds / (each.seconds * n);
      const lost = lostIn(e.fading, each.bptt);
      const progress = learning.progress(windows, n) + log(Math.max(LITTLE, 1 - lost));
      return { ...each, windows, lost, progress };
    });
  const most = Math.max(...far.map(({ windows }) => windows));
  const enough = far.filter(({ windows }) => windows >= Math.min(FEWEST, most));
  const best = Math.max(...enough.map(({ progress }) => progress));
  return enough
    .map(({ progress, ...each }) => ({ ...each, effort: exp(best - progress) }))
    .sort((a, b) => a.effort - b.effort);
}

/**
 * The middle of the best: many settings are about as good, and which of them measures least is chance. Their mean, by
 * the logarithms of bptt and lanes, each the less the more effort it is; then the nearest setting to it that is ALIKE.
 */
export function choose(ranked: readonly Ranked[]): Ranked {
  const weights = ranked.map(({ effort }) => exp((1 - effort) / (ALIKE - 1)));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const middle = (of: (each: Candidate) => number) =>
    ranked.reduce((all, each, i) => all + (weights[i]! / sum) * log(of(each)), 0);
  const bptt = middle((each) => each.bptt);
  const batch = middle((each) => each.batch);
  const off = (each: Candidate) => Math.abs(log(each.bptt) - bptt) + Math.abs(log(each.batch) - batch);
  return ranked.filter(({ effort }) => effort <= ALIKE).toSorted((a, b) => off(a) - off(b))[0]!;
}

/** What a gradient of the chosen updates is clipped at: the norm that one in a hundred passes, to two digits. */
export function clipFor({ norms, tokens }: Norms, { bptt, batch }: Candidate, noise: Noise): number {
  const scale = noise.tokens;
  const wider = Math.sqrt((1 + scale / (bptt * batch)) / (1 + scale / tokens));
  return Number((quantile(norms, 0.99) * wider).toPrecision(2));
}
