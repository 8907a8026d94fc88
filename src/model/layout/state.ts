// The carried state as a plain value: the result of one window and the input of the next. It can be copied, compared,
// saved and sent.

import type { Precision, Reals } from "../../compute/arena.js";
import { layerName, type ModelSpec, stateTensorsOf } from "./spec.js";

/** One state tensor of one layer: data (B, width), lane-major. */
export interface StateArray {
  /** `rnn.0.h` */
  readonly name: string;
  readonly width: number;
  readonly data: Reals;
}

/** The state of B lanes. It is immutable: never change one in place. */
export interface State {
  readonly lanes: number;
  readonly arrays: readonly StateArray[];
}

/**
 * What happens to the state when the number of lanes changes. `zero`: reset all lanes. `keep`: keep the first lanes.
 */
export type LaneChange = "zero" | "keep";
export const laneChanges: readonly LaneChange[] = ["zero", "keep"];

export function newReals(precision: Precision, n: number): Reals {
  return precision === "f64" ? new Float64Array(n) : new Float32Array(n);
}

/** The state at the start of a text: all zeros. */
export function zeroState(spec: ModelSpec, lanes: number, precision: Precision = "f32"): State {
  const arrays: StateArray[] = [];
  for (let layer = 0; layer < spec.layers; layer++) {
    for (const { name, width } of stateTensorsOf(spec, layer)) {
      arrays.push({ name: layerName(layer, name), width, data: newReals(precision, lanes * width) });
    }
  }
  return { lanes, arrays };
}

/** The state for another number of lanes; the same value if the number does not change. */
export function withLanes(state: State, lanes: number, change: LaneChange): State {
  if (lanes === state.lanes) return state;
  const arrays = state.arrays.map(({ name, width, data }) => {
    const next = data instanceof Float64Array ? new Float64Array(lanes * width) : new Float32Array(lanes * width);
    if (change === "keep") next.set(data.subarray(0, Math.min(lanes, state.lanes) * width));
    return { name, width, data: next };
  });
  return { lanes, arrays };
}

/** Concatenates states of one model along the lanes. */
export function joinStates(states: readonly State[]): State {
  const lanes = states.reduce((sum, state) => sum + state.lanes, 0);
  const arrays = states[0]!.arrays.map(({ name, width, data }, i) => {
    const joined = data instanceof Float64Array ? new Float64Array(lanes * width) : new Float32Array(lanes * width);
    let at = 0;
    for (const state of states) {
      joined.set(state.arrays[i]!.data, at);
      at += state.lanes * width;
    }
    return { name, width, data: joined };
  });
  return { lanes, arrays };
}
