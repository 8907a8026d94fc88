// Data of the page of `longhand show`: the text, and the model's values at each token. node/show writes it and show.ts
// reads it.

/** Values of one kind, for some units, over the text. */
export interface ShownSeries {
  /** Layer, from 1. */
  readonly layer: number;
  readonly name: string;
  readonly label: string;
  readonly range: "share" | "signed";
  /** Numbers of the units in the model, ascending. */
  readonly units: readonly number[];
  /** A unit's value is middle + half · (byte − 127) / 127; the middle is 1/2 of a share, else 0. */
  readonly halves: readonly number[];
  /** Bytes 0 to 254 in base64: for each unit, one byte per token. */
  readonly bytes: string;
}

/** A unit whose values are correlated with a feature of the text. */
export interface ShownFind {
  /** Name of the feature. */
  readonly feature: string;
  /** Index in `ShownPage.series`. */
  readonly series: number;
  /** Index of the unit in `ShownSeries.units`. */
  readonly position: number;
  /** Correlation in the first and in the second half of the text. */
  readonly first: number;
  readonly second: number;
}

export interface ShownPage {
  /** Unit of a token, such as `character`. */
  readonly unit: string;
  /** Tokens as text, without signs for invisible characters. */
  readonly tokens: readonly string[];
  /** Indices of tokens that the vocabulary lacks. */
  readonly unknown: readonly number[];
  /** −log p in nats; null for a token that was not predicted. */
  readonly nats: readonly (number | null)[];
  /** Predicted probability; 0 for a token that was not predicted. */
  readonly chances: readonly number[];
  /** ln V, the surprisal of a uniform guess; the colours end there. */
  readonly uniform: number;
  /** Tokens that `guesses` refers to by index. */
  readonly names: readonly string[];
  /** For each token: index, probability, index, probability … */
  readonly guesses: readonly (readonly number[])[];
  /** Index of the guess that was right; −1 if none was. */
  readonly came: readonly number[];
  readonly series: readonly ShownSeries[];
  readonly finds: readonly ShownFind[];
  /** Number of colour levels. */
  readonly steps: { readonly surprisal: number; readonly signed: number };
}
