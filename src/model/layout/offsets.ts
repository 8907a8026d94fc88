// Places of a plan that a model looks up for every window, found once; what windows and states may be written there; and the
// state's way between the arena and a value. It calls no kernel.

import { usageError } from "../../base/errors.js";
import type { Arena } from "../../compute/arena.js";
import { NONE } from "../../compute/kernels.js";
import type { Window } from "../../text/windows/lanes.js";
import { type Plan, parameterOf, type Region, region, rowAt } from "./plan.js";
import { decoderMatrix, layerName, stateTensorsOf } from "./spec.js";
import { type State, zeroState } from "./state.js";

/** Offsets of parameters, and arrays of a window, by what they are for. */
export interface ModelOffsets {
  readonly embedding: number;
  readonly decoder: number;
  readonly bias: number;
  readonly ids: Region;
  readonly targets: Region;
  /** Absent where the first layer looks its product up in a table. */
  readonly embedded: Region | undefined;
  /** The highest layer's output. */
  readonly top: Region;
  readonly logits: Region;
  /** Every slot of every layer's state, (T + 1, B, width). */
  readonly stateTensors: readonly Region[];
  /** Is there a dropout above layer l? */
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

/** Throws a usage error where a window is not one of this plan. */
export function checkWindow({ options, spec }: Plan, window: Window): void {
  const { lanes, steps, documents } = options;
  if (window.lanes !== lanes || window.steps > steps || window.steps < 1) {
    throw usageError(
      `A window of at most ${steps} steps and ${lanes} lanes is wanted; got ${window.steps} and ${window.lanes}.`,
    );
  }
  if (window.starts && !documents)
    throw usageError("This model was planned without documents; its windows carry no starts.");
  const { vocabulary } = spec;
  for (const id of window.inputs) if (!(id >= 0 && id < vocabulary)) throw badId(id, vocabulary);
  for (const id of window.targets) if (!(id >= -1 && id < vocabulary)) throw badId(id, vocabulary);
}

function badId(id: number, vocabulary: number): Error {
  return usageError(`A token id from 0 to ${vocabulary - 1} is wanted; got ${id}.`);
}

/** Writes a state to slot 0 of the window. Throws a usage error where it is not as wide as the plan. */
export function putState(p: Plan, arena: Arena, state: State): void {
  if (state.lanes !== p.options.lanes) {
    throw usageError(`A state of ${p.options.lanes} lanes is wanted; got one of ${state.lanes}.`);
  }
  for (const { name, data } of state.arrays) {
    const { offset, width } = region(p, name);
    if (data.length !== state.lanes * width) {
      throw usageError(`${name} of a state wants ${state.lanes} × ${width} numbers; got ${data.length}.`);
    }
    arena.reals(offset, data.length).set(data);
  }
}

/** A copy of what a window of so many steps left. */
export function takeState(p: Plan, arena: Arena, steps: number): State {
  const { lanes, precision } = p.options;
  const arrays = zeroState(p.spec, lanes, precision).arrays.map(({ name, width }) => {
    const place = rowAt(region(p, name), 0, steps);
    return { name, width, data: arena.reals(place, lanes * width).slice() };
  });
  return { lanes, arrays };
}

/** Copies what a window of so many steps left to slot 0, bit for bit. */
export function carryState(slots: readonly Region[], arena: Arena, steps: number): void {
  for (const { offset, stride } of slots) {
    arena.reals(offset, (steps + 1) * stride).copyWithin(0, steps * stride);
  }
}
