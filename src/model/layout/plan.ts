// Memory plan of a model: the offset of every array in the arena and the bytes of each kind of data, before anything is
// allocated.

import { usageError } from "../../base/errors.js";
import { bytesOf, type Precision } from "../../compute/arena.js";
import { packedSize } from "../../compute/kernels.js";
import { type InputProjection, inputProjectionWidth, throughInputProjection } from "./input-projection.js";
import { layerName, layerShape, type ModelParameter, type ModelSpec, modelParameters, stateTensorsOf } from "./spec.js";

export interface PlanOptions {
  /** B, the number of lanes (the batch size). */
  readonly lanes: number;
  /** T, time steps of the longest window. */
  readonly steps: number;
  /** Memory for gradients, and for the optimizer `moments` arrays as large as the parameters. Absent: no training. */
  readonly training?: { readonly moments: number };
  /** Windows may have a `starts` mask. */
  readonly documents?: boolean;
  readonly precision: Precision;
  /** The engine's panel width. */
  readonly panel: number;
}

/** The options that do not come from the engine. */
export type ModelOptions = Omit<PlanOptions, "precision" | "panel">;

/** A parameter with its position: its first row, counted over all parameters, and its offset in the flat array. */
export interface PlacedParameter extends ModelParameter {
  readonly firstRow: number;
  readonly offset: number;
  /** Offsets of the packings; absent if the parameter is not packed, `backward` also without training. */
  readonly forward?: number;
  readonly backward?: number;
}

/** A `(T, B, width)` array (or T + 1, or one step) at an offset of the arena. */
export interface Region {
  readonly offset: number;
  readonly width: number;
  /** Elements from one step to the next; 0 for an array of one step. */
  readonly stride: number;
  /** Number of rows, for an array whose rows are not positions of a window. */
  readonly rows?: number;
}

export type ArenaSection = "parameters" | "gradients" | "optimizer" | "packed" | "activations";

export interface Plan {
  readonly spec: ModelSpec;
  readonly options: PlanOptions;
  readonly parameters: readonly PlacedParameter[];
  /** Rows of all parameters together: work is split into ranges of these rows. */
  readonly rows: number;
  /** Elements of all parameters together. */
  readonly size: number;
  /** Offsets of the flat arrays, each `size` long. */
  readonly weights: number;
  readonly gradients: number;
  readonly moments: readonly number[];
  readonly regions: ReadonlyMap<string, Region>;
  /** The input projection cache; absent if it does not pay. */
  readonly inputProjection?: InputProjection;
  /** Elements of the whole arena. */
  readonly length: number;
  readonly bytes: Readonly<Record<ArenaSection | "total", number>>;
}

/** Plans a model. Pure arithmetic: nothing is allocated. */
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
    const padded = Math.ceil(n / 16) * 16; // every array starts at a multiple of 64 bytes
    elements[section] += padded;
    length += padded;
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
  const cached = width !== undefined;
  let shared: Region | undefined;
  let input = cached ? undefined : place("embedded", spec.embedding);
  let inputGradient = training && !cached ? place("d.embedded", spec.embedding) : undefined;
  for (let layer = 0; layer < spec.layers; layer++) {
    const shape = layerShape(spec, layer);
    const own = (name: string) => layerName(layer, name);
    if (input) regions.set(own("input"), input);
    if (inputGradient) regions.set(own("d.input"), inputGradient);
    const stateTensors = stateTensorsOf(spec, layer);
    for (const [i, tensor] of stateTensors.entries()) {
      const values = place(own(tensor.name), tensor.width, steps + 1);
      const previous = options.documents ? place(own(`previous.${tensor.name}`), tensor.width) : values;
      regions.set(own(`previous.${tensor.name}`), previous);
      if (i === 0) regions.set(own("output"), later(values));
      if (!training) continue;
      if (i > 0) placeOne(own(`d.${tensor.name}`), tensor.width);
      else placeGradient(layer, own(`d.${tensor.name}`), tensor.width);
      if (i === 0 && options.documents) placeOne(own(`d.previous.${tensor.name}`), tensor.width);
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
  const inputProjection = width === undefined ? undefined : placeInputProjection(width);

  function gradientOf(layer: number): Region {
    return regions.get(layerName(layer, `d.${stateTensorsOf(spec, layer)[0]!.name}`))!;
  }

  /**
   * Places ∂loss/∂output of a layer, after a row 0 for the gradient of the state before the window. A layer no longer
   * needs its own when it writes the one of the layer below, so all layers share one array, unless the cell keeps its
   * gradients there. The layers start one row apart, the top one first, so that every row 0 survives.
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
      rows: vocabulary,
      width,
      offset,
      embedding,
      input,
      weight: of("rnn.weight_ih_l0").forward!,
      bias: weights + of("rnn.bias_ih_l0").offset,
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
  return {
    spec,
    options,
    parameters,
    rows,
    size,
    weights,
    gradients,
    moments,
    regions,
    ...(inputProjection && { inputProjection }),
    length,
    bytes,
  };
}

export function region(p: Plan, name: string): Region {
  const array = p.regions.get(name);
  if (array === undefined) throw new Error(`the plan has no array ${name}`);
  return array;
}

/** Offset of lane `lane`'s row at step t. */
export function rowAt(r: Region, lane: number, t: number): number {
  return r.offset + t * r.stride + lane * r.width;
}

/** The parameter of this name; throws a usage error if there is none. */
export function parameterOf({ parameters }: Pick<Plan, "parameters">, name: string): PlacedParameter {
  const parameter = parameters.find((p) => p.name === name);
  if (parameter === undefined) throw usageError(`There is no parameter ${name}.`);
  return parameter;
}

/** The parameters that the rows [from, to), counted over all parameters, fall into, and the rows of each. */
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
