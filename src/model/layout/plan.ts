// The plan: where every number of a model will lie in its arena, and how many bytes each kind of thing takes, before anything
// is allocated. It decides places; it holds no numbers.

import { usageError } from "../../base/errors.js";
import { bytesOf, type Precision } from "../../compute/arena.js";
import { packedSize } from "../../compute/kernels.js";
import { type InputProjection, inputProjectionWidth, throughInputProjection } from "./input-projection.js";
import { layerName, layerShape, type ModelParameter, type ModelSpec, modelParameters, stateTensorsOf } from "./spec.js";

export interface PlanOptions {
  /** B, lanes that lie side by side. */
  readonly lanes: number;
  /** T, the longest window. */
  readonly steps: number;
  /** Room for gradients, and `moments` arrays as large as the parameters for the optimizer. Absent: no training. */
  readonly training?: { readonly moments: number };
  /** Windows may carry `starts`. */
  readonly documents?: boolean;
  readonly precision: Precision;
  /** The engine's panel width. */
  readonly panel: number;
}

/** What is not the engine's to say. */
export type ModelOptions = Omit<PlanOptions, "precision" | "panel">;

/** A parameter with its place: rows [row0, row0 + rows) of all parameters' rows, elements from `at` of the flat array. */
export interface PlacedParameter extends ModelParameter {
  readonly firstRow: number;
  readonly offset: number;
  /** Offsets of the packings; absent where not packed, `backward` also where nothing trains. */
  readonly forward?: number;
  readonly backward?: number;
}

/** A `(T, B, width)` array (or T + 1, or one step) at an offset of the arena. */
export interface Region {
  readonly offset: number;
  readonly width: number;
  /** Elements from one step to the next; 0 for an array of one step. */
  readonly stride: number;
  /** Its rows, in an array that has other rows than positions of a window. */
  readonly rows?: number;
}

export type ArenaSection = "parameters" | "gradients" | "optimizer" | "packed" | "activations";

export interface Plan {
  readonly spec: ModelSpec;
  readonly options: PlanOptions;
  readonly parameters: readonly PlacedParameter[];
  /** Rows of all parameters together: the coordinate in which ranges are cut. */
  readonly rows: number;
  /** Elements of all parameters together. */
  readonly size: number;
  /** Offsets of the flat arrays, each `size` long. */
  readonly weights: number;
  readonly gradients: number;
  readonly moments: readonly number[];
  readonly regions: ReadonlyMap<string, Region>;
  /** Where the first layer's input product is looked up. */
  readonly inputProjection?: InputProjection;
  /** Elements of the whole arena. */
  readonly length: number;
  readonly bytes: Readonly<Record<ArenaSection | "total", number>>;
}

/** Lays a model out. Pure arithmetic: nothing is allocated. */
export function plan(spec: ModelSpec, options: PlanOptions): Plan {
  const { lanes, steps, panel, training } = options;
  const elements: Record<ArenaSection, number> = {
    parameters: 0,
    gradients: 0,
    optimizer: 0,
    packed: 0,
    activations: 0,
  };
  let length = 0;
  const take = (section: ArenaSection, n: number): number => {
    const offset = length;
    const room = Math.ceil(n / 16) * 16; // every array starts at a multiple of 64 bytes
    elements[section] += room;
    length += room;
    return offset;
  };

  const declared = modelParameters(spec);
  const size = declared.reduce((sum, p) => sum + p.rows * p.cols, 0);
  const rows = declared.reduce((sum, p) => sum + p.rows, 0);
  const width = inputProjectionWidth(spec, size, lanes * steps, training !== undefined);
  const specs = width === undefined ? declared : throughInputProjection(spec, declared);
  const weights = take("parameters", size);
  const gradients = training ? take("gradients", size) : 0;
  const moments = Array.from({ length: training?.moments ?? 0 }, () => take("optimizer", size));

  const parameters: PlacedParameter[] = [];
  let firstRow = 0;
  let offset = 0;
  for (const p of specs) {
    const forward = p.packed ? { forward: take("packed", packedSize(p.cols, p.rows, panel)) } : {};
    const backward = p.packed && training ? { backward: take("packed", packedSize(p.rows, p.cols, panel)) } : {};
    parameters.push({ ...p, firstRow, offset, ...forward, ...backward });
    firstRow += p.rows;
    offset += p.rows * p.cols;
  }

  const regions = new Map<string, Region>();
  const place = (name: string, width: number, count = steps): Region => {
    const region = { offset: take("activations", count * lanes * width), width, stride: lanes * width };
    regions.set(name, region);
    return region;
  };
  const placeOne = (name: string, width: number): Region => {
    const region = { offset: take("activations", lanes * width), width, stride: 0 };
    regions.set(name, region);
    return region;
  };
  const placeRows = (name: string, width: number, rows: number, section: ArenaSection): Region => {
    const region = { offset: take(section, rows * width), width, stride: 0, rows };
    regions.set(name, region);
    return region;
  };
  const later = (region: Region, by = 1): Region => ({ ...region, offset: region.offset + by * region.stride });

  for (const name of ["ids", "targets"]) place(name, 1);
  if (options.documents) place("starts", 1);
  const tabled = width !== undefined;
  let shared: Region | undefined;
  let input = tabled ? undefined : place("embedded", spec.embedding);
  let inputGradient = training && !tabled ? place("d.embedded", spec.embedding) : undefined;
  for (let layer = 0; layer < spec.layers; layer++) {
    const shape = layerShape(spec, layer);
    const own = (name: string) => layerName(layer, name);
    if (input) regions.set(own("input"), input);
    if (inputGradient) regions.set(own("d.input"), inputGradient);
    const slots = stateTensorsOf(spec, layer);
    for (const [i, slot] of slots.entries()) {
      const values = place(own(slot.name), slot.width, steps + 1);
      const previous = options.documents ? place(own(`previous.${slot.name}`), slot.width) : values;
      regions.set(own(`previous.${slot.name}`), previous);
      if (i === 0) regions.set(own("output"), later(values));
      if (!training) continue;
      if (i > 0) placeOne(own(`d.${slot.name}`), slot.width);
      else placeGradient(layer, own(`d.${slot.name}`), slot.width);
      if (i === 0 && options.documents) placeOne(own(`d.previous.${slot.name}`), slot.width);
    }
    for (const buffer of spec.cell.buffers(shape, spec.cellSettings)) {
      if (buffer.training && !training) continue;
      if (training && buffer.inOutputGradient) regions.set(own(buffer.name), later(gradientOf(layer)));
      else if (buffer.steps === "one") placeOne(own(buffer.name), buffer.width);
      else place(own(buffer.name), buffer.width);
    }
    const output = regions.get(own("output"))!;
    const dropped = training && spec.dropout > 0 && layer < spec.layers - 1;
    input = dropped ? place(own("dropped"), spec.hidden) : output;
    inputGradient = training ? later(gradientOf(layer)) : undefined;
  }
  place("logits", spec.vocabulary);
  place("losses", 1);
  if (training) placeRows("squares", 1, rows, "activations");
  const table = width === undefined ? undefined : placeInputProjection(width);

  function gradientOf(layer: number): Region {
    return regions.get(layerName(layer, `d.${stateTensorsOf(spec, layer)[0]!.name}`))!;
  }

  /**
   * ∂loss/∂output of a layer, after a row 0 of what comes in. A layer is done with its own when it writes that of the layer below, so
   * one array does for all, unless a cell's gradients stay there. The layers begin a row apart, the highest first: each row 0 stands.
   */
  function placeGradient(layer: number, name: string, width: number): void {
    if (spec.cell.buffers(layerShape(spec, layer), spec.cellSettings).some((buffer) => buffer.inOutputGradient)) {
      place(name, width, steps + 1);
      return;
    }
    shared ??= place(name, width, steps + spec.layers);
    regions.set(name, later(shared, spec.layers - 1 - layer));
  }

  function placeInputProjection(width: number): InputProjection {
    const of = (name: string) => parameterOf({ parameters }, name);
    const { vocabulary, embedding: input } = spec;
    const embedding = weights + of("embedding.weight").offset;
    regions.set("embedding.weight", { offset: embedding, width: input, stride: 0, rows: vocabulary });
    const { offset } = placeRows("inputProjection", width, vocabulary, "packed");
    const g = regions.get(layerName(0, spec.cell.inputBuffer!))!.offset;
    const ids = regions.get("ids")!.offset;
    return {
      ...{ rows: vocabulary, width, offset, input, embedding },
      ...{ weight: of("rnn.weight_ih_l0").forward!, bias: weights + of("rnn.bias_ih_l0").offset },
      ...(training && {
        gradient: { offset: placeRows("d.inputProjection", width, vocabulary, "activations").offset, g, ids },
      }),
    };
  }

  const unit = bytesOf(options.precision);
  const bytes = {
    parameters: elements.parameters * unit,
    gradients: elements.gradients * unit,
    optimizer: elements.optimizer * unit,
    packed: elements.packed * unit,
    activations: elements.activations * unit,
    total: length * unit,
  };
  const places = { weights, gradients, moments, regions, ...(table && { table }) };
  return { spec, options, parameters, rows, size, ...places, length, bytes };
}

export function region(p: Plan, name: string): Region {
  const found = p.regions.get(name);
  if (found === undefined) throw new Error(`the plan has no array ${name}`);
  return found;
}

/** Offset of lane `lane`'s row at step t. */
export function rowAt(r: Region, lane: number, t: number): number {
  return r.offset + t * r.stride + lane * r.width;
}

/** Throws a usage error for a name that no parameter has. */
export function parameterOf({ parameters }: Pick<Plan, "parameters">, name: string): PlacedParameter {
  const found = parameters.find((p) => p.name === name);
  if (found === undefined) throw usageError(`There is no parameter ${name}.`);
  return found;
}

/** The parameters that rows [from, to) of all parameters' rows touch, with the part of each. */
export function* rowsBetween(
  plan: Plan,
  from: number,
  to: number,
): Generator<{ p: PlacedParameter; first: number; last: number }> {
  for (const p of plan.parameters) {
    const first = Math.max(from - p.firstRow, 0);
    const last = Math.min(to - p.firstRow, p.rows);
    if (first < last) yield { p, first, last };
  }
}
