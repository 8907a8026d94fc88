// The guard of a run: it refuses a window whose loss or gradient norm has exploded, compared with the windows before
// it. Its rules are pure functions of a short loss history; they throw, and change nothing.

import { quantile } from "../../base/statistics.js";
import { DivergenceError } from "../step/step.js";

/** Losses (nats a token) and norms of the mean gradients of the last windows, the newest last. */
export interface LossHistory {
  /** The very first loss: what untrained weights cost. Tied ones may cost far more than a uniform guess. */
  readonly first: number | undefined;
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

export const emptyHistory: LossHistory = { first: undefined, losses: [], norms: [] };

/** Windows in the history; and the fewest that have a running median. */
const SPAN = 63;
const LEAST = 16;

export interface Measure {
  /** Mean loss of the window; and norm of the mean gradient. */
  readonly nats: number;
  readonly norm: number;
  /** Clipped by norm: then a large gradient does no harm. */
  readonly clipped: boolean;
  /** Nats of a uniform guess. */
  readonly uniform: number;
}

/** Times the first loss: no window of a run that learns costs so much (char-rnn ends a run there). */
const HOPELESS = 3;
/** Times a uniform guess: a lower loss is no explosion, but a text that changes. */
const POOR = 2;

export interface Explosion {
  readonly what: "loss" | "gradient";
  /** The running median of what exploded. */
  readonly usual: number;
}

/**
 * The loss has exploded if it is above three times the first one (or above that of a uniform guess, if that is more),
 * or above `factor` times its running median and twice a uniform guess. The gradient has, if it is not clipped by norm
 * and its norm is above `factor` times its median. A factor of 0 is off.
 */
export function findExplosion(history: LossHistory, m: Measure, factor: number): Explosion | undefined {
  if (factor === 0) return undefined;
  const usual = medianOf(history.losses);
  const above = usual !== undefined && m.nats > factor * usual && m.nats > POOR * m.uniform;
  const hopeless = history.first !== undefined && m.nats > HOPELESS * Math.max(history.first, m.uniform);
  if (above || hopeless) return { what: "loss", usual: usual ?? m.uniform };
  const median = medianOf(history.norms);
  if (!m.clipped && median !== undefined && median > 0 && m.norm > factor * median) {
    return { what: "gradient", usual: median };
  }
  return undefined;
}

/** Throws a DivergenceError where the window, number `window` of the run, has exploded. */
export function guard(
  history: LossHistory,
  m: Measure,
  factor: number,
  window: number,
  measured: DivergenceError["measured"],
): void {
  const explosion = findExplosion(history, m, factor);
  if (explosion === undefined) return;
  const value = String(explosion.what === "loss" ? m.nats : m.norm);
  throw new DivergenceError({ ...explosion, how: "exploded", window, value }, measured);
}

/** Times the median, or a uniform guess. */
const CALM = 1.2;

/**
 * Is the state before this window good enough to go back to? Its loss is at most a fifth above the median, or above a
 * uniform guess while that is less. A run is unstable for some windows before it explodes; from such a state no rate
 * would help.
 */
export function isCalm(history: LossHistory, { nats, uniform }: Pick<Measure, "nats" | "uniform">): boolean {
  return nats <= CALM * Math.min(medianOf(history.losses) ?? uniform, uniform);
}

export function appendLoss({ first, losses, norms }: LossHistory, nats: number, norm: number): LossHistory {
  return { first: first ?? nats, losses: [...losses.slice(1 - SPAN), nats], norms: [...norms.slice(1 - SPAN), norm] };
}

/** The running median; undefined of too few values. */
export function medianOf(values: readonly number[]): number | undefined {
  if (values.length < LEAST) return undefined;
  return quantile(values, 0.5);
}
