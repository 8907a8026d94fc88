// Whether a window's loss or gradient has exploded, by what was usual in the windows before it. A pure rule over a short memory,
// which is part of the run's state.

/** The last windows' losses (nats a token) and norms of the mean gradient, the newest last. */
export interface Past {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

export const noPast: Past = { losses: [], norms: [] };

/** Windows that are remembered; and that must have been seen before a median says anything. */
const SPAN = 63;
const LEAST = 16;

export interface Measured {
  readonly nats: number;
  readonly norm: number;
  /** Clipped by norm: then the size of a gradient is dealt with. */
  readonly clipped: boolean;
  /** Nats of a uniform guess. */
  readonly uniform: number;
}

export interface Explosion {
  readonly what: "loss" | "gradient";
  readonly median: number;
}

/**
 * The loss exploded where it is over `factor` times the running median and over twice a uniform guess; before there is a median,
 * over `factor` times a uniform guess. The gradient where it is not clipped by norm and over `factor` times the median. 0 is off.
 */
export function explosionOf(past: Past, m: Measured, factor: number): Explosion | undefined {
  if (factor === 0) return undefined;
  const usual = medianOf(past.losses) ?? m.uniform;
  if (m.nats > factor * usual && m.nats > 2 * m.uniform) return { what: "loss", median: usual };
  const median = medianOf(past.norms);
  if (!m.clipped && median !== undefined && median > 0 && m.norm > factor * median) return { what: "gradient", median };
  return undefined;
}

export function remember({ losses, norms }: Past, nats: number, norm: number): Past {
  return { losses: [...losses.slice(1 - SPAN), nats], norms: [...norms.slice(1 - SPAN), norm] };
}

/** The middle of them; undefined where there are too few. */
export function medianOf(values: readonly number[]): number | undefined {
  if (values.length < LEAST) return undefined;
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
