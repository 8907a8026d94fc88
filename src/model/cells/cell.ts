// What a cell is: one kind of recurrent unit, as data and four short acts. A cell knows nothing of lanes, threads, windows of
// text, files or training; it is handed places in the arena and calls kernels on them. `rnn.ts`, `gru.ts`, `lstm.ts` and
// `qrnn.ts` are written with nothing else, and so is a cell of one's own.

import type { SettingRow, SettingValues } from "../../base/setting.js";
import { type Handle, type Kernels, NONE } from "../../compute/kernels.js";

/** The sizes of one layer: D inputs, H hidden units. */
export interface LayerShape {
  readonly input: number;
  readonly hidden: number;
}

/** One array of the carried state, (B, width) per layer. The first slot of a cell, `h`, is the layer's output, width H. */
export interface StateTensor {
  readonly name: string;
  readonly width: number;
}

/** An activation array of the layer: (T, B, width), or (B, width) where it lives for one step only. */
export interface BufferSpec {
  readonly name: string;
  readonly width: number;
  readonly steps: "window" | "one";
  /** True where only training needs it. */
  readonly training?: boolean;
  /**
   * True where it may lie in the array of ∂loss/∂output: H wide, for the window, its values forward not wanted by any step back,
   * and `stepBackward` reads `outputGradient(t)` for the last time where it writes row t.
   */
  readonly inOutputGradient?: boolean;
}

/** How a parameter starts: PyTorch's rules, or a constant, or the identity matrix. */
export type Initial =
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "normal" }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "identity" }
  /** Uniform but for the rows [from, to), which are `value`. */
  | {
      readonly kind: "rows";
      readonly bound: number;
      readonly from: number;
      readonly to: number;
      readonly value: number;
    };

/** An array of gradients, and the rows [from, to) of the parameter that its first columns are of. Absent: all rows. */
export interface GradientSource {
  readonly g: string;
  readonly rows?: { readonly from: number; readonly to: number };
}

/**
 * Where a parameter's gradient comes from; arrays by name. `product`: Σ over the window of g ⊗ x (g at least as wide as there
 * are rows, x as wide as the parameter has columns). `sum`: Σ of g. Names are the cell's own buffers, `input`, or `previous.`
 * and a slot's name (the state that came into each step).
 */
export type Contribution =
  | (GradientSource & { readonly kind: "product"; readonly x: string })
  | (GradientSource & { readonly kind: "sum" });

/** A weight matrix (rows, cols), or a vector of `rows` where cols is 1. */
export interface ParameterSpec {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly initial: Initial;
  /** True for a right operand of products: it is packed after every update. */
  readonly packed: boolean;
  readonly gradient: readonly Contribution[];
}

/** A packed matrix: the element offsets of its two packings (for x · wᵀ and for g · w). */
export interface PackedWeight {
  readonly forward: number;
  readonly backward: number;
}

/** A window of some lanes as a cell sees it. Every offset is of the row of the first of these lanes. */
export interface CellCall {
  readonly k: Kernels;
  readonly arena: Handle;
  /** Steps T of this window. */
  readonly steps: number;
  /** Lanes in this call, and B, the lanes that lie side by side in each step. */
  readonly rows: number;
  readonly lanes: number;
  readonly shape: LayerShape;
  readonly settings: SettingValues;
  /** Offset of a vector parameter, or of a matrix as it is kept. */
  parameter(name: string): number;
  packed(name: string): PackedWeight;
  /** Offset of a buffer's row at step t; of a `one`-step buffer whatever t is. */
  buffer(name: string, t?: number): number;
  /** In place of the input: its product with `weight_ih`, plus `bias_ih`, for every token, and the window's tokens. */
  readonly inputProjection?: { readonly offset: number; readonly ids: number } | undefined;
  /** The layer's input (T, B, D) at step t; none where there is a table. */
  input(t?: number): number;
  /** Where the gradient of the input goes (T, B, D): overwritten by `finish`, with what lay in `outputGradient`. */
  inputGradient(t?: number): number;
  /** The state that comes into step t: zero in lanes where a document starts there. A cell without `step` calls `cut` before. */
  previous(slot: string, t: number): number;
  /** Where the state that step t leaves goes; at t = −1 lies what the window begins with. */
  next(slot: string, t: number): number;
  /** For a cell without `step`: leaves `previous(slot, t)` of all steps, from the states that lie at `next`. */
  mask(slot: string): void;
  /** Integers (T, B), not 0 where a document starts, at step t; NONE where the window has no documents. */
  starts(t: number): number;
  /** ∂loss/∂output of step t, whole: from above and from later steps. */
  outputGradient(t: number): number;
  /** Add here what step t gives to the gradient of `previous("h", t)`. */
  previousGradient(t: number): number;
  /** For the other slots: in comes ∂/∂next, out goes ∂/∂previous, in place. */
  carriedGradient(slot: string): number;
}

/**
 * What a person may want to see of every unit at every step, after a window forward: H columns of a buffer that lives for the window.
 * The slots that are H wide are seen without being named.
 */
export interface SeenValue {
  /** As the cell's equations call it: `z`. */
  readonly name: string;
  /** In words: "update gate". */
  readonly label: string;
  readonly buffer: string;
  /** Which H columns of the buffer: the first are 0. */
  readonly part: number;
  /** `share`: from 0, shut, to 1, open. `signed`: any number. */
  readonly range: "share" | "signed";
}

export interface Cell {
  readonly kind: string;
  /**
   * URL of the module whose default export is this cell (`import.meta.url` there). Other threads load it from that place; a
   * cell of one's own without it is computed on one thread.
   */
  readonly url?: string;
  /** The cell's own settings, besides hidden and layers. */
  readonly settings: readonly SettingRow[];
  stateTensors(shape: LayerShape, settings: SettingValues): readonly StateTensor[];
  parameters(shape: LayerShape, settings: SettingValues): readonly ParameterSpec[];
  buffers(shape: LayerShape, settings: SettingValues): readonly BufferSpec[];
  /**
   * The buffer of `inputProduct`, for a cell whose input goes nowhere else and whose `finish` is `inputProductBackward`: in a
   * first layer the product may then be looked up in a table (model/layout/input-projection.ts). Absent: it never is.
   */
  readonly inputBuffer?: string;
  /** Gates and other values inside a step, for eyes (evaluation/inside/inside.ts). Absent: only the state is seen. */
  readonly seen?: readonly SeenValue[];
  /** What needs no state: products over the whole window at once. */
  prepare(c: CellCall): void;
  /**
   * One step forward, t = 0 … T−1. Absent, and `stepBackward` with it, where `prepare` and `finish` do the whole window: such a
   * cell keeps documents apart itself, by `starts` and `cut`.
   */
  step?(c: CellCall, t: number): void;
  /** One step back, t = T−1 … 0. */
  stepBackward?(c: CellCall, t: number): void;
  /** The gradient of the input, over the whole window at once; `outputGradient` is not to be read once it is begun. */
  finish(c: CellCall): void;
}

/** PyTorch's weights of a layer with `gates` gates: two matrices and two biases, uniform in ±1/√H. */
export function gateParameters(
  shape: LayerShape,
  gates: number,
  gradients: { readonly input: string; readonly hidden: readonly GradientSource[] },
): ParameterSpec[] {
  const rows = gates * shape.hidden;
  const initial: Initial = { kind: "uniform", bound: 1 / Math.sqrt(shape.hidden) };
  return [
    {
      name: "weight_ih",
      rows,
      cols: shape.input,
      initial,
      packed: true,
      gradient: [{ kind: "product", g: gradients.input, x: "input" }],
    },
    {
      name: "weight_hh",
      rows,
      cols: shape.hidden,
      initial,
      packed: true,
      gradient: gradients.hidden.map((source) => ({ kind: "product", ...source, x: "previous.h" })),
    },
    { name: "bias_ih", rows, cols: 1, initial, packed: false, gradient: [{ kind: "sum", g: gradients.input }] },
    {
      name: "bias_hh",
      rows,
      cols: 1,
      initial,
      packed: false,
      gradient: gradients.hidden.map((source) => ({ kind: "sum", ...source })),
    },
  ];
}

/** buffer (T, B, G·H) = input · weight_ihᵀ + bias_ih, over the whole window; looked up where there is a table. */
export function inputProduct(c: CellCall, buffer: string, gates: number): void {
  const width = gates * c.shape.hidden;
  const out = c.buffer(buffer);
  const { inputProjection } = c;
  if (inputProjection) {
    c.k.gather(c.arena, out, inputProjection.offset, inputProjection.ids, c.steps, c.rows, c.lanes, width);
    return;
  }
  const weight = c.packed("weight_ih").forward;
  const bias = c.parameter("bias_ih");
  c.k.matmul(c.arena, out, c.input(), weight, bias, c.steps, c.rows, c.lanes, c.shape.input, width, 0);
}

/** out (B, G·H) = previous h · weight_hhᵀ + bias_hh (+ out), at step t. */
export function hiddenProduct(c: CellCall, buffer: string, gates: number, t: number, accumulate: 0 | 1): void {
  const width = gates * c.shape.hidden;
  const weight = c.packed("weight_hh").forward;
  const bias = c.parameter("bias_hh");
  const previous = c.previous("h", t);
  c.k.matmul(
    c.arena,
    c.buffer(buffer, t),
    previous,
    weight,
    bias,
    1,
    c.rows,
    c.lanes,
    c.shape.hidden,
    width,
    accumulate,
  );
}

/** previousGradient += g · weight_hh, at step t. */
export function hiddenProductBackward(c: CellCall, buffer: string, gates: number, t: number): void {
  const width = gates * c.shape.hidden;
  const weight = c.packed("weight_hh").backward;
  const g = c.buffer(buffer, t);
  c.k.matmul(c.arena, c.previousGradient(t), g, weight, NONE, 1, c.rows, c.lanes, width, c.shape.hidden, 1);
}

/** inputGradient (T, B, D) = g · weight_ih, over the whole window. With a table, g itself is what is wanted. */
export function inputProductBackward(c: CellCall, buffer: string, gates: number): void {
  if (c.inputProjection) return;
  const width = gates * c.shape.hidden;
  const weight = c.packed("weight_ih").backward;
  const g = c.buffer(buffer);
  c.k.matmul(c.arena, c.inputGradient(), g, weight, NONE, c.steps, c.rows, c.lanes, width, c.shape.input, 0);
}
