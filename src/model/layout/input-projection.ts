// The premultiplied table: over tokens, the first layer's input product has but V different rows. They are made in advance, once
// after each update, and looked up; and gradients are gathered by token first and multiplied then. When that pays, how a
// parameter's gradient is said then, and the two acts over rows of the table. A look-up has the bits of the product.

import type { Arena } from "../../compute/arena.js";
import { layerName, layerShape, type ModelContribution, type ModelParameter, type ModelSpec } from "./spec.js";

/** Where the table and what it is made of lie in the arena. */
export interface InputProjection {
  /** V */
  readonly rows: number;
  /** G·H */
  readonly width: number;
  /** embedding · weight_ihᵀ + bias_ih, (V, G·H). */
  readonly offset: number;
  /** (V, D), D, and weight_ih packed for x · wᵀ. */
  readonly embedding: number;
  readonly input: number;
  readonly weight: number;
  readonly bias: number;
  /** Where something trains: ∂loss/∂table (V, G·H), which is the sum by token of g (T, B, G·H); ids are the tokens (T, B). */
  readonly gradient?: { readonly offset: number; readonly g: number; readonly ids: number };
}

/**
 * The width G·H of the table, where there is to be one: where the cell says that its input is for the product alone, and it
 * pays. In training the V rows are no more than the T·B that they stand for. Where weights stay as they are the table is no
 * larger than all of them (`size` elements): then making it is less work than reading D tokens.
 */
export function inputProjectionWidth(
  spec: ModelSpec,
  size: number,
  positions: number,
  trains: boolean,
): number | undefined {
  const { cell, cellSettings, vocabulary } = spec;
  const width = cell.buffers(layerShape(spec, 0), cellSettings).find(({ name }) => name === cell.inputBuffer)?.width;
  if (width === undefined) return undefined;
  return (trains ? vocabulary <= positions : vocabulary * width <= size) ? width : undefined;
}

/** The same gradients by way of the table's: sums over its V rows, where they were over the window's T·B. */
export function throughInputProjection(spec: ModelSpec, parameters: readonly ModelParameter[]): ModelParameter[] {
  const product = layerName(0, spec.cell.inputBuffer!);
  const input = layerName(0, "input");
  const through = (part: ModelContribution): ModelContribution => {
    if (part.kind === "scatter") return { kind: "through", g: "d.inputProjection", weight: "rnn.weight_ih_l0" };
    if (part.g !== product) return part;
    if (part.kind === "sum" && part.rows) return part; // another product's bias, whose gradient has these columns too
    if (part.kind === "sum") return { kind: "sum", g: "d.inputProjection" };
    return part.kind === "product" && part.x === input
      ? { ...part, g: "d.inputProjection", x: "embedding.weight" }
      : part;
  };
  return parameters.map((p) => ({ ...p, gradient: p.gradient.map(through) }));
}

/** Rows [from, to) of the table, of new weights; `weight_ih` must be packed. Nothing where there is no table. */
export function updateInputProjection(
  { kernels: k, handle: h }: Arena,
  t: InputProjection | undefined,
  from = 0,
  to = t?.rows ?? 0,
): void {
  if (t === undefined) return;
  const out = t.offset + from * t.width;
  k.matmul(h, out, t.embedding + from * t.input, t.weight, t.bias, 1, to - from, to - from, t.input, t.width, 0);
}

/** Rows [from, to) of the table's gradient: Σ by token over so many positions of a window. Nothing where there is no table. */
export function sumByToken(
  { kernels: k, handle: h }: Arena,
  t: InputProjection | undefined,
  positions: number,
  from = 0,
  to = t?.rows ?? 0,
): void {
  if (t?.gradient === undefined) return;
  const { offset, ids, g } = t.gradient;
  k.fill(h, offset + from * t.width, 0, (to - from) * t.width);
  k.scatter(h, offset, g, ids, positions, t.width, from, to);
}
