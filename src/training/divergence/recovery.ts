// What a run changes when it goes back to a good moment: a ladder of cures, one for each try in turn. A pure rule over the settings
// in force.

import type { SettingRow } from "../../base/setting.js";
import type { Finding } from "./finding.js";

export const cureSettings = [
  {
    name: "tries",
    group: "training",
    type: "integer",
    default: 6,
    min: 0,
    max: 1000,
    help: "after divergence, retry from the last good snapshot at most this many times; 0 stops at once",
  },
  {
    name: "keepEvery",
    group: "training",
    type: "integer",
    default: 100,
    min: 1,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "interval between snapshots that a run can go back to",
  },
  {
    name: "explosion",
    group: "training",
    type: "number",
    default: 10,
    min: 0,
    max: 1e12,
    help: "treat a loss or gradient norm above this multiple of its running median as divergence; 0: only non-finite numbers",
  },
] as const satisfies readonly SettingRow[];

/** Settings in force, beside the config: the ladder changes them under way. */
export interface EffectiveHyperparameters {
  readonly rate: number;
  /** What the schedule's rate is multiplied with. */
  readonly scale: number;
  readonly bptt: number;
  readonly clip: number;
  readonly clipBy: "norm" | "value";
}

/** One thing that is changed. `none`: the same is done again. */
export interface Change {
  readonly setting: "lr" | "bptt" | "clip" | "none";
  /** As the setting would say it; of `lr` the schedule's highest. */
  readonly from: number;
  readonly to: number;
}

export interface BackoffFacts {
  /** The same window broke in the try before. */
  readonly again: boolean;
  /** The running median of the gradient's norm, where there is one. */
  readonly norm: number | undefined;
  /** Whether windows may be cut shorter: sections come whole. */
  readonly shortens: boolean;
}

interface Backoff {
  readonly hyperparameters: EffectiveHyperparameters;
  readonly change: Change;
}

/** Undefined where it can change nothing. */
type BackoffRule = (k: EffectiveHyperparameters, facts: BackoffFacts) => Backoff | undefined;

const SHORTEST = 8;

const lowerRate: BackoffRule = (k) => {
  const scale = k.scale / 4;
  return { hyperparameters: { ...k, scale }, change: { setting: "lr", from: k.rate * k.scale, to: k.rate * scale } };
};

const shortenWindows: BackoffRule = (k, { shortens }) => {
  const bptt = Math.max(SHORTEST, Math.ceil(k.bptt / 2));
  if (!shortens || bptt >= k.bptt) return undefined;
  return { hyperparameters: { ...k, bptt }, change: { setting: "bptt", from: k.bptt, to: bptt } };
};

const clipGradients: BackoffRule = (k, { norm }) => {
  const off = k.clip === 0;
  const clip = off ? norm || 1 : k.clip / 4;
  const clipBy = off ? "norm" : k.clipBy;
  return { hyperparameters: { ...k, clip, clipBy }, change: { setting: "clip", from: k.clip, to: clip } };
};

/** In order, and then from the first again. */
const backoffRules: readonly BackoffRule[] = [lowerRate, lowerRate, shortenWindows, clipGradients];

/**
 * The cure of a try, from 0: a quarter of the rate, twice; half of bptt, no less than 8; clipping on, by the running median of the
 * norm, or where it is on a quarter of it. What can change nothing is passed over. Ids that are no tokens are read again once, and
 * then there is no cure (undefined): no setting mends a text.
 */
export function backoff(
  tries: number,
  found: Finding,
  k: EffectiveHyperparameters,
  facts: BackoffFacts,
): Backoff | undefined {
  if (found.what === "ids")
    return facts.again ? undefined : { hyperparameters: k, change: { setting: "none", from: 0, to: 0 } };
  for (let i = 0; i < backoffRules.length; i++) {
    const cured = backoffRules[(tries + i) % backoffRules.length]!(k, facts);
    if (cured) return cured;
  }
  return undefined;
}
