// Scored blocks of a text: the loss and the size of each, from which means and their intervals follow. Sizes come from
// the ids alone, so no text is read twice.

import { separatorOf } from "../../text/encoding/documents.js";
import type { Field } from "../../text/encoding/field.js";
import { tokenSize } from "../../text/encoding/sizes.js";
import { END_OF_LINE } from "../../text/encoding/tokenizer.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { LaneReader, Window } from "../../text/windows/lanes.js";
import type { TextSizes } from "./evaluate.js";

/** A contiguous block of a scored text. */
export interface ScoredBlock {
  /** Σ −log p in nats. */
  readonly nats: number;
  /** Nats that spell its unknown tokens. */
  readonly spelling: number;
  readonly tokens: number;
  readonly characters: number;
  readonly bytes: number;
  /** Words that begin in the block. */
  readonly words: number;
}

/** A text is divided into at most BLOCKS blocks of equal length, none shorter than MIN_LENGTH tokens or bytes. */
const BLOCKS = 128;
const MIN_LENGTH = 64;

/** Length of a block of a text of this length. */
export function blockLength(length: number): number {
  return Math.max(MIN_LENGTH, Math.ceil(length / BLOCKS));
}

/** The field and the vocabulary that made the tokens. */
export interface Tokenization {
  readonly field: Field;
  readonly vocab: Vocab;
}

/**
 * Sums losses and sizes by block: pass `each` to `evaluate`; afterwards `blocks()` has the blocks in the order of the
 * text. Unknown tokens share what the known ones do not account for of the `whole` text, and the spelling.
 */
export function countBlocks(
  { field, vocab }: Tokenization,
  lanes: LaneReader,
  whole: TextSizes,
): { each(window: Window, losses: ArrayLike<number>): void; blocks(): ScoredBlock[] } {
  const length = blockLength(lanes.lanes * lanes.positions);
  const count = Math.max(1, Math.ceil((lanes.lanes * lanes.positions) / length));
  const column = () => new Float64Array(count);
  const nats = column();
  const tokens = column();
  const characters = column();
  const bytes = column();
  const words = column();
  const unknown = column();
  const shapes = vocab.itos.map((token, id) => shapeOf({ field, vocab }, token, id));
  let at = 0;
  return {
    each(window, losses) {
      for (let t = 0; t < window.steps; t++) {
        for (let lane = 0; lane < window.lanes; lane++) {
          const i = t * window.lanes + lane;
          const target = window.targets[i]!;
          if (target < 0) continue;
          const k = Math.floor((lane * lanes.positions + at + t) / length);
          const shape = shapes[target]!;
          nats[k]! += losses[i]!;
          tokens[k]! += 1;
          characters[k]! += shape.characters;
          bytes[k]! += shape.bytes;
          words[k]! += shape.inner + (shape.beginsWord && shapes[window.inputs[i]!]!.endsWhite ? 1 : 0);
          if (target === vocab.unknownId) unknown[k]! += 1;
        }
      }
      at += window.steps;
    },
    blocks() {
      const left = (all: number, known: Float64Array) => Math.max(0, all - sum(known)) / Math.max(1, sum(unknown));
      const each = {
        characters: left(whole.characters, characters),
        bytes: left(whole.bytes, bytes),
        spelling: whole.spelling / Math.max(1, sum(unknown)),
      };
      return Array.from(nats, (cost, k) => ({
        nats: cost,
        spelling: unknown[k]! * each.spelling,
        tokens: tokens[k]!,
        characters: characters[k]! + unknown[k]! * each.characters,
        bytes: bytes[k]! + unknown[k]! * each.bytes,
        words: words[k]!,
      })).filter((block) => block.tokens > 0);
    },
  };
}

interface TokenShape {
  readonly characters: number;
  readonly bytes: number;
  /** Words that begin after the token's first character. */
  readonly inner: number;
  /** The token begins a word if white space precedes it. */
  readonly beginsWord: boolean;
  readonly endsWhite: boolean;
}

const WHITESPACE = /[\t-\r ]/;

/**
 * An unknown token counts as a letter, or as a word; an end of line or document as its separator; other specials as
 * nothing.
 */
function shapeOf({ field, vocab }: Tokenization, token: string, id: number): TokenShape {
  if (id === vocab.unknownId) {
    const word = field.unit !== "char"; // with the white space before the word
    return { characters: 0, bytes: 0, inner: word ? 1 : 0, beginsWord: !word, endsWhite: false };
  }
  const end = token === END_OF_LINE ? "\n" : id === vocab.endId ? separatorOf(field.documents) : undefined;
  const text = end ?? (id < vocab.specials ? "" : token);
  return {
    ...(text === "" ? { characters: 0, bytes: 0 } : tokenSize(token, field)),
    inner: text.match(/[\t-\r ](?=[^\t-\r ])/g)?.length ?? 0,
    beginsWord: text !== "" && !WHITESPACE.test(text[0]!),
    endsWhite: text === "" || field.unit === "space" || WHITESPACE.test(text.at(-1)!),
  };
}

function sum(column: Float64Array): number {
  return column.reduce((total, each) => total + each, 0);
}
