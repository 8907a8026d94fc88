// How large updates should be: what short trainings tell about a long one. Pure arithmetic. Settings are taken to lose
// along one curve, each by its progress:
//
//   progress = windows / (1 + noise / n)^power     noise = level · (tokens / reference)^growth
//
// n = bptt · lanes, the tokens of an update; tokens, those of the whole run. Of updates much larger than the noise each
// counts as one (McCandlish, Kaplan, Amodei 2018, "An empirical model of large-batch training"). Of much smaller ones
// each counts in proportion to its size where each has its best learning rate, a power of 1; at one rate for all, which
// a small update finds too high, for somewhat less. The noise grows as a model learns (Zhang et al. 2024, "How does
// critical batch size scale in pre-training?", find tokens to the 0.47th). What was tried says how likely each level
// and each growth is, and the answer is the mean over all of them: little evidence moves it little, and chance in one
// run does not turn it over.

import { exp, log } from "../../base/math.js";

/** A training that was scored: nats a token on text that it had not seen. */
export interface Tried {
  readonly bptt: number;
  readonly batch: number;
  readonly windows: number;
  readonly nats: number;
}

/** Of gradients: the noise, in tokens, after so many `seen` in training. */
export interface Noise {
  readonly tokens: number;
  readonly seen: number;
}

export interface NoiseModel {
  /** The logarithm of the progress of so many windows, which may be a fraction, of n tokens. */
  progress(windows: number, n: number): number;
  /** The noise of a run of so many tokens, in tokens: a geometric mean. */
  noise(tokens: number): number;
  /**
   * By how much, in nats, what was tried lies beside the curve: a root of a mean of squares. NaN where too little was
   * tried.
   */
  readonly beside: number;
}

interface Possible {
  /** The logarithm of the level. */
  readonly level: number;
  readonly growth: number;
  readonly power: number;
}

const range = (from: number, to: number, step: number) =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);

/** Powers of 2 of what the gradients' noise says, and how far that is trusted: a standard deviation. */
const LEVELS = { powers: range(-6, 6, 0.5), spread: 2 };
const GROWTHS = { values: range(0.17, 0.77, 0.05), likely: 0.47, spread: 0.1 };
/** Short trainings cannot tell these apart, and long ones lie between. */
const POWERS = [1, 1.25, 1.5];
/** Chance in a run, in nats: what is beside a curve by less proves nothing. */
const CHANCE = 0.01;
/** What is less likely than the likeliest by this is left out. */
const NOTHING = 1e-4;
/** Level, slope and bend of the curve. */
const CURVE = 3;

/** `gradients`: what their norms say, which is the level before anything was tried. */
export function fitNoise(tried: readonly Tried[], gradients: Noise): NoiseModel {
  const reference = Math.max(1, gradients.seen);
  const noiseOf = ({ level, growth }: Possible, tokens: number) => exp(level + growth * log(tokens / reference));
  const progressOf = (p: Possible, windows: number, n: number) =>
    log(windows) - p.power * log(1 + noiseOf(p, windows * n) / n);
  const all = LEVELS.powers.flatMap((level) =>
    GROWTHS.values.flatMap((growth) =>
      POWERS.map((power) => {
        const p: Possible = { level: log(gradients.tokens) + level * log(2), growth, power };
        const points = tried.map((each) => [progressOf(p, each.windows, each.bptt * each.batch), each.nats] as const);
        const squares = besideCurve(points);
        const far = square(level / LEVELS.spread) + square((growth - GROWTHS.likely) / GROWTHS.spread);
        const evidence = points.length * log(1 + squares / Math.max(1, points.length) / square(CHANCE));
        return { p, squares, unlikely: (evidence + far) / 2 };
      }),
    ),
  );
  const least = Math.min(...all.map(({ unlikely }) => unlikely));
  const weighed = all.map((each) => ({ ...each, weight: exp(least - each.unlikely) }));
  const likely = weighed.filter(({ weight }) => weight > NOTHING);
  const sum = likely.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (each: (typeof all)[number]) => number) =>
    likely.reduce((sum, each) => sum + each.weight * of(each), 0) / sum;
  return {
    progress: (windows, n) => mean(({ p }) => progressOf(p, windows, n)),
    noise: (tokens) => exp(mean(({ p }) => log(noiseOf(p, tokens)))),
    beside: tried.length > CURVE ? Math.sqrt(mean(({ squares }) => squares) / tried.length) : Number.NaN,
  };
}

/**
 * The least sum of squares beside a parabola through points (progress, nats): 1, x and x² made orthogonal one after
 * another.
 */
function besideCurve(points: readonly (readonly [number, number])[]): number {
  if (points.length <= CURVE) return 0;
  const middle = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const columns: number[][] = [];
  let rest = points.map(([, nats]) => nats);
  for (let power = 0; power < CURVE; power++) {
    const column = columns.reduce(
      without,
      points.map(([x]) => [1, x - middle, square(x - middle)][power]!),
    );
    if (dot(column, column) < 1e-12) continue;
    columns.push(column);
    rest = without(rest, column);
  }
  return dot(rest, rest);
}

const square = (x: number) => x * x;

function without(a: readonly number[], b: readonly number[]): number[] {
  const share = dot(a, b) / dot(b, b);
  return a.map((x, i) => x - share * b[i]!);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
