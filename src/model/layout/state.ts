// The carried state as a value: what a window leaves behind for the next one. Copied, compared, saved, sent; no layer keeps it.

import type { Precision, Reals } from "../../compute/arena.js";
import { layerName, type ModelSpec, stateTensorsOf } from "./spec.js";

/** One slot of one layer: data (B, width), lane-major. */
export interface StateArray {
  /** `rnn.0.h` */
  readonly name: string;
  readonly width: number;
  readonly data: Reals;
}

/** The state of B lanes. Never change one in place: make another. */
export interface State {
  readonly lanes: number;
  readonly arrays: readonly StateArray[];
}

/** What becomes of the state when the number of lanes changes. `zero`: all of it starts anew. `keep`: first lanes stay. */
export const laneChanges = ["zero", "keep"] as const;
export type LaneChange = (typeof laneChanges)[number];

export function newReals(precision: Precision, n: number): Reals {
  return precision === "f64" ? new Float64Array(n) : new Float32Array(n);
}

/** All zeros: what a text begins with. */
export function zeroState(spec: ModelSpec, lanes: number, precision: Precision = "f32"): State {
  const arrays: StateArray[] = [];
  for (let layer = 0; layer < spec.layers; layer++) {
    for (const { name, width } of stateTensorsOf(spec, layer)) {
      arrays.push({ name: layerName(layer, name), width, data: newReals(precision, lanes * width) });
    }
  }
  return { lanes, arrays };
}

/** The state for another number of lanes; the same value where the number is the same. */
export function withLanes(state: State, lanes: number, change: LaneChange): State {
  if (lanes === state.lanes) return state;
  const arrays = state.arrays.map(({ name, width, data }) => {
    const next = data instanceof Float64Array ? new Float64Array(lanes * width) : new Float32Array(lanes * width);
    if (change === "keep") next.set(data.subarray(0, Math.min(lanes, state.lanes) * width));
    return { name, width, data: next };
  });
  return { lanes, arrays };
}

/** One lane of a state, as a state of one lane. */
export function laneOf(state: State, lane: number): State {
  const arrays = state.arrays.map(({ name, width, data }) => ({
    name,
    width,
    data: data.slice(lane * width, (lane + 1) * width),
  }));
  return { lanes: 1, arrays };
}

/** States of one model side by side, as one of all their lanes. */
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

/** Each slot's data by name, for a file. */
export function stateEntries(state: State): [name: string, data: Reals][] {
  return state.arrays.map(({ name, data }) => [name, data]);
}
