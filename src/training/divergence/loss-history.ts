// Whether a window's loss or gradient has exploded, by what was usual in the windows before it. A pure rule over a short memory,
// which is part of the run's state.

import { quantile } from "../../base/statistics.js";

/** The last windows' losses (nats a token) and norms of the mean gradient, the newest last. */
export interface LossHistory {
  /** The very first loss: what weights cost that nobody trained. Tied ones may cost far more than a uniform guess. */
  readonly first: number | undefined;
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

export const emptyHistory: LossHistory = { first: undefined, losses: [], norms: [] };

/** Windows that are remembered; and that must have been seen before a median says anything. */
const SPAN = 63;
const LEAST = 16;

export interface WindowMeasure {
  readonly nats: number;
  readonly norm: number;
  /** Clipped by norm: then the size of a gradient is dealt with. */
  readonly clipped: boolean;
  /** Nats of a uniform guess. */
  readonly uniform: number;
}

export interface Explosion {
  readonly what: "loss" | "gradient";
  /** What is usual for it. */
  readonly usual: number;
}

/** Times the first loss: no window of a run that learns costs so much (char-rnn ends a run there). */
const HOPELESS = 3;
/** Times a uniform guess: less is no explosion, but a text that changes. */
const POOR = 2;

/**
 * The loss exploded where it is over three times the first one (or that of a uniform guess, where it is more), or over `factor`
 * times its running median and twice a uniform guess. The gradient where it is not clipped by norm and over `factor` times its median. 0 is off.
 */
export function findExplosion(past: LossHistory, m: WindowMeasure, factor: number): Explosion | undefined {
  if (factor === 0) return undefined;
  const usual = medianOf(past.losses);
  const above = usual !== undefined && m.nats > factor * usual && m.nats > POOR * m.uniform;
  const hopeless = past.first !== undefined && m.nats > HOPELESS * Math.max(past.first, m.uniform);
  if (above || hopeless) return { what: "loss", usual: usual ?? m.uniform };
  const median = medianOf(past.norms);
  if (!m.clipped && median !== undefined && median > 0 && m.norm > factor * median)
    return { what: "gradient", usual: median };
  return undefined;
}

/**
 * A moment to go back to: a window from there costs no more than a fifth above the median, or above a uniform guess while that is
 * less. A run is sick for some windows before it explodes; from such a moment no rate would help.
 */
export function isCalm(past: LossHistory, { nats, uniform }: Pick<WindowMeasure, "nats" | "uniform">): boolean {
  return nats <= CALM * Math.min(medianOf(past.losses) ?? uniform, uniform);
}
const CALM = 1.2;

export function appendLoss({ first, losses, norms }: LossHistory, nats: number, norm: number): LossHistory {
  return { first: first ?? nats, losses: [...losses.slice(1 - SPAN), nats], norms: [...norms.slice(1 - SPAN), norm] };
}

/** The middle of them; undefined where there are too few. */
export function medianOf(values: readonly number[]): number | undefined {
  if (values.length < LEAST) return undefined;
  return quantile(values, 0.5);
}
