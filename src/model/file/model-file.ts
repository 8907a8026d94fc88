// Format of a model file: the weights under PyTorch's names, and in the metadata the specification, the field and the
// vocabulary. Python opens it like any safetensors file. It has no optimizer and no state; those belong to a run
// (training/run/).

import { fileError, LonghandError, usageError } from "../../base/errors.js";
import { checkRows, checkSetting, type SettingValues } from "../../base/setting.js";
import { HEADER_LIMIT, type NamedTensor, type SafetensorsFile, type Tensor } from "../../checkpoint/safetensors.js";
import type { Reals } from "../../compute/arena.js";
import { createField, type Field, fieldSettings } from "../../text/encoding/field.js";
import { showToken, Vocab } from "../../text/encoding/vocab.js";
import type { Cell } from "../cells/cell.js";
import { cells } from "../cells/index.js";
import { type ModelParameter, type ModelSpec, modelParameters, modelSettings } from "../layout/spec.js";

/** A model as plain data; the weights are flat, in the order of `modelParameters`. */
export interface StoredModel {
  readonly spec: ModelSpec;
  readonly field: Field;
  readonly vocab: Vocab;
  /** How often each id occurs in the training text. */
  readonly counts: readonly number[];
  readonly weights: Reals;
}

/** The model's file in a run folder. */
export const MODEL_FILE = "model.safetensors";

/** The last weights of a run, where its model is of an earlier validation. */
export const LAST_MODEL_FILE = "model.last.safetensors";

const FORMAT = 1;

/** The tensors and metadata of a model file. A tied model writes its shared matrix under both names. */
export function modelTensors(model: StoredModel): { tensors: NamedTensor[]; metadata: Record<string, string> } {
  const { spec } = model;
  const tensors: NamedTensor[] = [];
  let at = 0;
  for (const p of modelParameters(spec)) {
    const data = model.weights.subarray(at, at + p.rows * p.cols);
    const tensor = toTensor(shapeOf(p), data);
    tensors.push({ name: p.name, ...tensor });
    if (spec.tied && p.name === "embedding.weight") tensors.push({ name: "decoder.weight", ...tensor });
    at += data.length;
  }
  const about = {
    format: FORMAT,
    cell: spec.cell.kind,
    ...spec.cellSettings,
    embedding: spec.embedding,
    hidden: spec.hidden,
    layers: spec.layers,
    dropout: spec.dropout,
    tied: spec.tied,
    field: model.field,
    vocab: model.vocab,
    counts: model.counts,
  };
  return { tensors, metadata: { longhand: JSON.stringify(about) } };
}

/** Throws a usage error for a vocabulary too large for a model file. Called before training starts. */
export function checkVocabularyFits(vocab: Vocab, counts: readonly number[]): void {
  const bytes = new TextEncoder().encode(JSON.stringify(JSON.stringify({ vocab, counts }))).length;
  if (bytes < HEADER_LIMIT - 65536) return;
  throw usageError(
    `A vocabulary of ${vocab.size} tokens makes a file's header larger than ${HEADER_LIMIT / 1048576} MiB.`,
    "Make it smaller with `maxSize` or `minFreq`.",
  );
}

/** Reads what `modelTensors` made. `own` are custom cells. Throws a file error for anything else. */
export function readModel(file: SafetensorsFile, what: string, own: readonly Cell[] = []): StoredModel {
  const wrong = (problem: string) => fileError(`${what} ${problem}.`, "The file is damaged, or not a longhand model.");
  const about = parseObject(file.metadata.longhand) ?? undefined;
  if (about === undefined) throw wrong('has no "longhand" entry in its metadata');
  if (about.format !== FORMAT) throw wrong(`has format ${show(about.format)}; this version reads ${FORMAT}`);
  const cell = [...own, ...cells].find((each) => each.kind === about.cell);
  if (cell === undefined) {
    throw fileError(
      `${what} has the cell ${show(about.cell)}, which this package does not know.`,
      "Pass the custom cell when you load the model.",
    );
  }
  const vocab = vocabOf(about.vocab, wrong);
  const spec = { ...numbersOf(about, cell, wrong), vocabulary: vocab.size, cell };
  const field = fieldOf(about.field, wrong);
  const bytesMatch = (field.unit === "byte") === (vocab.kind === "bytes");
  const documentsMatch = (field.documents !== "none") === (vocab.endId !== undefined);
  if (!bytesMatch || !documentsMatch) {
    throw wrong("has a field and a vocabulary that contradict each other");
  }
  const counts = countsOf(about.counts, vocab.size, wrong);

  const parts = new Map(parametersOf(spec, wrong).map((p) => [p.name, realsOf(file, p, wrong)]));
  const names = new Set(parts.keys());
  if (spec.tied) {
    const data = parts.get("embedding.weight")!;
    const twin = realsOf(file, { name: "decoder.weight", rows: vocab.size, cols: spec.embedding }, wrong);
    if (!twin.every((value, i) => Object.is(value, data[i])))
      throw wrong("is tied, and the two names of its matrix hold different numbers");
    names.add("decoder.weight");
  }
  const extra = [...file.tensors.keys()].find((name) => !names.has(name));
  if (extra !== undefined) throw wrong(`holds a tensor ${show(extra)} that its model does not have`);

  // All parts have their shapes, so this is no larger than the file.
  const size = [...parts.values()].reduce((sum, part) => sum + part.length, 0);
  const wide = parts.get("embedding.weight") instanceof Float64Array;
  const weights = wide ? new Float64Array(size) : new Float32Array(size);
  let at = 0;
  for (const part of parts.values()) {
    weights.set(part, at);
    at += part.length;
  }
  return { spec, field, vocab, counts, weights };
}

export function toTensor(shape: readonly number[], data: Reals): Tensor {
  return data instanceof Float64Array ? { dtype: "F64", shape, data } : { dtype: "F32", shape, data };
}

type Wrong = (problem: string) => Error;
type Shaped = Pick<ModelParameter, "name" | "rows" | "cols">;

function numbersOf(about: Record<string, unknown>, cell: Cell, wrong: Wrong): Omit<ModelSpec, "vocabulary" | "cell"> {
  const values: Record<string, SettingValues[string]> = {};
  for (const setting of [...modelSettings, ...cell.settings]) {
    if (about[setting.name] === undefined && setting.default === undefined) continue;
    try {
      values[setting.name] = checkSetting(setting, about[setting.name]);
    } catch {
      throw wrong(`has the invalid value ${show(about[setting.name])} for ${setting.name}`);
    }
  }
  const cellSettings = Object.fromEntries(cell.settings.map(({ name }) => [name, values[name]]));
  return {
    ...checkRows(modelSettings, values),
    cellSettings,
  };
}

function vocabOf(data: unknown, wrong: Wrong): Vocab {
  try {
    return Vocab.fromJSON(data);
  } catch (error) {
    throw error instanceof LonghandError ? error : wrong("has an invalid vocabulary");
  }
}

/** Settings that are valid one by one may still contradict each other. */
function parametersOf(spec: ModelSpec, wrong: Wrong): ModelParameter[] {
  try {
    return modelParameters(spec);
  } catch {
    throw wrong("has settings that contradict each other");
  }
}

function fieldOf(data: unknown, wrong: Wrong): Field {
  try {
    const known: Record<string, unknown> = Object(data);
    const lacks = fieldSettings.some((setting) => setting.default !== undefined && known[setting.name] === undefined);
    if (!lacks && known.specials !== undefined) return createField(known);
  } catch {} // reported below
  throw wrong("has an invalid field");
}

function countsOf(data: unknown, size: number, wrong: Wrong): number[] {
  const good = Array.isArray(data) && data.length === size && data.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!good) throw wrong("has invalid token counts");
  return data;
}

/** A matrix has two axes, a bias one. */
function shapeOf(p: Shaped): number[] {
  return p.cols === 1 && p.name.includes("bias") ? [p.rows] : [p.rows, p.cols];
}

function realsOf(file: SafetensorsFile, p: Shaped, wrong: Wrong): Reals {
  const tensor = file.tensors.get(p.name);
  if (tensor === undefined) throw wrong(`lacks the tensor ${p.name}`);
  const { dtype, shape, data } = tensor;
  if (dtype !== "F32" && dtype !== "F64") throw wrong(`has ${p.name} as ${dtype}; expected F32 or F64`);
  const first = file.tensors.get("embedding.weight")?.dtype;
  if (dtype !== first) throw wrong(`has ${p.name} as ${dtype}, and its embedding as ${first}`);
  const expected = shapeOf(p).join(" × ");
  if (shape.join(" × ") !== expected) {
    throw wrong(`has ${p.name} of shape ${shape.join(" × ") || "()"}; expected ${expected}`);
  }
  if (!data.every(Number.isFinite)) throw wrong(`has a weight in ${p.name} that is not finite`);
  return data;
}

/** A value from the file, made safe to print. JSON.stringify alone would overflow the stack on deeply nested lists. */
function show(value: unknown): string {
  if (typeof value === "string") return showToken(value);
  return typeof value === "object" && value !== null ? "something else" : String(value);
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
