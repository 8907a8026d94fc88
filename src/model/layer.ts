// A layer: a cell with its weights. It loops over the time steps of a window, forward and backward, and keeps documents
// apart; the cell does the arithmetic. A layer holds no state: the states before and after a window lie in the arena.

import type { Arena } from "../compute/arena.js";
import { NONE } from "../compute/kernels.js";
import type { CellCall, PackedWeight, StateTensor } from "./cells/cell.js";
import { type Plan, type Region, region, rowAt } from "./layout/plan.js";
import { layerName, layerShape, stateTensorsOf } from "./layout/spec.js";

/** Window metadata. */
export interface WindowShape {
  readonly steps: number;
  /** The window has a `starts` mask (the plan must be one for documents). */
  readonly documents: boolean;
}

/** The lanes [lane, lane + rows) of a window. */
export interface LaneRange extends WindowShape {
  readonly lane: number;
  readonly rows: number;
}

export interface Layer {
  /** Reads the layer's input and row 0 of its state tensors; writes the state of every step. */
  forward(part: LaneRange): void;
  /**
   * Reads ∂loss/∂output (`d.h` from row 1) and the gradients of the other last state tensors. Writes the arrays that
   * the parameters' contributions name, ∂loss/∂input, and ∂loss/∂(state before the window) to row 0 of `d.h` and to
   * `d.c` ….
   */
  backward(part: LaneRange): void;
}

/** Creates layer number `layer` of a plan over its arena. */
export function createLayer(p: Plan, arena: Arena, layer: number): Layer {
  const { cell, cellSettings } = p.spec;
  const { kernels: k, handle: h } = arena;
  const shape = layerShape(p.spec, layer);
  const stateTensors = stateTensorsOf(p.spec, layer);
  const [outputTensor, ...otherTensors] = stateTensors;
  const output = outputTensor!.name;
  const prefix = layerName(layer, "");
  const arrays = new Map<string, Region>();
  for (const [name, each] of p.regions) if (name.startsWith(prefix)) arrays.set(name.slice(prefix.length), each);
  const own = (name: string): Region => arrays.get(name) ?? missing(`array ${name}`);
  const starts = p.options.documents ? region(p, "starts") : undefined;
  const cache = layer === 0 ? p.inputProjection : undefined;
  const suffix = `_l${layer}`;
  const parameters = new Map(
    p.parameters
      .filter((each) => each.name.startsWith("rnn.") && each.name.endsWith(suffix))
      .map((each) => [each.name.slice("rnn.".length, -suffix.length), each]),
  );
  const parameter = (name: string) => parameters.get(name) ?? missing(`parameter ${name}`);
  const packings = new Map<string, PackedWeight>();
  for (const [name, { forward, backward }] of parameters) {
    packings.set(name, { forward: forward ?? NONE, backward: backward ?? NONE });
  }
  const before = new Map(stateTensors.map(({ name }) => [name, arrays.get(`previous.${name}`)]));
  const missing = (what: string): never => {
    throw new Error(`the ${cell.kind} cell declares no ${what}`);
  };

  let part: LaneRange = { steps: 0, lane: 0, rows: 0, documents: false };
  const row = (r: Region, t: number) => rowAt(r, part.lane, t);
  const call: CellCall = {
    k,
    arena: h,
    get steps() {
      return part.steps;
    },
    get rows() {
      return part.rows;
    },
    lanes: p.options.lanes,
    shape,
    settings: cellSettings,
    parameter: (name) => p.weights + parameter(name).offset,
    packed: (name) => packings.get(name) ?? missing(`parameter ${name}`),
    buffer: (name, t = 0) => row(own(name), t),
    get inputProjection() {
      return cache && { offset: cache.offset, ids: row(region(p, "ids"), 0) };
    },
    input: (t = 0) => row(own("input"), t),
    inputGradient: (t = 0) => row(own("d.input"), t),
    previous: (name, t) => row(before.get(name) ?? missing(`array previous.${name}`), t),
    next: (name, t) => row(own(name), t + 1),
    mask(name) {
      const tensor = stateTensors.find((each) => each.name === name) ?? missing(`state tensor ${name}`);
      if (starts) for (let t = 0; t < part.steps; t++) maskState(starts, tensor, t);
    },
    starts: (t) => (starts && part.documents ? row(starts, t) : NONE),
    outputGradient: (t) => row(own(`d.${output}`), t + 1),
    previousGradient: (t) => row(own(starts ? `d.previous.${output}` : `d.${output}`), t),
    carriedGradient: (name) => row(own(`d.${name}`), 0),
  };

  /** previous = starts ? 0 : the state before step t. A window without documents gets a plain copy. */
  function maskState(mask: Region, tensor: StateTensor, t: number): void {
    const from = row(own(tensor.name), t);
    const to = call.previous(tensor.name, t);
    if (part.documents) k.maskRows(h, to, from, row(mask, t), part.rows, tensor.width);
    else k.affine(h, to, from, 1, 0, part.rows * tensor.width);
  }

  /** No gradient crosses a document's start: step t's gradient of the state before it is zeroed in those lanes. */
  function maskGradients(mask: Region, t: number): void {
    const incoming = call.previousGradient(t);
    if (part.documents) {
      k.maskRows(h, incoming, incoming, row(mask, t), part.rows, shape.hidden);
      for (const tensor of otherTensors) {
        const d = call.carriedGradient(tensor.name);
        k.maskRows(h, d, d, row(mask, t), part.rows, tensor.width);
      }
    }
    const before = row(own(`d.${output}`), t);
    k.add(h, before, before, incoming, part.rows * shape.hidden);
  }

  return {
    forward(p) {
      part = p;
      cell.prepare(call);
      for (let t = 0; cell.step && t < part.steps; t++) {
        if (starts) for (const tensor of stateTensors) maskState(starts, tensor, t);
        cell.step(call, t);
      }
    },
    backward(p) {
      part = p;
      for (let t = part.steps - 1; cell.stepBackward && t >= 0; t--) {
        if (starts) k.fill(h, call.previousGradient(t), 0, part.rows * shape.hidden);
        cell.stepBackward(call, t);
        if (starts) maskGradients(starts, t);
      }
      cell.finish(call);
    },
  };
}
