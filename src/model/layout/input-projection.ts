// Input projection cache: the first layer's input product has only V distinct rows, so they are computed once per
// update and gathered. Backward, gradients are summed by token first and multiplied afterwards. This file decides when
// the cache pays, rewrites the parameters' contributions, and has the two work items over rows of the cache. A gathered
// row has the bits of the product.

import type { Arena } from "../../compute/arena.js";
import { layerName, layerShape, type ModelContribution, type ModelParameter, type ModelSpec } from "./spec.js";

/** Offsets in the arena of the cache and of what it is computed from. */
export interface InputProjection {
  /** V */
  readonly rows: number;
  /** G·H */
  readonly width: number;
  /** embedding · weight_ihᵀ + bias_ih, (V, G·H). */
  readonly offset: number;
  /** Embedding (V, D), D, and weight_ih packed for x · wᵀ. */
  readonly embedding: number;
  readonly input: number;
  readonly weight: number;
  readonly bias: number;
  /** For training: ∂loss/∂cache (V, G·H), the sum by token of g (T, B, G·H), where ids (T, B) are the tokens. */
  readonly gradient?: { readonly offset: number; readonly g: number; readonly ids: number };
}

/**
 * The width G·H of the cache, or undefined if the model has none. It has one if the cell uses its input for the product
 * alone (`inputBuffer`) and the cache pays: in training, if the V rows are no more than the T·B positions; for fixed
 * weights, if the cache is no larger than all weights (`size` elements), since then computing it costs less than
 * reading D tokens.
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

/** The same gradients by way of the cache's gradient: sums over its V rows in place of the window's T·B positions. */
export function throughInputProjection(spec: ModelSpec, parameters: readonly ModelParameter[]): ModelParameter[] {
  const product = layerName(0, spec.cell.inputBuffer!);
  const input = layerName(0, "input");
  const through = (part: ModelContribution): ModelContribution => {
    if (part.kind === "scatter") return { kind: "through", g: "d.inputProjection", weight: "rnn.weight_ih_l0" };
    if (part.g !== product) return part;
    if (part.kind === "sum" && part.rows) return part; // the bias of another product
    if (part.kind === "sum") return { kind: "sum", g: "d.inputProjection" };
    return part.kind === "product" && part.x === input
      ? { ...part, g: "d.inputProjection", x: "embedding.weight" }
      : part;
  };
  return parameters.map((p) => ({ ...p, gradient: p.gradient.map(through) }));
}

/** Computes rows [from, to) of the cache from new weights; `weight_ih` must be packed. Does nothing without a cache. */
export function updateInputProjection(
  { kernels: k, handle: h }: Arena,
  cache: InputProjection | undefined,
  from = 0,
  to = cache?.rows ?? 0,
): void {
  if (cache === undefined) return;
  const out = cache.offset + from * cache.width;
  k.matmul(
    h,
    out,
    cache.embedding + from * cache.input,
    cache.weight,
    cache.bias,
    1,
    to - from,
    to - from,
    cache.input,
    cache.width,
    0,
  );
}

/**
 * Computes rows [from, to) of the cache's gradient: Σ by token over the positions of a window. Does nothing without a
 * cache.
 */
export function sumByToken(
  { kernels: k, handle: h }: Arena,
  cache: InputProjection | undefined,
  positions: number,
  from = 0,
  to = cache?.rows ?? 0,
): void {
  if (cache?.gradient === undefined) return;
  const { offset, ids, g } = cache.gradient;
  k.fill(h, offset + from * cache.width, 0, (to - from) * cache.width);
  k.scatter(h, offset, g, ids, positions, cache.width, from, to);
}
