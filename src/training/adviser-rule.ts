// The adviser's rule: from what was measured (how gradients fade, how context helps, what a token costs, how noisy the gradient is) to
// bptt, lanes and clip, each with its reason. Pure arithmetic over plain data; docs/bptt.md says the same in words.
//
// A setting's effort is the time to the same loss, in seconds a token if nothing were lost:
//
//   seconds a token · (1 + n / noise) / (1 − lost)
//
// n = bptt · lanes, the tokens of an update. `noise` is the gradient's noise scale in tokens: with updates of so many, half as many
// steps again would do as well with no noise at all (McCandlish, Kaplan, Amodei 2018, "An empirical model of large-batch training").
// It grows as a model learns, about as tokens seen to the 0.47th (Zhang et al. 2024, "How does critical batch size scale in
// pre-training?"), so it is taken where half of the run is done. `lost` is the share of all gradients that the windows' edges cut off;
// shares are of squared norms, for what comes from far apart points in unlike directions, and then squares add.

import { exp, log } from "../base/math.js";
import type { Context } from "../evaluation/context.js";
import type { Fading } from "../evaluation/fading.js";

export interface Setting {
  readonly bptt: number;
  readonly batch: number;
}

export interface Timed extends Setting {
  /** Seconds a token, and bytes that a run of it is planned to hold. */
  readonly seconds: number;
  readonly bytes: number;
}

export interface Noise {
  /** The noise scale, in tokens, after so many `seen` in training. */
  readonly tokens: number;
  readonly seen: number;
}

/** Norms of the mean gradients of training windows of `tokens` tokens, before clipping. */
export interface Norms {
  readonly norms: readonly number[];
  readonly tokens: number;
}

export interface Evidence {
  readonly fading: Fading;
  readonly context: Context;
  readonly timed: readonly Timed[];
  readonly noise: Noise;
  readonly norms: Norms;
  /** What the run may take. */
  readonly budget: { readonly seconds: number; readonly bytes: number };
}

export interface Ranked extends Timed {
  /** As above: only its ratio to another's means something. */
  readonly effort: number;
  readonly lost: number;
}

/** Left out are windows past which more than this share of a gradient lies: what is furthest back would hardly be learned. */
const SEEN = 0.2;
/** Past this share of a gradient nothing is worth a word. */
export const LITTLE = 0.01;
/** A gain of context below this, in nats, is none. */
const NO_GAIN = 0.002;
const GROWTH = 0.47;
/** Settings that the rule cannot tell from its first choice. */
const ALIKE = 1.25;
const RUNNERS = 4;

// ── How gradients fade ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The share of the squared norms for each number of steps back, from 0 to the longest lag; between measured lags a power law. */
export function sharesOf({ lags, norms }: Pick<Fading, "lags" | "norms">): readonly number[] {
  const each: number[] = [];
  for (const [i, lag] of lags.entries()) {
    const [next, from, to] = [lags[i + 1], norms[i]!, norms[i + 1] ?? 0];
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

/** The fewest steps past which no more than `share` of the gradient lies; undefined where it goes on past the longest lag. */
export function reachOf(fading: Pick<Fading, "lags" | "norms">, share: number): number | undefined {
  const shares = sharesOf(fading);
  let past = 1;
  for (const [k, x] of shares.entries()) {
    past -= x;
    if (past <= share && k < shares.length - 1) return k;
  }
  return undefined;
}

/** The share of all gradients that windows of `bptt` cut off: a loss at place i of a window is followed i steps, 0 … i − 1. */
export function lostIn(fading: Pick<Fading, "lags" | "norms">, bptt: number): number {
  const shares = sharesOf(fading);
  let [past, lost] = [1, 0];
  for (let place = 0; place < bptt; place++) {
    past -= shares[place] ?? 0;
    lost += Math.max(0, past);
  }
  return lost / bptt;
}

// ── How context helps ────────────────────────────────────────────────────────────────────────────────────────────────────

/** The fewest tokens of state, of those measured, past which nothing is gained; undefined where even the longest lacks something. */
export function enoughContext({ rows }: Context): number | undefined {
  const lacks = rows.findLastIndex(({ above }) => above.mean > NO_GAIN && !(above.low <= 0));
  return rows[lacks + 1]?.tokens;
}

// ── What an update is worth ──────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The noise scale in tokens from squared norms of mean gradients at the same weights: E‖g‖² = ‖G‖² + v / lanes for windows of one
 * length, a line that is fitted by least squares, each point weighted by the square of its lanes, for so goes its spread.
 * `largest` is given where the line has no such form: the noise then hides the gradient.
 */
export function noiseScale(
  seen: readonly { readonly bptt: number; readonly batch: number; readonly norm: number }[],
  largest: number,
): number {
  const scales = [...new Set(seen.map(({ bptt }) => bptt))].map((bptt) => {
    const points = seen.filter((each) => each.bptt === bptt);
    const weigh = (of: (x: number, y: number) => number) =>
      points.reduce((sum, { batch, norm }) => sum + batch * batch * of(1 / batch, norm * norm), 0);
    const [w, x, y] = [weigh(() => 1), weigh((x) => x), weigh((_, y) => y)];
    const spread = weigh((a) => a * a) - (x * x) / w;
    const slope = spread > 0 ? (weigh((a, b) => a * b) - (x * y) / w) / spread : 0;
    const level = (y - slope * x) / w;
    if (!(slope > 0)) return bptt;
    return level > 0 ? Math.min(largest, (bptt * slope) / level) : largest;
  });
  if (scales.length === 0) return largest;
  return exp(scales.reduce((sum, each) => sum + log(each), 0) / scales.length);
}

/** The noise scale when half of a run of so many tokens is done. */
export function noiseAt({ tokens, seen }: Noise, ofRun: number): number {
  return tokens * exp(GROWTH * log(Math.max(1, ofRun / 2 / Math.max(1, seen))));
}

// ── The choice ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The settings that fit the budget's memory and see far enough, the least effort first. Empty where none fits. */
export function rank(e: Evidence): readonly Ranked[] {
  const reach = reachOf(e.fading, SEEN) ?? Number.POSITIVE_INFINITY;
  const fitting = e.timed.filter(({ bytes }) => bytes <= e.budget.bytes);
  const longest = Math.max(...fitting.map(({ bptt }) => bptt));
  return fitting
    .filter(({ bptt }) => bptt >= Math.min(reach, longest))
    .map((each) => {
      const lost = lostIn(e.fading, each.bptt);
      return { ...each, lost, effort: effortOf(each, lost, e) };
    })
    .sort((a, b) => a.effort - b.effort);
}

function effortOf({ bptt, batch, seconds }: Timed, lost: number, { noise, budget }: Evidence): number {
  const scale = noiseAt(noise, budget.seconds / seconds);
  return (seconds * (1 + (bptt * batch) / scale)) / Math.max(LITTLE, 1 - lost);
}

/**
 * What is worth a race: the first choice, and a few that the rule cannot tell from it, at least twice as long, as wide or as short.
 * Their updates are of about the same size: a race is shorter than the run, and would favour small ones.
 */
export function runners(ranked: readonly Ranked[]): readonly Ranked[] {
  const [first] = ranked;
  const chosen: Ranked[] = [];
  const far = (a: number, b: number) => a >= 2 * b || b >= 2 * a;
  for (const each of ranked) {
    if (chosen.length === RUNNERS || each.effort > ALIKE * first!.effort) break;
    const size = (each.bptt * each.batch) / (first!.bptt * first!.batch);
    if (size < 0.5 || size > 2) continue;
    if (chosen.every((other) => far(each.bptt, other.bptt) || far(each.batch, other.batch))) chosen.push(each);
  }
  return chosen;
}

/** What a gradient of the chosen updates is clipped at: the norm that one in a hundred passes, to two digits. */
export function clipFor({ norms, tokens }: Norms, { bptt, batch }: Setting, noise: Noise): number {
  const scale = noise.tokens;
  const wider = Math.sqrt((1 + scale / (bptt * batch)) / (1 + scale / tokens));
  return Number((quantile(norms, 0.99) * wider).toPrecision(2));
}

/** The value below which a share of them lies; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
