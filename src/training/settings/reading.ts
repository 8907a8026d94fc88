// How a run reads its texts, from its settings: in lanes or in sections, every position predicted or the last alone. Where no state
// outlives a window, validation has none either.

import { usageError } from "../../base/errors.js";
import type { SettingRow, SettingValues } from "../../base/setting.js";
import { scoredLanes } from "../../evaluation/scoring/evaluate.js";
import { PADDING, type Vocab } from "../../text/encoding/vocab.js";
import type { TokenSource, Tokens } from "../../text/storage/tokens.js";
import { type LaneReader, padded, trainingLanes } from "../../text/windows/lanes.js";
import { lastTargets, sections } from "../../text/windows/sections.js";
import { transformed, type WindowTransform } from "../../text/windows/transform.js";
import { epochWindows, type WindowRule } from "../../text/windows/windows.js";
import { augmented, augmentedLength } from "./augmentation.js";
import { type StatePolicy, type StatePolicyName, statePolicies } from "./state-policy.js";

export const readingSettings: readonly SettingRow[] = [
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
  {
    name: "remainder",
    group: "lanes and windows",
    type: "choice",
    default: "trim",
    choices: ["trim", "pad"],
    help: "what becomes of tokens that fill no lane: left out; or lanes are one longer and the last padded with <pad>, which is trained on, as torchtext's BPTTIterator does",
  },
  {
    name: "lessonValidation",
    group: "lanes and windows",
    type: "flag",
    default: false,
    help: "tell beside every validation the loss as fastai 0.7 takes it: trimmed lanes, read in windows drawn at random until its loader stops",
  },
];

/** Refuses what makes no sense together. */
export function checkReading(k: SettingValues): void {
  if (k.lessonValidation === true && policyOf(k).lasts === "window") {
    throw usageError(`--lesson-validation on wants a state that lasts; got --state ${k.state}.`);
  }
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
  if (k.remainder !== "trim") throw usageError("--remainder pad does nothing with --sections on: they are no lanes.");
}

export function policyOf(k: SettingValues): StatePolicy {
  return statePolicies[k.state as StatePolicyName];
}

/** Input positions of a lane where N tokens, and what is put among them, lie in so many. */
export function lanePositions(tokens: number, k: SettingValues, lanes: number): number {
  const each = augmentedLength(tokens, k) / lanes;
  return (k.remainder === "pad" ? Math.ceil(each) : Math.floor(each)) - 1;
}

/** The training part as windows of so many lanes. Throws a usage error where padding is asked for and the vocabulary has none. */
export function trainingReader(
  source: TokenSource,
  k: SettingValues,
  lanes: number,
  vocab: Vocab,
  transform?: WindowTransform,
): LaneReader & { trimmed: number } {
  const stream = augmented(source, k);
  const length = Math.min(Number(k.bptt), source.length - 1);
  const stride = k.stride === undefined ? length : Number(k.stride);
  const reader =
    k.sections === true
      ? sections(stream, { lanes, length, stride, seed: Number(k.seed) })
      : trainingLanes(k.remainder === "pad" ? padded(stream, lanes, padOf(vocab)) : stream, lanes);
  const read = transform ? transformed(reader, transform, { seed: Number(k.seed), vocab }) : reader;
  return k.predict === "last" ? lastTargets(read) : read;
}

function padOf(vocab: Vocab): number {
  const pad = vocab.stoi.get(PADDING);
  if (pad !== undefined && pad < vocab.specials) return pad;
  throw usageError(
    `--remainder pad wants ${PADDING} among the specials, and the vocabulary has none.`,
    `Say --specials "<unk>,${PADDING}".`,
  );
}

export interface ValidationReader {
  readonly lanes: LaneReader;
  readonly characters: number;
  readonly bytes: number;
  /** Windows of this length, each from the state that all begin with. */
  readonly cold?: number;
  /** What the lesson reads after so many windows of training. */
  readonly lesson?: (window: number) => LaneReader;
}

/**
 * The validation part in lanes, every token once and the state carried; or, where no state outlives a window, in sections of
 * bptt (no longer than `steps`) from zero: each token once by what stands before it in its section, or, with `predict` last, each
 * token but the first few by the whole bptt before it. Sizes are then in proportion to the tokens that are scored.
 */
export function validationReader(
  tokens: Tokens,
  k: SettingValues,
  options: { readonly lanes: number; readonly steps: number },
  newline: number | undefined,
): ValidationReader {
  const { lanes } = options;
  if (policyOf(k).lasts !== "window") {
    const whole = scoredLanes(tokens, lanes, newline);
    const asked = k.lessonValidation === true && tokens.length >= 2 * lanes; // its lanes want two tokens each
    return asked ? { ...whole, lesson: lessonReader(tokens, k, lanes) } : whole;
  }
  const length = Math.min(Number(k.bptt), options.steps, tokens.length - 1);
  const last = k.predict === "last";
  const reader = sections(tokens, { lanes, length, stride: last ? 1 : length });
  const scored = tokens.length - reader.trimmed - (last ? length : 1);
  const share = scored / tokens.length;
  const sizes = { characters: tokens.characters * share, bytes: tokens.bytes * share };
  return { lanes: last ? lastTargets(reader) : reader, ...sizes, cold: length };
}

/**
 * What fastai 0.7 validates on: its own loader again. How a loss is cut into windows does not change it, so all that its
 * random windows decide is how far into the lanes the loader comes before it stops.
 */
function lessonReader(tokens: Tokens, k: SettingValues, lanes: number): (window: number) => LaneReader {
  const reader = trainingLanes(tokens, lanes);
  const plan = { rule: k.windowRule as WindowRule, bptt: Number(k.bptt), seed: Number(k.seed) };
  return (window) => {
    let positions = 0;
    const drawn = VALIDATION + window * 2 ** 20; // numbers that no window of training has
    for (const { at, steps } of epochWindows(plan, reader.positions, drawn)) positions = at + steps;
    return { ...reader, positions };
  };
}
const VALIDATION = 2 ** 48;
