// A model as a file: its weights under PyTorch's names, and in the metadata all that is needed to use it: what it is, its
// field and its vocabulary. Opens in Python as any safetensors file. No optimizer, no state: that is a run's (training/).

import { fileError, usageError } from "../base/errors.js";
import { checkKnob, type KnobValues } from "../base/knob.js";
import { HEADER_LIMIT, type NamedTensor, type SafetensorsFile, type Tensor } from "../checkpoint/safetensors.js";
import type { Reals } from "../compute/arena.js";
import { type Field, makeField } from "../text/field.js";
import { Vocab } from "../text/vocab.js";
import type { Cell } from "./cell.js";
import { cells } from "./cells.js";
import { type ModelSpec, modelKnobs, modelParameters } from "./spec.js";

/** A model that can be opened: plain data and its weights, flat in the order of the parameter table. */
export interface StoredModel {
  readonly spec: ModelSpec;
  readonly field: Field;
  readonly vocab: Vocab;
  /** How often each id stands in the training text. */
  readonly counts: readonly number[];
  readonly weights: Reals;
}

const FORMAT = 1;

/** The tensors and metadata of a model's file. A tied model writes both names of its one matrix. */
export function modelTensors(model: StoredModel): { tensors: NamedTensor[]; metadata: Record<string, string> } {
  const { spec } = model;
  const tensors: NamedTensor[] = [];
  let at = 0;
  for (const { name, rows, cols } of modelParameters(spec)) {
    const data = model.weights.subarray(at, at + rows * cols);
    const tensor = toTensor(cols === 1 && name.includes("bias") ? [rows] : [rows, cols], data);
    tensors.push({ name, ...tensor });
    if (spec.tied && name === "embedding.weight") tensors.push({ name: "decoder.weight", ...tensor });
    at += rows * cols;
  }
  const about = {
    format: FORMAT,
    cell: spec.cell.kind,
    ...spec.cellKnobs,
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

/** Refuses, before anything is trained, a vocabulary that no file of ours could hold. */
export function checkVocabularyFits(vocab: Vocab, counts: readonly number[]): void {
  const bytes = new TextEncoder().encode(JSON.stringify(JSON.stringify({ vocab, counts }))).length;
  if (bytes < HEADER_LIMIT - 65536) return;
  throw usageError(
    `A vocabulary of ${vocab.size} tokens makes a file's header larger than ${HEADER_LIMIT / 1048576} MiB.`,
    "Make it smaller with --max-size or --min-freq.",
  );
}

/** Reads what `modelTensors` made. `own` are cells that are not of the package. Throws a file error on anything else. */
export function readModel(file: SafetensorsFile, what: string, own: readonly Cell[] = []): StoredModel {
  const wrong = (problem: string) => fileError(`${what} ${problem}.`, "It is damaged, or not a model of longhand's.");
  const about = parseObject(file.metadata.longhand) ?? undefined;
  if (about === undefined) throw wrong('has no "longhand" entry in its metadata');
  if (about.format !== FORMAT) throw wrong(`has format ${JSON.stringify(about.format)}; this version reads ${FORMAT}`);
  const cell = [...own, ...cells].find((each) => each.kind === about.cell);
  if (cell === undefined) {
    throw fileError(
      `${what} is of the cell ${JSON.stringify(about.cell)}, which is not known here.`,
      "Pass that cell to the reader.",
    );
  }
  const vocab = Vocab.fromJSON(about.vocab);
  const spec = { ...numbersOf(about, cell, wrong), vocabulary: vocab.size, cell };
  const field = fieldOf(about.field, wrong);
  const counts = countsOf(about.counts, vocab.size, wrong);

  const parameters = modelParameters(spec);
  const size = parameters.reduce((sum, p) => sum + p.rows * p.cols, 0);
  const held = [...file.tensors.values()].reduce((sum, tensor) => sum + tensor.data.length, 0);
  if (size > held) throw wrong(`describes ${size} weights and holds ${held}`);
  const weights = [...file.tensors.values()].some((t) => t.dtype === "F64")
    ? new Float64Array(size)
    : new Float32Array(size);
  let at = 0;
  const names = new Set<string>();
  for (const { name, rows, cols } of parameters) {
    const data = realsOf(file.tensors.get(name), name, rows, cols, wrong);
    weights.set(data, at);
    names.add(name);
    at += data.length;
    if (!spec.tied || name !== "embedding.weight") continue;
    const twin = realsOf(file.tensors.get("decoder.weight"), "decoder.weight", rows, cols, wrong);
    if (!twin.every((value, i) => Object.is(value, data[i])))
      throw wrong("is tied, and its two names hold different numbers");
    names.add("decoder.weight");
  }
  const extra = [...file.tensors.keys()].find((name) => !names.has(name));
  if (extra !== undefined) throw wrong(`holds a tensor ${JSON.stringify(extra)} that its model has no place for`);
  return { spec, field, vocab, counts, weights };
}

export function toTensor(shape: readonly number[], data: Reals): Tensor {
  return data instanceof Float64Array ? { dtype: "F64", shape, data } : { dtype: "F32", shape, data };
}

type Wrong = (problem: string) => Error;

function numbersOf(about: Record<string, unknown>, cell: Cell, wrong: Wrong): Omit<ModelSpec, "vocabulary" | "cell"> {
  const values: Record<string, KnobValues[string]> = {};
  for (const knob of [...modelKnobs, ...cell.knobs]) {
    if (about[knob.name] === undefined && knob.default === undefined) continue;
    try {
      values[knob.name] = checkKnob(knob, about[knob.name]);
    } catch {
      throw wrong(`says ${JSON.stringify(about[knob.name])} for ${knob.name}`);
    }
  }
  const cellKnobs = Object.fromEntries(cell.knobs.map(({ name }) => [name, values[name]]));
  return {
    embedding: Number(values.embedding),
    hidden: Number(values.hidden),
    layers: Number(values.layers),
    dropout: Number(values.dropout),
    tied: values.tied === true,
    cellKnobs,
  };
}

function fieldOf(data: unknown, wrong: Wrong): Field {
  try {
    return makeField(typeof data === "object" && data !== null ? data : {});
  } catch {
    throw wrong("has a field that makes no sense");
  }
}

function countsOf(data: unknown, size: number, wrong: Wrong): number[] {
  const good = Array.isArray(data) && data.length === size && data.every((n) => typeof n === "number" && n >= 0);
  if (!good) throw wrong("lists the tokens' counts wrongly");
  return data;
}

function realsOf(tensor: Tensor | undefined, name: string, rows: number, cols: number, wrong: Wrong): Reals {
  if (tensor === undefined) throw wrong(`lacks the tensor ${name}`);
  if (tensor.dtype !== "F32" && tensor.dtype !== "F64")
    throw wrong(`has ${name} as ${tensor.dtype}; F32 or F64 is wanted`);
  const size = tensor.shape.reduce((product, n) => product * n, 1);
  if (size !== rows * cols || tensor.shape[0] !== rows) {
    throw wrong(`has ${name} of shape ${tensor.shape.join(" × ")}; ${rows} × ${cols} is wanted`);
  }
  if (!tensor.data.every(Number.isFinite)) throw wrong(`has a weight in ${name} that is not finite`);
  return tensor.data;
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
