// A scored text in stretches: what each cost, and how much text it was, so that a mean can be given with its interval. Sizes are told
// from the ids alone, so no text is read twice.

import { separators } from "../../text/encoding/documents.js";
import type { Field } from "../../text/encoding/field.js";
import { tokenSize } from "../../text/encoding/sizes.js";
import { END_OF_LINE } from "../../text/encoding/tokenizer.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { LaneReader, Window } from "../../text/windows/lanes.js";

/** A contiguous stretch of a scored text. */
export interface ScoredBlock {
  /** Σ −log p, in nats. */
  readonly nats: number;
  readonly tokens: number;
  readonly characters: number;
  readonly bytes: number;
  /** Words that begin in it. */
  readonly words: number;
}

/** A text is cut in so many stretches of equal length, none shorter than FEWEST tokens or bytes. */
const BLOCKS = 128;
const MIN_LENGTH = 64;

/** How long a stretch is of a text that is so long. */
export function blockLength(length: number): number {
  return Math.max(MIN_LENGTH, Math.ceil(length / BLOCKS));
}

/** What the whole text has: where a token is unknown, what the known ones leave is shared out. */
export interface TextSizes {
  readonly characters: number;
  readonly bytes: number;
}

/** What made the tokens. */
export interface Tokenization {
  readonly field: Field;
  readonly vocab: Vocab;
}

/** Give `each` to `evaluate`; afterwards `found` has the stretches in the text's order. */
export function countBlocks(
  { field, vocab }: Tokenization,
  lanes: LaneReader,
  whole: TextSizes,
): { each(window: Window, losses: ArrayLike<number>): void; found(): ScoredBlock[] } {
  const length = blockLength(lanes.lanes * lanes.positions);
  const count = Math.max(1, Math.ceil((lanes.lanes * lanes.positions) / length));
  const column = () => new Float64Array(count);
  const [nats, tokens, characters, bytes, words, unknown] = [
    column(),
    column(),
    column(),
    column(),
    column(),
    column(),
  ];
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
    found() {
      const left = (all: number, known: Float64Array) => Math.max(0, all - sum(known)) / Math.max(1, sum(unknown));
      const each = { characters: left(whole.characters, characters), bytes: left(whole.bytes, bytes) };
      return Array.from(nats, (cost, k) => ({
        nats: cost,
        tokens: tokens[k]!,
        characters: characters[k]! + unknown[k]! * each.characters,
        bytes: bytes[k]! + unknown[k]! * each.bytes,
        words: words[k]!,
      })).filter((stretch) => stretch.tokens > 0);
    },
  };
}

interface TokenShape {
  readonly characters: number;
  readonly bytes: number;
  /** Words that begin after its first character. */
  readonly inner: number;
  /** It begins one where white space stands before. */
  readonly beginsWord: boolean;
  readonly endsWhite: boolean;
}

const WHITESPACE = /[\t-\r ]/;

/** An unknown token is taken for a letter, or for a word; other specials are nothing, but for ends, which are what they stand for. */
function shapeOf({ field, vocab }: Tokenization, token: string, id: number): TokenShape {
  if (id === vocab.unknownId) {
    const word = field.unit === "word"; // with the white space before it
    return { characters: 0, bytes: 0, inner: word ? 1 : 0, beginsWord: !word, endsWhite: false };
  }
  const end = token === END_OF_LINE ? "\n" : id === vocab.endId ? separators[field.documents] : undefined;
  const text = end ?? (id < vocab.specials ? "" : token);
  return {
    ...(text === "" ? { characters: 0, bytes: 0 } : tokenSize(token, field)),
    inner: text.match(/[\t-\r ](?=[^\t-\r ])/g)?.length ?? 0,
    beginsWord: text !== "" && !WHITESPACE.test(text[0]!),
    endsWhite: text === "" || WHITESPACE.test(text.at(-1)!),
  };
}

function sum(column: Float64Array): number {
  return column.reduce((total, each) => total + each, 0);
}
