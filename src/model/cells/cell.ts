// Interface of a cell: one kind of recurrent unit, as data and four short functions. A cell gets offsets into the arena
// and calls kernels on them; it knows nothing of threads, texts, files or training. `rnn.ts`, `gru.ts`, `lstm.ts` and
// `qrnn.ts` use nothing but this interface, and neither does a custom cell.

import type { SettingRow, SettingValues } from "../../base/setting.js";
import { type Handle, type Kernels, NONE } from "../../compute/kernels.js";

/** The sizes of one layer: D inputs, H hidden units. */
export interface LayerShape {
  readonly input: number;
  readonly hidden: number;
}

/**
 * One array of the carried state, (B, width) per layer. The first state tensor of a cell, `h`, is the layer's output,
 * of width H.
 */
export interface StateTensor {
  readonly name: string;
  readonly width: number;
}

/** An activation array of the layer: (T, B, width), or (B, width) if it is needed within one step only. */
export interface BufferSpec {
  readonly name: string;
  readonly width: number;
  readonly steps: "window" | "one";
  /** True if only training needs it. */
  readonly training?: boolean;
  /**
   * True if it may share the memory of ∂loss/∂output. Conditions: it is H wide and spans the window, no backward step
   * reads its forward values, and `stepBackward` reads `outputGradient(t)` no more once it has written row t.
   */
  readonly inOutputGradient?: boolean;
}

/** Initialization of a parameter: PyTorch's distributions, a constant, or the identity matrix. */
export type Initial =
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "normal" }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "identity" }
  /** Uniform, except that the rows [from, to) are `value`. */
  | {
      readonly kind: "rows";
      readonly bound: number;
      readonly from: number;
      readonly to: number;
      readonly value: number;
    };

/**
 * An array of gradients, and the rows [from, to) of the parameter that its first columns belong to. Absent: all rows.
 */
export interface GradientSource {
  readonly g: string;
  readonly rows?: { readonly from: number; readonly to: number };
}

/**
 * One term of a parameter's gradient, as arrays by name. `product`: Σ over the window of g ⊗ x; g is at least as wide
 * as there are rows, x as wide as the parameter has columns. `sum`: Σ of g. A name is one of the cell's buffers,
 * `input`, or `previous.` and the name of a state tensor (the state before each step).
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
  /** True for the right operand of a matrix product: it is packed after every update. */
  readonly packed: boolean;
  readonly gradient: readonly Contribution[];
}

/** Element offsets of a matrix's two packings, for x · wᵀ and for g · w. */
export interface PackedWeight {
  readonly forward: number;
  readonly backward: number;
}

/** A window of some lanes, as a cell sees it. Every offset points to the row of the first of these lanes. */
export interface CellCall {
  readonly k: Kernels;
  readonly arena: Handle;
  /** Time steps T of this window. */
  readonly steps: number;
  /** Lanes in this call, and B, all lanes of a step in memory. */
  readonly rows: number;
  readonly lanes: number;
  readonly shape: LayerShape;
  readonly settings: SettingValues;
  /** Offset of a vector parameter, or of an unpacked matrix. */
  parameter(name: string): number;
  packed(name: string): PackedWeight;
  /** Offset of a buffer's row at step t; a buffer of one step has the same offset for every t. */
  buffer(name: string, t?: number): number;
  /**
   * The input projection cache, in place of the input: input · weight_ihᵀ + bias_ih of every token, and the window's
   * ids.
   */
  readonly inputProjection?: { readonly offset: number; readonly ids: number } | undefined;
  /** Offset of the layer's input (T, B, D) at step t. Throws if the layer has an input projection cache. */
  input(t?: number): number;
  /**
   * Offset of the gradient of the input (T, B, D). `finish` writes it, and may overwrite `outputGradient` by doing so.
   */
  inputGradient(t?: number): number;
  /**
   * Offset of the state before step t, zero in lanes where a document starts at t. A cell without `step` calls `mask`
   * first.
   */
  previous(stateTensor: string, t: number): number;
  /** Offset of the state after step t; t = −1 is the state before the window. */
  next(stateTensor: string, t: number): number;
  /** For a cell without `step`: fills `previous` of all steps from `next`, with zeros where a document starts. */
  mask(stateTensor: string): void;
  /**
   * Offset of the document mask (B) of step t, integers, not 0 where a document starts; NONE for a window without
   * documents.
   */
  starts(t: number): number;
  /** Offset of ∂loss/∂output of step t, complete: from the layer above and from later steps. */
  outputGradient(t: number): number;
  /** Offset to which step t adds its part of the gradient of `previous("h", t)`. */
  previousGradient(t: number): number;
  /** Offset of the gradient of another state tensor: the cell replaces ∂loss/∂next by ∂loss/∂previous in place. */
  carriedGradient(stateTensor: string): number;
}

/**
 * A value of every unit at every step that can be shown to people after a forward pass: H columns of a buffer that
 * spans the window. State tensors that are H wide are shown without an entry.
 */
export interface SeenValue {
  /** Name in the cell's equations: `z`. */
  readonly name: string;
  /** Description: "update gate". */
  readonly label: string;
  readonly buffer: string;
  /** Index of the H columns in the buffer, from 0. */
  readonly part: number;
  /** `share`: from 0 (closed) to 1 (open). `signed`: any number. */
  readonly range: "share" | "signed";
}

/** A kind of recurrent unit, as data and four functions that call kernels. See examples/03-own-cell.ts. */
export interface Cell {
  /** Name of the cell, as the setting `cell` has it. */
  readonly kind: string;
  /**
   * URL of the module whose default export is this cell (`import.meta.url` there). Other threads load the cell from
   * this URL; a custom cell without it runs on one thread.
   */
  readonly url?: string;
  /** Settings of this cell, in addition to `hidden` and `layers`. */
  readonly settings: readonly SettingRow[];
  /** State tensors of a layer; the first is `h`, the output of the layer. */
  stateTensors(shape: LayerShape, settings: SettingValues): readonly StateTensor[];
  /** Parameters of a layer, with their initialization and their gradients. */
  parameters(shape: LayerShape, settings: SettingValues): readonly ParameterSpec[];
  /** Activation arrays of a layer. */
  buffers(shape: LayerShape, settings: SettingValues): readonly BufferSpec[];
  /**
   * Name of the buffer that `inputProduct` fills, for a cell that uses its input nowhere else and whose `finish` is
   * `inputProductBackward`: the first layer may then take the product from the input projection cache
   * (model/layout/input-projection.ts). Absent: the cache is never used.
   */
  readonly inputBuffer?: string;
  /** Gates and other inner values that can be shown (evaluation/inside/inside.ts). Absent: only the state is shown. */
  readonly seen?: readonly SeenValue[];
  /** Forward part that needs no state: products over the whole window at once. */
  prepare(c: CellCall): void;
  /**
   * One time step forward, t = 0 … T−1. A cell without `step` and `stepBackward` computes the whole window in `prepare`
   * and `finish`; it keeps documents apart itself, by `starts` and `mask`.
   */
  step?(c: CellCall, t: number): void;
  /** One time step backward, t = T−1 … 0. */
  stepBackward?(c: CellCall, t: number): void;
  /** Gradient of the input, over the whole window at once. `outputGradient` is undefined from here on. */
  finish(c: CellCall): void;
}

/** PyTorch's parameters of a layer with `gates` gates: two matrices and two biases, uniform in ±1/√H. */
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

/**
 * buffer (T, B, G·H) = input · weight_ihᵀ + bias_ih, over the whole window; gathered from the input projection cache if
 * there is one.
 */
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

/**
 * inputGradient (T, B, D) = g · weight_ih, over the whole window. With an input projection cache g itself is enough.
 */
export function inputProductBackward(c: CellCall, buffer: string, gates: number): void {
  if (c.inputProjection) return;
  const width = gates * c.shape.hidden;
  const weight = c.packed("weight_ih").backward;
  const g = c.buffer(buffer);
  c.k.matmul(c.arena, c.inputGradient(), g, weight, NONE, c.steps, c.rows, c.lanes, width, c.shape.input, 0);
}
