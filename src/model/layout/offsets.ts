// Offsets that a model needs for every window, looked up once in its plan; the checks of a window and of a state
// against the plan; and the copies of a state between the arena and a value. It calls no kernel.

import { usageError } from "../../base/errors.js";
import type { Arena } from "../../compute/arena.js";
import { NONE } from "../../compute/kernels.js";
import type { Window } from "../../text/windows/lanes.js";
import { type Plan, parameterOf, type Region, region, rowAt } from "./plan.js";
import { decoderMatrix, layerName, stateTensorsOf } from "./spec.js";
import { type State, zeroState } from "./state.js";

/** Offsets of parameters, and arrays of a window. */
export interface ModelOffsets {
  readonly embedding: number;
  readonly decoder: number;
  readonly bias: number;
  readonly ids: Region;
  readonly targets: Region;
  /** Absent if the first layer has an input projection cache. */
  readonly embedded: Region | undefined;
  /** The top layer's output. */
  readonly top: Region;
  readonly logits: Region;
  /** Every state tensor of every layer, (T + 1, B, width). */
  readonly stateTensors: readonly Region[];
  /** For each layer, whether dropout follows it. */
  readonly drops: readonly boolean[];
}

export function findOffsets(p: Plan): ModelOffsets {
  const { spec, weights } = p;
  const layers = Array.from({ length: spec.layers }, (_, l) => l);
  return {
    embedding: weights + parameterOf(p, "embedding.weight").offset,
    decoder: parameterOf(p, decoderMatrix(spec)).forward ?? NONE,
    bias: weights + parameterOf(p, "decoder.bias").offset,
    ids: region(p, "ids"),
    targets: region(p, "targets"),
    embedded: p.regions.get("embedded"),
    top: region(p, layerName(spec.layers - 1, "output")),
    logits: region(p, "logits"),
    stateTensors: layers.flatMap((l) => stateTensorsOf(spec, l).map(({ name }) => region(p, layerName(l, name)))),
    drops: layers.map((l) => p.regions.has(layerName(l, "dropped"))),
  };
}

/** Throws a usage error if the window does not fit the plan. */
export function checkWindow({ options, spec }: Plan, window: Window): void {
  const { lanes, steps, documents } = options;
  if (window.lanes !== lanes || window.steps > steps || window.steps < 1) {
    throw usageError(
      `The model takes windows of ${lanes} lanes and at most ${steps} steps; got ${window.lanes} and ${window.steps}.`,
    );
  }
  if (window.starts && !documents)
    throw usageError("This model was planned without documents, and the window has a starts mask.");
  const { vocabulary } = spec;
  for (const id of window.inputs) if (!(id >= 0 && id < vocabulary)) throw badId(id, vocabulary);
  for (const id of window.targets) if (!(id >= -1 && id < vocabulary)) throw badId(id, vocabulary);
}

function badId(id: number, vocabulary: number): Error {
  return usageError(`A token id is a whole number from 0 to ${vocabulary - 1}; got ${id}.`);
}

/** Writes a state to row 0 of the state tensors. Throws a usage error if it does not fit the plan. */
export function putState(p: Plan, arena: Arena, state: State): void {
  if (state.lanes !== p.options.lanes) {
    throw usageError(`The model takes a state of ${p.options.lanes} lanes; got one of ${state.lanes}.`);
  }
  for (const { name, data } of state.arrays) {
    const { offset, width } = region(p, name);
    if (data.length !== state.lanes * width) {
      throw usageError(`${name} of a state has ${state.lanes} × ${width} numbers; got ${data.length}.`);
    }
    arena.reals(offset, data.length).set(data);
  }
}

/** A copy of the state after a window of `steps` time steps. */
export function takeState(p: Plan, arena: Arena, steps: number): State {
  const { lanes, precision } = p.options;
  const arrays = zeroState(p.spec, lanes, precision).arrays.map(({ name, width }) => {
    const offset = rowAt(region(p, name), 0, steps);
    return { name, width, data: arena.reals(offset, lanes * width).slice() };
  });
  return { lanes, arrays };
}

/** Copies the state after a window of `steps` time steps to row 0, bit for bit. */
export function carryState(stateTensors: readonly Region[], arena: Arena, steps: number): void {
  for (const { offset, stride } of stateTensors) {
    arena.reals(offset, (steps + 1) * stride).copyWithin(0, steps * stride);
  }
}
