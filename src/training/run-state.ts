// RunState: everything needed to go on with a run as if it had never stopped, as one value, and as a file. Reading is the
// inverse of writing; who writes it where, and keeps two generations, is run.ts and checkpoint/.

import { fileError } from "../base/errors.js";
import type { KnobValues } from "../base/knob.js";
import type { NamedTensor, SafetensorsFile, Tensor } from "../checkpoint/safetensors.js";
import type { Reals } from "../compute/arena.js";
import { toTensor } from "../model/model-file.js";
import type { StateArray } from "../model/state.js";
import type { TextRecord } from "./text-record.js";
import type { TrainerState } from "./trainer-state.js";

/** What a run is, besides its numbers: also kept as `config.json`. */
export interface RunConfig {
  readonly format: 1;
  /** All knobs, checked, defaults filled in. */
  readonly knobs: KnobValues;
  readonly text: TextRecord;
  readonly valid?: TextRecord;
  /** SHA-256 of the vocabulary's JSON. */
  readonly vocabulary: string;
  /** Windows of warm-up, fixed at the start. */
  readonly warmup: number;
  /** What computes. Bits are promised for one engine and level. */
  readonly engine: string;
}

export interface RunState {
  readonly config: RunConfig;
  readonly trainer: TrainerState;
}

/** The tensors and metadata of a run state. Fingerprints of the text's blocks go as tensors: there are many. */
export function runStateTensors(state: RunState): { tensors: NamedTensor[]; metadata: Record<string, string> } {
  const { weights, moments, carried, ...rest } = state.trainer;
  const { prints } = state.config.text.blocks;
  const tensors: NamedTensor[] = [
    { name: "weights", ...toTensor([weights.length], weights) },
    ...moments.map((m, i) => ({ name: `moment.${i}`, ...toTensor([m.length], m) })),
    ...carried.arrays.map((a) => ({ name: `state.${a.name}`, ...toTensor([carried.lanes, a.width], a.data) })),
    { name: "blocks", ...toTensor([prints.length], Float64Array.from(prints)) },
  ];
  const about = { config: { ...state.config, text: withPrints(state.config.text, []) }, trainer: rest };
  return { tensors, metadata: { "longhand.run": JSON.stringify(about) } };
}

/** Reads what `runStateTensors` made. The file's digest was checked, so what is wrong here is another version's doing. */
export function readRunState(file: SafetensorsFile, what: string): RunState {
  const wrong = (problem: string) =>
    fileError(`${what} ${problem}.`, "It is not a run's state, or another version of longhand wrote it.");
  const about = parse(file.metadata["longhand.run"]);
  if (about === undefined || about.config?.format !== 1) throw wrong("has no run of format 1 in its metadata");
  const reals = (name: string): Reals => {
    const tensor: Tensor | undefined = file.tensors.get(name);
    if (tensor?.dtype !== "F32" && tensor?.dtype !== "F64") throw wrong(`lacks ${name}`);
    return tensor.data;
  };
  const moments: Reals[] = [];
  while (file.tensors.has(`moment.${moments.length}`)) moments.push(reals(`moment.${moments.length}`));
  const arrays: StateArray[] = [];
  let lanes = 0;
  for (const [name, tensor] of file.tensors) {
    if (!name.startsWith("state.")) continue;
    lanes = tensor.shape[0] ?? 0;
    arrays.push({ name: name.slice("state.".length), width: tensor.shape[1] ?? 0, data: reals(name) });
  }
  const text = withPrints(about.config.text, [...reals("blocks")]);
  const carried = { lanes, arrays };
  return {
    config: { ...about.config, text },
    trainer: { ...about.trainer, weights: reals("weights"), moments, carried },
  };
}

function withPrints(text: TextRecord, prints: readonly number[]): TextRecord {
  return { ...text, blocks: { ...text.blocks, prints } };
}

type About = { config: RunConfig; trainer: Omit<TrainerState, "weights" | "moments" | "carried"> };

function parse(text: string | undefined): About | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null && "config" in value && "trainer" in value
      ? (value as About)
      : undefined;
  } catch {
    return undefined;
  }
}
