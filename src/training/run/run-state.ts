// Run state: everything that resumes a run as if it had never stopped, as one value and as a file. Reading is the
// inverse of writing; run.ts and checkpoint/ decide where the file is written, and keep two backups.

import { fileError } from "../../base/errors.js";
import type { NamedTensor, SafetensorsFile, Tensor } from "../../checkpoint/safetensors.js";
import type { Reals } from "../../compute/arena.js";
import { toTensor } from "../../model/file/model-file.js";
import type { Transfer } from "../../model/file/transfer.js";
import type { StateArray } from "../../model/layout/state.js";
import type { RecoverableState, RecoveryState, Snapshot } from "../divergence/recovering-trainer.js";
import type { TrainerState } from "../loop/trainer-state.js";
import type { CheckedSettings } from "../settings/settings.js";
import type { PlannedLength } from "../settings/training-settings.js";
import { wrongPart } from "./run-state-shape.js";
import type { TextRecord } from "./text-record.js";

/** Version of the run state and of `config.json`. A file of another version is refused. */
export const RUN_FORMAT = 3;

/** A run without its numbers: also saved as `config.json`. */
export interface RunConfig {
  readonly format: typeof RUN_FORMAT;
  /** All settings, checked, defaults filled in. */
  readonly settings: CheckedSettings;
  readonly text: TextRecord;
  readonly valid?: TextRecord;
  /** URL of the module of the transform of training inputs, if the run has one. */
  readonly transform?: string;
  /** The model that the run began from, by its name and digest, and how its vocabulary matched. */
  readonly from?: Transfer & { readonly name: string; readonly digest: string };
  /** SHA-256 of the vocabulary's JSON. */
  readonly vocabulary: string;
  /** Windows of warm-up, fixed at the start. */
  readonly warmup: number;
  /** The lengths that the run was planned with before it was made longer, the first first. */
  readonly lengthened?: readonly PlannedLength[];
  /** The engine and its level. Bits are the same only on the same engine and level. */
  readonly engine: string;
}

export interface RunState {
  readonly config: RunConfig;
  readonly trainer: RecoverableState;
}

/** The tensors and metadata of a run state. Fingerprints of the text's chunks go as tensors: there are many. */
export function runStateTensors(state: RunState): { tensors: NamedTensor[]; metadata: Record<string, string> } {
  const { recovery: whole, ...trainer } = state.trainer;
  const { lastGood, ...recovery } = whole;
  const { prints } = state.config.text.chunks;
  const tensors: NamedTensor[] = [
    ...stateTensors(trainer, ""),
    ...(lastGood ? stateTensors(lastGood.trainer, LAST_GOOD) : []),
    { name: "chunks", ...toTensor([prints.length], Float64Array.from(prints)) },
  ];
  const config = { ...state.config, text: withPrints(state.config.text, []) };
  const plain = lastGood && { lastGood: { ...lastGood, trainer: plainOf(lastGood.trainer) } };
  const about: About = { config, trainer: plainOf(trainer), recovery: { ...recovery, ...plain } };
  return { tensors, metadata: { "longhand.run": JSON.stringify(about) } };
}

/** The names of the last good snapshot's tensors begin with this. */
const LAST_GOOD = "last-good.";

function stateTensors({ weights, optimizer, carried }: TrainerState, prefix: string): NamedTensor[] {
  return [
    { name: `${prefix}weights`, ...toTensor([weights.length], weights) },
    ...optimizer.map((m, i) => ({ name: `${prefix}optimizer.${i}`, ...toTensor([m.length], m) })),
    ...carried.arrays.map(({ name, width, data }) => {
      return { name: `${prefix}state.${name}`, ...toTensor([carried.lanes, width], data) };
    }),
  ];
}

/** All of a state that is no tensor. */
function plainOf({ weights: _, optimizer: __, carried: ___, ...plain }: TrainerState): PlainState {
  return plain;
}

/**
 * Reads what `runStateTensors` made. The file's digest was checked before. Throws a model-file LonghandError that names
 * what is wrong.
 */
export function readRunState(file: SafetensorsFile, what: string): RunState {
  const wrong = (problem: string) =>
    fileError(
      `${what} ${problem}.`,
      "It is damaged, or another version of longhand wrote it: go on with that version, put back a whole copy, or train anew with `force`.",
    );
  const about = parse(file.metadata["longhand.run"]);
  const format = about?.config?.format;
  if (about === undefined || typeof format !== "number") throw wrong("has no run in its metadata");
  if (format !== RUN_FORMAT) {
    throw fileError(
      `${what} holds a run of format ${format}; this version of longhand reads format ${RUN_FORMAT}.`,
      "Go on with the version that wrote it, or train anew with `force`.",
    );
  }
  const part = wrongPart(about);
  if (part !== undefined) throw wrong(`has no ${part} that makes sense`);
  const tensor = (name: string, axes: number): Tensor & { readonly data: Reals } => {
    const found = file.tensors.get(name);
    if (found?.dtype !== "F32" && found?.dtype !== "F64") throw wrong(`lacks the numbers ${name}`);
    if (found.shape.length !== axes) throw wrong(`has ${name} with ${found.shape.length} axes; ${axes} are wanted`);
    return found;
  };
  const stateOf = (plain: PlainState, prefix: string): TrainerState => {
    const optimizer: Reals[] = [];
    const next = () => `${prefix}optimizer.${optimizer.length}`;
    while (file.tensors.has(next())) optimizer.push(tensor(next(), 1).data);
    const arrays: StateArray[] = [];
    const state = `${prefix}state.`;
    let lanes: number | undefined;
    for (const name of file.tensors.keys()) {
      if (!name.startsWith(state)) continue;
      const { shape, data } = tensor(name, 2);
      lanes ??= shape[0]!;
      if (lanes !== shape[0]) throw wrong(`has ${name} for ${shape[0]} lanes, and another state for ${lanes}`);
      arrays.push({ name: name.slice(state.length), width: shape[1]!, data });
    }
    return { ...plain, weights: tensor(`${prefix}weights`, 1).data, optimizer, carried: { lanes: lanes ?? 0, arrays } };
  };
  const prints = [...tensor("chunks", 1).data];
  if (!prints.every((print) => Number.isSafeInteger(print) && print >= 0)) throw wrong("has chunks that make no sense");
  const { lastGood, ...recovery } = about.recovery;
  const snapshot = lastGood && { lastGood: { ...lastGood, trainer: stateOf(lastGood.trainer, LAST_GOOD) } };
  const config = { ...about.config, text: withPrints(about.config.text, prints) };
  return { config, trainer: { ...stateOf(about.trainer, ""), recovery: { ...recovery, ...snapshot } } };
}

function withPrints(text: TextRecord, prints: readonly number[]): TextRecord {
  return { ...text, chunks: { ...text.chunks, prints } };
}

type PlainState = Omit<TrainerState, "weights" | "optimizer" | "carried">;
type PlainRecovery = Omit<RecoveryState, "lastGood"> & {
  lastGood?: Omit<Snapshot, "trainer"> & { trainer: PlainState };
};
type About = { config: RunConfig; trainer: PlainState; recovery: PlainRecovery };

/** JSON whose shape is not checked yet. */
function parse(text: string | undefined): About | undefined {
  try {
    return (JSON.parse(text ?? "") as About | null) ?? undefined;
  } catch {
    return undefined;
  }
}
