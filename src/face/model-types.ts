// Options and facts of a model, as types.

import type { DrawOptions } from "../generation/draw.js";
import type { EndingOptions } from "../generation/ending.js";
import type { UnknownRule } from "../text/encoding/field.js";
import type { Unit } from "../text/encoding/tokenizer.js";
import type { TextReading } from "./text-source.js";

/** How a text is generated. */
export interface GenerateOptions extends DrawOptions, EndingOptions {
  /** Number of tokens, 500 by default. With documents an upper limit: a document ends when the model ends it. */
  readonly length?: number | undefined;
  /** What to do with tokens of the prompt outside the vocabulary: `error` (the default), `skip` them, or read `unk`. */
  readonly unknown?: UnknownRule | undefined;
  /** Aborting it makes the call reject with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How several samples are generated. */
export interface SampleOptions extends GenerateOptions {
  /** Number of samples. */
  readonly count: number;
}

/** Which next tokens are returned. */
export interface NextOptions {
  /** Number of tokens, 20 by default. */
  readonly count?: number | undefined;
  /** What to do with tokens of the prompt outside the vocabulary: `error` (the default), `skip` them, or read `unk`. */
  readonly unknown?: UnknownRule | undefined;
}

/** How a text is scored. */
export interface ScoreOptions extends TextReading {
  /** Receives sentences for the user: a byte order mark that was dropped, mixed line ends. */
  readonly notice?: ((text: string) => void) | undefined;
}

/** What a model is. */
export interface ModelInfo {
  /** Kind of the cell: `gru`. */
  readonly cell: string;
  /** Width of the embedding. */
  readonly embedding: number;
  /** Hidden units of each layer. */
  readonly hidden: number;
  /** Number of layers. */
  readonly layers: number;
  /** Share of the units that dropout zeroed in training. */
  readonly dropout: number;
  /** Whether embedding and decoder share one matrix. */
  readonly tied: boolean;
  /** What one token is: `char`, `byte` or `word`. */
  readonly unit: Unit;
  /** Whether documents are kept apart, and by what. */
  readonly documents: string;
  /** Number of tokens in the vocabulary. */
  readonly vocabulary: number;
  /** Number of weights. */
  readonly parameters: number;
  /** 16 hexadecimal digits that tell this model from another; its saved sessions carry them. */
  readonly digest: string;
}
