// A layer: a cell with its weights, over a window of some lanes. It walks the steps, forward and back, and keeps documents
// apart; the arithmetic is the cell's. It holds no state: what a window begins with and what it leaves lie in the arena.

import type { Arena } from "../compute/arena.js";
import { NONE } from "../compute/kernels.js";
import type { CellCall, PackedWeight, StateTensor } from "./cells/cell.js";
import { type Plan, type Region, region, rowAt } from "./layout/plan.js";
import { layerName, layerShape, stateTensorsOf } from "./layout/spec.js";

/** What of a window must be known besides its numbers. */
export interface WindowShape {
  readonly steps: number;
  /** The window carries a `starts` mask (the plan must have been made for documents). */
  readonly documents: boolean;
}

/** Which part of a window: lanes [lane, lane + rows). */
export interface LaneRange extends WindowShape {
  readonly lane: number;
  readonly rows: number;
}

export interface Layer {
  /** Reads the layer's input and slot 0 of its state; leaves the states of every step. */
  forward(part: LaneRange): void;
  /**
   * Reads ∂loss/∂output (in `d.h` from slot 1) and ∂loss/∂(last other slots); leaves the arrays that the parameters'
   * contributions name, ∂loss/∂input, and ∂loss/∂(incoming state) in `d.h` slot 0 and `d.c` ….
   */
  backward(part: LaneRange): void;
}

/** Binds layer number `layer` of a plan to its arena. */
export function createLayer(p: Plan, arena: Arena, layer: number): Layer {
  const { cell, cellSettings } = p.spec;
  const { kernels: k, handle: h } = arena;
  const shape = layerShape(p.spec, layer);
  const slots = stateTensorsOf(p.spec, layer);
  const [outputSlot, ...otherSlots] = slots;
  const output = outputSlot!.name;
  const prefix = layerName(layer, "");
  const arrays = new Map<string, Region>();
  for (const [name, place] of p.regions) if (name.startsWith(prefix)) arrays.set(name.slice(prefix.length), place);
  const own = (name: string): Region => arrays.get(name) ?? missing(`array ${name}`);
  const starts = p.options.documents ? region(p, "starts") : undefined;
  const table = layer === 0 ? p.inputProjection : undefined;
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
  const before = new Map(slots.map(({ name }) => [name, arrays.get(`previous.${name}`)]));
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
      return table && { offset: table.offset, ids: row(region(p, "ids"), 0) };
    },
    input: (t = 0) => row(own("input"), t),
    inputGradient: (t = 0) => row(own("d.input"), t),
    previous: (slot, t) => row(before.get(slot) ?? missing(`array previous.${slot}`), t),
    next: (slot, t) => row(own(slot), t + 1),
    mask(name) {
      const slot = slots.find((each) => each.name === name) ?? missing(`slot ${name}`);
      if (starts) for (let t = 0; t < part.steps; t++) cutState(starts, slot, t);
    },
    starts: (t) => (starts && part.documents ? row(starts, t) : NONE),
    outputGradient: (t) => row(own(`d.${output}`), t + 1),
    previousGradient: (t) => row(own(starts ? `d.previous.${output}` : `d.${output}`), t),
    carriedGradient: (slot) => row(own(`d.${slot}`), 0),
  };

  /** previous = starts ? 0 : the state before step t. Without a mask it is a plain copy. */
  function cutState(mask: Region, slot: StateTensor, t: number): void {
    const from = row(own(slot.name), t);
    const to = call.previous(slot.name, t);
    if (part.documents) k.maskRows(h, to, from, row(mask, t), part.rows, slot.width);
    else k.affine(h, to, from, 1, 0, part.rows * slot.width);
  }

  /** No gradient crosses a document's start: what step t gave to its incoming state is dropped in those lanes. */
  function maskGradients(mask: Region, t: number): void {
    const mine = call.previousGradient(t);
    if (part.documents) {
      k.maskRows(h, mine, mine, row(mask, t), part.rows, shape.hidden);
      for (const slot of otherSlots) {
        const d = call.carriedGradient(slot.name);
        k.maskRows(h, d, d, row(mask, t), part.rows, slot.width);
      }
    }
    const before = row(own(`d.${output}`), t);
    k.add(h, before, before, mine, part.rows * shape.hidden);
  }

  return {
    forward(p) {
      part = p;
      cell.prepare(call);
      for (let t = 0; cell.step && t < part.steps; t++) {
        if (starts) for (const slot of slots) cutState(starts, slot, t);
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
