// Backoff: the one setting that each retry changes. A pure rule over the effective hyperparameters.

import type { Change } from "../loop/events.js";
import type { EffectiveHyperparameters } from "../loop/trainer-state.js";
import type { Finding } from "../step/step.js";

export interface BackoffFacts {
  /** The same window broke in the attempt before. */
  readonly again: boolean;
  /** The running median of the gradient's norm, where there is one. */
  readonly norm: number | undefined;
  /** Whether windows may become shorter: sections come whole. */
  readonly shortens: boolean;
}

interface Backoff {
  readonly hyperparameters: EffectiveHyperparameters;
  readonly change: Change;
}

/** Undefined where it would change nothing. */
type BackoffRule = (h: EffectiveHyperparameters, facts: BackoffFacts) => Backoff | undefined;

const SHORTEST = 8;

const lowerRate: BackoffRule = (h) => {
  const scale = h.scale / 4;
  return { hyperparameters: { ...h, scale }, change: { setting: "lr", from: h.rate * h.scale, to: h.rate * scale } };
};

const shortenWindows: BackoffRule = (h, { shortens }) => {
  const bptt = Math.max(SHORTEST, Math.ceil(h.bptt / 2));
  if (!shortens || bptt >= h.bptt) return undefined;
  return { hyperparameters: { ...h, bptt }, change: { setting: "bptt", from: h.bptt, to: bptt } };
};

const clipGradients: BackoffRule = (h, { norm }) => {
  const off = h.clip === 0;
  const clip = off ? norm || 1 : h.clip / 4;
  const clipBy = off ? "norm" : h.clipBy;
  return { hyperparameters: { ...h, clip, clipBy }, change: { setting: "clip", from: h.clip, to: clip } };
};

/** In order, and then from the first again. */
const backoffRules: readonly BackoffRule[] = [lowerRate, lowerRate, shortenWindows, clipGradients];

/**
 * The backoff of an attempt, from 0: a quarter of the rate, twice; half of bptt, no less than 8; clipping on, at the
 * running median of the norm, or where it is on at a quarter of it. Steps that would change nothing are skipped. Ids
 * that are no tokens are read again once, and then there is no backoff (undefined): no setting mends a text.
 */
export function backoff(
  attempt: number,
  finding: Finding,
  h: EffectiveHyperparameters,
  facts: BackoffFacts,
): Backoff | undefined {
  if (finding.what === "ids") {
    return facts.again ? undefined : { hyperparameters: h, change: { setting: "none", from: 0, to: 0 } };
  }
  for (let i = 0; i < backoffRules.length; i++) {
    const changed = backoffRules[(attempt + i) % backoffRules.length]!(h, facts);
    if (changed) return changed;
  }
  return undefined;
}
