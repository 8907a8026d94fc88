// Specification of a language model as plain data, its settings, and the list of its parameters: embedding → layers →
// decoder, under PyTorch's names.

import { usageError } from "../../base/errors.js";
import type { SettingRow, SettingValues } from "../../base/setting.js";
import type { Cell, Contribution, LayerShape, ParameterSpec, StateTensor } from "../cells/cell.js";

export interface ModelSpec {
  /** V, entries of the vocabulary. */
  readonly vocabulary: number;
  /** D, width of an embedding. */
  readonly embedding: number;
  /** H, hidden units of each layer. */
  readonly hidden: number;
  /** L */
  readonly layers: number;
  readonly cell: Cell;
  /** Values of the cell's own settings. */
  readonly cellSettings: SettingValues;
  /** Share of units dropped between layers while training. */
  readonly dropout: number;
  /** The decoder shares the embedding's matrix. Requires D = H. */
  readonly tied: boolean;
}

export const modelSettings = [
  {
    name: "layers",
    common: true,
    group: "model",
    type: "integer",
    default: 1,
    min: 1,
    max: 64,
    help: "recurrent layers, stacked",
  },
  {
    name: "hidden",
    common: true,
    group: "model",
    type: "integer",
    default: 256,
    min: 1,
    max: 65536,
    unit: "units",
    help: "hidden units of each layer",
  },
  {
    name: "embedding",
    group: "model",
    type: "integer",
    default: 64,
    min: 1,
    max: 65536,
    help: "width of the token embedding",
  },
  {
    name: "dropout",
    common: true,
    group: "model",
    type: "number",
    default: 0,
    min: 0,
    max: 1,
    open: "max",
    unit: "share of the units",
    help: "dropout between layers while training; wants two layers or more",
  },
  {
    name: "tied",
    group: "model",
    type: "flag",
    default: false,
    help: "share one matrix between embedding and decoder; wants embedding equal to hidden",
  },
] as const satisfies readonly SettingRow[];

/**
 * One term of a parameter's gradient, as arrays of the model's plan: a cell's contribution, or one to the embedding.
 * `scatter`: row `id` is Σ of the g of that token. `through`: g · weight, row by row.
 */
export type ModelContribution =
  | Contribution
  | { readonly kind: "scatter"; readonly g: string }
  | { readonly kind: "through"; readonly g: string; readonly weight: string };

/** The rows [from, to) that a contribution adds to, of a parameter with `rows` rows. */
export function rowsOf(part: ModelContribution, rows: number): { readonly from: number; readonly to: number } {
  return ("rows" in part && part.rows) || { from: 0, to: rows };
}

/** A parameter of the whole model. */
export interface ModelParameter extends Omit<ParameterSpec, "gradient"> {
  /** `embedding.weight`, `rnn.weight_ih_l0` … `decoder.bias`. */
  readonly name: string;
  readonly gradient: readonly ModelContribution[];
}

export function layerShape(spec: ModelSpec, layer: number): LayerShape {
  return { input: layer === 0 ? spec.embedding : spec.hidden, hidden: spec.hidden };
}

/** The state tensors of a layer. */
export function stateTensorsOf(spec: ModelSpec, layer: number): readonly StateTensor[] {
  return spec.cell.stateTensors(layerShape(spec, layer), spec.cellSettings);
}

/** The full name of a layer's array: `rnn.0.gates`. */
export function layerName(layer: number, name: string): string {
  return `rnn.${layer}.${name}`;
}

/** All parameters in order. With `tied` the decoder has no matrix of its own: its gradient adds to the embedding's. */
export function modelParameters(spec: ModelSpec): ModelParameter[] {
  checkSpec(spec);
  const top = layerName(spec.layers - 1, "output");
  const decoderGradient = { kind: "product", g: "logits", x: top } as const;
  const parameters: ModelParameter[] = [
    {
      name: "embedding.weight",
      rows: spec.vocabulary,
      cols: spec.embedding,
      initial: { kind: "normal" },
      packed: spec.tied,
      gradient: [{ kind: "scatter", g: "d.embedded" }, ...(spec.tied ? [decoderGradient] : [])],
    },
  ];
  for (let layer = 0; layer < spec.layers; layer++) {
    for (const p of spec.cell.parameters(layerShape(spec, layer), spec.cellSettings)) {
      const gradient = p.gradient.map((from) =>
        from.kind === "product"
          ? { ...from, g: layerName(layer, from.g), x: layerName(layer, from.x) }
          : { ...from, g: layerName(layer, from.g) },
      );
      parameters.push({ ...p, name: `rnn.${p.name}_l${layer}`, gradient });
    }
  }
  const bound = 1 / Math.sqrt(spec.hidden);
  const initial = { kind: "uniform", bound } as const;
  const decoder = { rows: spec.vocabulary, initial };
  if (!spec.tied) {
    parameters.push({
      ...decoder,
      name: "decoder.weight",
      cols: spec.hidden,
      packed: true,
      gradient: [decoderGradient],
    });
  }
  parameters.push({
    ...decoder,
    name: "decoder.bias",
    cols: 1,
    packed: false,
    gradient: [{ kind: "sum", g: "logits" }],
  });
  return parameters;
}

/** The name of the decoder's matrix. */
export function decoderMatrix(spec: ModelSpec): string {
  return spec.tied ? "embedding.weight" : "decoder.weight";
}

function checkSpec(spec: ModelSpec): void {
  if (spec.tied && spec.embedding !== spec.hidden) {
    throw usageError(
      `tied wants \`embedding\` equal to \`hidden\`; got ${spec.embedding} and ${spec.hidden}.`,
      `Set \`embedding: ${spec.hidden}\`, or leave \`tied\` out.`,
      "tied",
    );
  }
  if (spec.dropout > 0 && spec.layers === 1) {
    throw usageError(
      `dropout ${spec.dropout} works between layers, and there is one layer.`,
      "Set `layers: 2`, or leave `dropout` at 0.",
      "dropout",
    );
  }
}
