// RunState: everything needed to go on with a run as if it had never stopped, as one value, and as a file. Reading is the
// inverse of writing; who writes it where, and keeps two generations, is run.ts and checkpoint/.

import { fileError } from "../base/errors.js";
import type { KnobValues } from "../base/knob.js";
import type { NamedTensor, SafetensorsFile, Tensor } from "../checkpoint/safetensors.js";
import type { Reals } from "../compute/arena.js";
import { toTensor } from "../model/model-file.js";
import type { StateArray } from "../model/state.js";
import type { TextRecord } from "./text-record.js";
import type { Moment, TrainerState } from "./trainer-state.js";

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
  const { kept, ...moment } = state.trainer;
  const { prints } = state.config.text.blocks;
  const tensors: NamedTensor[] = [
    ...momentTensors(moment, ""),
    ...(kept ? momentTensors(kept, KEPT) : []),
    { name: "blocks", ...toTensor([prints.length], Float64Array.from(prints)) },
  ];
  const config = { ...state.config, text: withPrints(state.config.text, []) };
  const about = { config, trainer: plainOf(moment), ...(kept && { kept: plainOf(kept) }) };
  return { tensors, metadata: { "longhand.run": JSON.stringify(about) } };
}

/** What the names of the tensors of the last good moment begin with. */
const KEPT = "kept.";

function momentTensors({ weights, moments, carried }: Moment, prefix: string): NamedTensor[] {
  return [
    { name: `${prefix}weights`, ...toTensor([weights.length], weights) },
    ...moments.map((m, i) => ({ name: `${prefix}moment.${i}`, ...toTensor([m.length], m) })),
    ...carried.arrays.map(({ name, width, data }) => {
      return { name: `${prefix}state.${name}`, ...toTensor([carried.lanes, width], data) };
    }),
  ];
}

/** All of a moment that is no tensor. */
function plainOf({ weights: _, moments: __, carried: ___, ...plain }: Moment): PlainMoment {
  return plain;
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
  const momentOf = (plain: PlainMoment, prefix: string): Moment => {
    const moments: Reals[] = [];
    const next = () => `${prefix}moment.${moments.length}`;
    while (file.tensors.has(next())) moments.push(reals(next()));
    const arrays: StateArray[] = [];
    const state = `${prefix}state.`;
    let lanes = 0;
    for (const [name, tensor] of file.tensors) {
      if (!name.startsWith(state)) continue;
      lanes = tensor.shape[0] ?? 0;
      arrays.push({ name: name.slice(state.length), width: tensor.shape[1] ?? 0, data: reals(name) });
    }
    return { ...plain, weights: reals(`${prefix}weights`), moments, carried: { lanes, arrays } };
  };
  const text = withPrints(about.config.text, [...reals("blocks")]);
  const kept = about.kept && { kept: momentOf(about.kept, KEPT) };
  return { config: { ...about.config, text }, trainer: { ...momentOf(about.trainer, ""), ...kept } };
}

function withPrints(text: TextRecord, prints: readonly number[]): TextRecord {
  return { ...text, blocks: { ...text.blocks, prints } };
}

type PlainMoment = Omit<Moment, "weights" | "moments" | "carried">;
type About = { config: RunConfig; trainer: PlainMoment; kept?: PlainMoment };

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
