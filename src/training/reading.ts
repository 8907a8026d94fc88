// How a run reads its texts, from its knobs: in lanes or in sections, every position predicted or the last alone. Where no state
// outlives a window, validation has none either.

import { usageError } from "../base/errors.js";
import type { Knob, KnobValues } from "../base/knob.js";
import { scoredLanes } from "../evaluation/evaluate.js";
import { type LaneReader, trainingLanes } from "../text/lanes.js";
import { lastTargets, sections } from "../text/sections.js";
import type { TokenSource, Tokens } from "../text/tokens.js";
import { type StatePolicy, type StatePolicyName, statePolicies } from "./state-policy.js";

export const readingKnobs: readonly Knob[] = [
  {
    name: "sections",
    group: "lanes and windows",
    type: "flag",
    default: false,
    help: "train on sections of bptt tokens in random order, batch of them a window, in place of lanes; wants --state window",
  },
  {
    name: "stride",
    group: "lanes and windows",
    type: "integer",
    default: undefined,
    min: 1,
    max: 65536,
    unit: "tokens",
    help: "from the start of a section to the next; unset: bptt, so that they do not overlap",
  },
  {
    name: "predict",
    group: "lanes and windows",
    type: "choice",
    default: "all",
    choices: ["all", "last"],
    help: "which tokens of a window count: the one after each position, or after the last alone",
  },
];

/** Refuses what makes no sense together. */
export function checkReading(k: KnobValues): void {
  if (k.sections !== true) {
    if (k.stride !== undefined) throw usageError("--stride does nothing without sections.", "Say --sections on.");
    return;
  }
  if (k.state !== "window") {
    throw usageError(`--sections on wants --state window; got ${k.state}: sections follow on nothing.`);
  }
  if (k.windowRule !== "fixed") {
    throw usageError(`--sections on wants --window-rule fixed; got ${k.windowRule}: a section has bptt tokens.`);
  }
}

export function policyOf(k: KnobValues): StatePolicy {
  return statePolicies[k.state as StatePolicyName];
}

/** The training part as windows of so many lanes. */
export function trainingReader(source: TokenSource, k: KnobValues, lanes: number): LaneReader & { trimmed: number } {
  const length = Math.min(Number(k.bptt), source.length - 1);
  const stride = k.stride === undefined ? length : Number(k.stride);
  const reader =
    k.sections === true
      ? sections(source, { lanes, length, stride, seed: Number(k.seed) })
      : trainingLanes(source, lanes);
  return k.predict === "last" ? lastTargets(reader) : reader;
}

export interface ValidationReader {
  readonly lanes: LaneReader;
  readonly characters: number;
  readonly bytes: number;
  /** Windows of this length, each from the state that all begin with. */
  readonly cold?: number;
}

/**
 * The validation part in lanes, every token once and the state carried; or, where no state outlives a window, in sections of
 * bptt (no longer than `steps`) from zero: each token once by what stands before it in its section, or, with `predict` last, each
 * token but the first few by the whole bptt before it. Sizes are then in proportion to the tokens that are scored.
 */
export function validationReader(
  tokens: Tokens,
  k: KnobValues,
  options: { readonly lanes: number; readonly steps: number },
  newline: number | undefined,
): ValidationReader {
  const { lanes } = options;
  if (policyOf(k).lasts !== "window") return scoredLanes(tokens, lanes, newline);
  const length = Math.min(Number(k.bptt), options.steps, tokens.length - 1);
  const last = k.predict === "last";
  const reader = sections(tokens, { lanes, length, stride: last ? 1 : length });
  const scored = tokens.length - reader.trimmed - (last ? length : 1);
  const share = scored / tokens.length;
  const sizes = { characters: tokens.characters * share, bytes: tokens.bytes * share };
  return { lanes: last ? lastTargets(reader) : reader, ...sizes, cold: length };
}
