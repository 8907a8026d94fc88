// How a run reads its texts, from its settings: in lanes or in sections, every position predicted or the last alone.
// Where no state outlives a window, validation has none either.

import { usageError } from "../../base/errors.js";
import type { SettingRow } from "../../base/setting.js";
import { type ScoredPieces, scoredLanes, type ValidationReader } from "../../evaluation/scoring/evaluate.js";
import { PADDING } from "../../text/encoding/tokenizer.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { TokenSource, Tokens } from "../../text/storage/tokens.js";
import { type LaneReader, padded, trainingLanes, validationLanes } from "../../text/windows/lanes.js";
import { lastTargets, sections } from "../../text/windows/sections.js";
import { transformed, type WindowTransform } from "../../text/windows/transform.js";
import { epochWindows, varies } from "../../text/windows/windows.js";
import { augmented, augmentedLength } from "./augmentation.js";
import type { CheckedSettings } from "./settings.js";
import { type StatePolicy, statePolicies } from "./state-policy.js";

export const readingSettings = [
  {
    name: "sections",
    group: "lanes and windows",
    type: "flag",
    default: false,
    help: "train on shuffled sections of bptt tokens instead of lanes; wants resetState window",
  },
  {
    name: "stride",
    group: "lanes and windows",
    type: "integer",
    default: undefined,
    min: 1,
    max: 65536,
    unit: "tokens",
    help: "distance between the starts of two sections; unset: bptt",
  },
  {
    name: "predict",
    group: "lanes and windows",
    type: "choice",
    default: "all",
    choices: ["all", "last"],
    help: "count the loss of every token of a window, or of the last only",
  },
  {
    name: "remainder",
    group: "lanes and windows",
    type: "choice",
    default: "trim",
    choices: ["trim", "pad"],
    help: "leftover tokens: drop them, or pad the last lane with <pad>",
  },
  {
    name: "lessonValidation",
    group: "lanes and windows",
    type: "flag",
    default: false,
    help: "also report the validation loss as fastai 0.7 computes it",
  },
] as const satisfies readonly SettingRow[];

/** Refuses what makes no sense together. */
export function checkReading(k: CheckedSettings): void {
  const lasts = policyOf(k).lasts !== "window";
  if (k.lessonValidation && !lasts) {
    throw usageError(
      'lessonValidation wants a state that outlives a window; got `resetState: "window"`.',
      "Leave one of them out.",
      "lessonValidation",
    );
  }
  if (!k.sections) {
    if (k.stride === undefined) return;
    throw usageError("stride does nothing without `sections`.", "Set `sections: true`.", "stride");
  }
  const wants = (what: string, hint: string) => usageError(`sections ${what}.`, hint, "sections");
  if (lasts) {
    throw wants(
      `wants \`resetState: "window"\`, since no state goes from one section to the next; got "${k.resetState}"`,
      'Set `resetState: "window"`.',
    );
  }
  if (varies(k.windowRule)) {
    throw wants(
      `wants \`windowRule: "fixed"\`, since a section has bptt tokens; got "${k.windowRule}"`,
      "Leave `windowRule` out.",
    );
  }
  if (k.remainder === "pad") {
    throw wants('does nothing with `remainder: "pad"`: sections are no lanes', "Leave `remainder` out.");
  }
}

export function policyOf(k: CheckedSettings): StatePolicy {
  return statePolicies[k.resetState];
}

/** Input positions of a lane where N tokens, and what is put among them, lie in so many. */
export function lanePositions(tokens: number, k: CheckedSettings, lanes: number): number {
  const each = augmentedLength(tokens, k) / lanes;
  return (k.remainder === "pad" ? Math.ceil(each) : Math.floor(each)) - 1;
}

/**
 * The training part as windows of so many lanes. Throws a usage error where padding is asked for and the vocabulary has
 * none.
 */
export function trainingReader(
  source: TokenSource,
  k: CheckedSettings,
  lanes: number,
  vocab: Vocab,
  transform?: WindowTransform,
): LaneReader & { trimmed: number } {
  const stream = augmented(source, k);
  const length = Math.min(k.bptt, source.length - 1);
  const stride = k.stride ?? length;
  const reader = k.sections
    ? sections(stream, { lanes, length, stride, seed: k.seed })
    : trainingLanes(k.remainder === "pad" ? padded(stream, lanes, padOf(vocab)) : stream, lanes);
  const read = transform ? transformed(reader, transform, { seed: k.seed, vocab }) : reader;
  return k.predict === "last" ? lastTargets(read) : read;
}

function padOf(vocab: Vocab): number {
  const pad = vocab.stoi.get(PADDING);
  if (pad !== undefined && pad < vocab.specials) return pad;
  throw usageError(
    `remainder pad wants ${PADDING} among the specials, and the vocabulary has none.`,
    `Set \`specials: "<unk>,${PADDING}"\`.`,
    "remainder",
  );
}

/** A validation part of fewer tokens chooses no weights: its loss says too little. */
export const CHOOSING = 500;

/**
 * The validation part in lanes, every token once and the state carried; or, where no state outlives a window, in
 * sections of bptt (no longer than `steps`) from zero: each token once by what stands before it in its section, or,
 * with `predict` last, each token but the first few by the whole bptt before it. Sizes are then in proportion to the
 * tokens that are scored.
 */
export function validationReader(
  tokens: Tokens,
  k: CheckedSettings,
  options: { readonly lanes: number; readonly steps: number },
  newline: number | undefined,
): ValidationReader & { readonly pieces: ScoredPieces } {
  const { lanes } = options;
  if (policyOf(k).lasts !== "window") {
    const passed = (k.validState ?? policyOf(k).validState) === "copy" || policyOf(k).handsBack;
    const filled = passed ? lanes : validationLanes(tokens.length, lanes); // a passed state has its own lanes
    const scored = scoredLanes(tokens, filled, newline, lanes);
    const whole = { ...scored, pieces: { before: newline, positions: scored.lanes.positions } };
    const asked = k.lessonValidation && tokens.length >= 2 * lanes; // its lanes want two tokens each
    return asked ? { ...whole, lesson: lessonReader(tokens, k, lanes) } : whole;
  }
  const length = Math.min(k.bptt, options.steps, tokens.length - 1);
  const last = k.predict === "last";
  const reader = sections(tokens, { lanes, length, stride: last ? 1 : length });
  const scored = tokens.length - reader.trimmed - (last ? length : 1);
  const share = scored / tokens.length;
  const { characters, bytes, spelling } = tokens;
  const sizes = { characters: characters * share, bytes: bytes * share, spelling: spelling * share };
  const pieces = { before: undefined, positions: last ? Number.POSITIVE_INFINITY : length };
  return { lanes: last ? lastTargets(reader) : reader, pieces, ...sizes, resetEvery: length };
}

/**
 * What fastai 0.7 validates on: its own loader again. How a loss is cut into windows does not change it, so all that
 * its random windows decide is how far into the lanes the loader comes before it stops.
 */
function lessonReader(tokens: Tokens, k: CheckedSettings, lanes: number): (window: number) => LaneReader {
  const reader = trainingLanes(tokens, lanes);
  const plan = { rule: k.windowRule, bptt: k.bptt, seed: k.seed };
  return (window) => {
    let positions = 0;
    const drawn = VALIDATION + window * 2 ** 20; // numbers that no window of training has
    for (const { at, steps } of epochWindows(plan, reader.positions, drawn)) positions = at + steps;
    return { ...reader, positions };
  };
}
const VALIDATION = 2 ** 48;
