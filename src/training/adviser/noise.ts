// Critical batch size of a long run, estimated from short trainings. Pure arithmetic. It assumes that the loss of every
// training is one function of its progress:
//
//   progress = windows / (1 + noise / n)^power     noise = level · (tokens / reference)^growth
//
// n = bptt · lanes is the number of tokens of an update, `tokens` that of the whole run. An update much larger than the
// noise counts as one window (McCandlish, Kaplan, Amodei 2018, "An empirical model of large-batch training"). A much
// smaller one counts in proportion to its size (power 1) if its learning rate is tuned for it; with one learning rate
// for all, which is too high for small updates, it counts for less (a larger power). The noise grows during training
// (Zhang et al. 2024, "How does critical batch size scale in pre-training?": tokens^0.47). Each combination of level,
// growth and power gets a probability from the short trainings, and the estimate is the mean over all of them: little
// evidence changes it little, and chance in one training does not overturn it.

import { exp, log } from "../../base/math.js";

/** A short training and its score: nats per token of held-out text. */
export interface Tried {
  readonly bptt: number;
  readonly batch: number;
  readonly windows: number;
  readonly nats: number;
}

/** Gradient noise scale in tokens, measured after `seen` tokens of training. */
export interface Noise {
  readonly tokens: number;
  readonly seen: number;
}

export interface NoiseModel {
  /** Logarithm of the progress of a number of windows (it may be fractional) of n tokens. */
  progress(windows: number, n: number): number;
  /** Critical batch, in tokens, of a run of this many tokens: a geometric mean. */
  noise(tokens: number): number;
  /** Root mean square distance of the short trainings from the curve, in nats. NaN if there are too few. */
  readonly residual: number;
}

interface Possible {
  /** Logarithm of the level. */
  readonly level: number;
  readonly growth: number;
  readonly power: number;
}

const range = (from: number, to: number, step: number) =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);

/** Levels, as powers of 2 times the gradients' noise scale; `spread` is the prior's standard deviation. */
const LEVELS = { powers: range(-6, 6, 0.5), spread: 2 };
const GROWTHS = { values: range(0.17, 0.77, 0.05), likely: 0.47, spread: 0.1 };
/** Short trainings cannot tell these powers apart; the right one for a long run lies between them. */
const POWERS = [1, 1.25, 1.5];
/** Standard deviation of one training's loss by chance, in nats. */
const CHANCE = 0.01;
/** Combinations less likely than the likeliest by this factor are left out. */
const NOTHING = 1e-4;
/** Parameters of the curve: level, slope and curvature. */
const CURVE = 3;

/** `gradients`: the noise scale from gradient norms, which is the estimate until short trainings exist. */
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
        const squares = curveResidual(points);
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
    residual: tried.length > CURVE ? Math.sqrt(mean(({ squares }) => squares) / tried.length) : Number.NaN,
  };
}

/** Residual sum of squares of a parabola fitted to points (progress, nats), by Gram-Schmidt on 1, x and x². */
function curveResidual(points: readonly (readonly [number, number])[]): number {
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
