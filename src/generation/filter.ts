// From logits to the distribution a token is drawn from: temperature, then top-k, top-p and min-p. All in float64 with the
// project's own exp, so that a sample has the same bits everywhere. It draws nothing itself.

import { usageError } from "../base/errors.js";
import { checkKnob, type Knob } from "../base/knob.js";
import { exp, log } from "../base/math.js";
import type { Reals } from "../compute/arena.js";

export interface FilterOptions {
  /** Divides the logits; 0 means greedy. */
  readonly temperature?: number;
  /** Always the likeliest token; of equals, the lowest id. */
  readonly greedy?: boolean;
  /** Only the k likeliest tokens; 0 is off. */
  readonly topK?: number;
  /** Only the likeliest tokens that together reach this probability (Holtzman et al. 2020); 1 is off. */
  readonly topP?: number;
  /** Only tokens at least this probable relative to the likeliest (Nguyen et al. 2024); 0 is off. */
  readonly minP?: number;
}

export const filterKnobs: readonly Knob[] = [
  {
    name: "temperature",
    group: "run",
    type: "number",
    default: 1,
    min: 0,
    max: 1e8,
    help: "divides the logits: below 1 safer, above 1 wilder; 0 is greedy",
  },
  {
    name: "topK",
    group: "run",
    type: "integer",
    default: 0,
    min: 0,
    max: 1e9,
    help: "draw among the k likeliest tokens only; 0 is off",
  },
  {
    name: "topP",
    group: "run",
    type: "number",
    default: 1,
    min: 0,
    max: 1,
    open: "min",
    help: "draw among the likeliest tokens that together reach this probability",
  },
  {
    name: "minP",
    group: "run",
    type: "number",
    default: 0,
    min: 0,
    max: 1,
    help: "drop tokens less probable than this share of the likeliest",
  },
];

/** log p of every token from its logit: x − log Σ exp x, less the highest first: beside 10³⁸ the logarithm would vanish. */
export function logProbabilities(logits: Reals): Float64Array {
  const top = highest(logits);
  let sum = 0;
  for (const logit of logits) sum += exp(logit - top);
  const rest = log(sum);
  return Float64Array.from(logits, (logit) => logit - top - rest);
}

/**
 * The probabilities (V) that a token is drawn with; ids below `banned` (the specials) get none. Throws where an option is out
 * of its range, a logit is NaN, the highest is infinite, or nothing is left to draw.
 */
export function filter(logits: Reals, options: FilterOptions, banned = 0): Float64Array {
  for (const knob of filterKnobs) {
    const value = options[knob.name as keyof FilterOptions];
    if (value !== undefined) checkKnob(knob, value);
  }
  const { temperature = 1, topK = 0, topP = 1, minP = 0 } = options;
  if (banned >= logits.length) throw usageError("The vocabulary holds nothing that can be written.");
  const allowed = Array.from({ length: logits.length - banned }, (_, i) => i + banned);
  const order = allowed.sort((a, b) => logits[b]! - logits[a]! || a - b); // likeliest first, ties by id
  const top = logits[order[0]!]!;
  if (!Number.isFinite(top) || logits.some(Number.isNaN)) {
    throw usageError(
      "The model gave a score that is not a finite number.",
      "Its weights are broken: train anew, or take an older file.",
    );
  }
  const p = new Float64Array(logits.length);
  if (options.greedy || temperature === 0) {
    p[order[0]!] = 1;
    return p;
  }
  const weights = order.map((id) => exp((logits[id]! - top) / temperature));
  let kept = topK > 0 ? Math.min(topK, order.length) : order.length;
  if (topP < 1) {
    const total = weights.slice(0, kept).reduce((sum, w) => sum + w, 0);
    let sum = 0;
    let n = 0;
    while (n < kept && sum < topP * total) sum += weights[n++]!;
    kept = Math.max(n, 1);
  }
  if (minP > 0) while (kept > 1 && weights[kept - 1]! < minP) kept--;
  let sum = 0;
  for (let i = 0; i < kept; i++) sum += weights[i]!;
  for (let i = 0; i < kept; i++) p[order[i]!] = weights[i]! / sum;
  return p;
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
