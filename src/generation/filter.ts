// Turns logits into the distribution a token is drawn from: temperature, then top-k, top-p and min-p. Everything is
// float64 with the project's own exp, so that a sample has the same bits everywhere. Drawing itself is draw.ts.

import { usageError } from "../base/errors.js";
import { expEach, log } from "../base/math.js";
import { checkSetting, type SettingRow } from "../base/setting.js";
import type { Reals } from "../compute/arena.js";

/** How the distribution is changed before a token is drawn. */
export interface FilterOptions {
  /** Divides the logits: below 1 safer, above 1 wilder; 0 is greedy; 1 by default. */
  readonly temperature?: number | undefined;
  /** Always take the likeliest token; among equals, the lowest id. */
  readonly greedy?: boolean | undefined;
  /** Draw among the k likeliest tokens; 0 (the default) is off. */
  readonly topK?: number | undefined;
  /**
   * Draw among the likeliest tokens that together reach this probability (Holtzman et al. 2020); 1 (the default) is
   * off.
   */
  readonly topP?: number | undefined;
  /**
   * Draw among tokens at least this probable relative to the likeliest (Nguyen et al. 2024); 0 (the default) is off.
   */
  readonly minP?: number | undefined;
}

export const filterSettings = [
  {
    name: "temperature",
    group: "run",
    type: "number",
    default: 1,
    min: 0,
    max: 1e8,
    help: "divide the logits by this; 0 is greedy",
  },
  {
    name: "topK",
    group: "run",
    type: "integer",
    default: 0,
    min: 0,
    max: 1e9,
    help: "sample from the k most likely tokens; 0 is off",
  },
  {
    name: "topP",
    group: "run",
    type: "number",
    default: 1,
    min: 0,
    max: 1,
    open: "min",
    help: "sample from the likeliest tokens up to this total probability; 1: off",
  },
  {
    name: "minP",
    group: "run",
    type: "number",
    default: 0,
    min: 0,
    max: 1,
    help: "drop tokens below this share of the highest probability; 0 is off",
  },
] as const satisfies readonly SettingRow[];

/** Log-probabilities (V) in nats from logits (V): log-softmax. The maximum is subtracted first, for precision. */
export function logProbabilities(logits: Reals): Float64Array {
  const [top, rest] = logTotal(logits, new Float64Array(logits.length));
  return Float64Array.from(logits, (logit) => logit - top - rest);
}

/** Log-probability of one token in nats: the same bits. Overwrites `room` (V) if the total is not known yet. */
export function logProbability(
  logits: Reals,
  id: number,
  room = new Float64Array(logits.length),
  [top, rest]: LogTotal = logTotal(logits, room),
): number {
  return logits[id]! - top - rest;
}

/** The highest logit, and log Σ exp(logit − highest). */
export type LogTotal = readonly [top: number, rest: number];

function logTotal(logits: Reals, room: Float64Array): LogTotal {
  const top = highest(logits);
  for (let i = 0; i < room.length; i++) room[i] = logits[i]! - top;
  expEach(room);
  return [top, log(sumOf(room))];
}

/**
 * Probabilities (V) for drawing a token, from logits (V); ids below `banned` (the specials) get probability 0. Writes
 * to `p` if given.
 *
 * @throws LonghandError `usage` for an option outside its range, a NaN, an infinite maximum, or if no token is left
 * @example
 * filter(Float64Array.of(0, 1, 2), { temperature: 0.5, topK: 2 }); // [0, 0.12, 0.88]
 */
export function filter(
  logits: Reals,
  options: FilterOptions,
  banned = 0,
  p = new Float64Array(logits.length),
): Float64Array {
  filterInto(p, logits, options, banned);
  return p;
}

/**
 * As `filter`, into `p`. Returns the total for `logProbability` if it was computed on the way, so that no exp is
 * computed twice.
 */
export function filterInto(
  p: Float64Array,
  logits: Reals,
  options: FilterOptions,
  banned: number,
): LogTotal | undefined {
  for (const setting of filterSettings) {
    const value = options[setting.name as keyof FilterOptions];
    if (value !== undefined) checkSetting(setting, value);
  }
  const { temperature = 1, topK = 0, topP = 1, minP = 0 } = options;
  if (banned >= logits.length) throw usageError("The vocabulary holds nothing that can be written.");
  const first = likeliest(logits, banned);
  if (options.greedy || temperature === 0) {
    p.fill(0)[first] = 1;
    return undefined;
  }
  const top = logits[first]!;
  for (let id = 0; id < p.length; id++) p[id] = (logits[id]! - top) / temperature;
  expEach(p);
  const total = temperature === 1 && top === highest(logits) ? ([top, log(sumOf(p))] as const) : undefined;
  p.fill(0, 0, banned);
  if (topK > 0 || topP < 1) keepLikeliest(p, logits, banned, topK, topP);
  if (minP > 0) for (let id = 0; id < p.length; id++) if (p[id]! < minP) p[id] = 0;
  const sum = sumOf(p);
  for (let id = 0; id < p.length; id++) p[id]! /= sum;
  return total;
}

/** The id of the highest logit that is allowed; of equals, the lowest. */
function likeliest(logits: Reals, banned: number): number {
  let best = banned;
  let broken = false;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (Number.isNaN(logit)) broken = true;
    if (id > banned && logit > logits[best]!) best = id;
  }
  if (broken || !Number.isFinite(logits[best]!)) {
    throw usageError(
      "The model gave a score that is not a finite number.",
      "Its weights are broken: train anew, or take an older file.",
    );
  }
  return best;
}

/** Takes their weight from all but the k likeliest, and of these from all but those that together reach topP of it. */
function keepLikeliest(weights: Float64Array, logits: Reals, banned: number, topK: number, topP: number): void {
  const allowed = Array.from({ length: logits.length - banned }, (_, i) => i + banned);
  const order = allowed.sort((a, b) => logits[b]! - logits[a]! || a - b); // likeliest first, ties by id
  let kept = topK > 0 ? Math.min(topK, order.length) : order.length;
  if (topP < 1) {
    const total = order.slice(0, kept).reduce((sum, id) => sum + weights[id]!, 0);
    let sum = 0;
    let n = 0;
    while (n < kept && sum < topP * total) sum += weights[order[n++]!]!;
    kept = Math.max(n, 1);
  }
  for (const id of order.slice(kept)) weights[id] = 0;
}

/** The token at a point u in [0, 1) of the distribution. */
export function pick(p: Float64Array, u: number): number {
  let sum = 0;
  let last = 0;
  for (let id = 0; id < p.length; id++) {
    if (p[id] === 0) continue;
    last = id;
    sum += p[id]!;
    if (u < sum) return id;
  }
  return last; // rounding left the sum just below u
}

function highest(values: Reals): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > top || Number.isNaN(value)) top = value;
  return top;
}

/** In the order of ids. */
function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
