// Sizes of tokens in characters and bytes, which convert nats per token into bits per character or byte, and the cost
// of spelling a token that the vocabulary lacks.

import { log } from "../../base/math.js";
import { type DocumentRule, END, separatorOf } from "./documents.js";
import { END_OF_LINE, type Unit } from "./tokenizer.js";
import type { Vocab } from "./vocab.js";

export interface Size {
  /** Code points. A byte token counts as one unless it is a UTF-8 continuation byte. */
  readonly characters: number;
  /** UTF-8 bytes. */
  readonly bytes: number;
}

/**
 * The size of a token of a field. `<eos>` has the size of the newline that it replaces, and `<end>` that of the
 * separator that it replaces: one newline after a line, two between paragraphs, nothing after a file. Where tokens are
 * what stands between white space, each counts one space or newline after it, and a newline nothing. (Pass the token
 * itself, not `<unk>`.)
 */
export function tokenSize(token: string, field: { readonly unit: Unit; readonly documents: DocumentRule }): Size {
  if (token === END && field.documents !== "none") {
    const separator = separatorOf(field.documents);
    return { characters: [...separator].length, bytes: new TextEncoder().encode(separator).length };
  }
  if (field.unit === "byte") return { characters: (token.charCodeAt(0) & 0xc0) === 0x80 ? 0 : 1, bytes: 1 };
  const after = field.unit === "space" ? 1 : 0;
  if (token === END_OF_LINE || token === "\n") return { characters: 1 - after, bytes: 1 - after };
  return { characters: [...token].length + after, bytes: new TextEncoder().encode(token).length + after };
}

const NATS_PER_BYTE = log(256);

/**
 * Nats that a token costs besides its id. A token outside the vocabulary is spelled after its `<unk>`: log 256 a byte,
 * and as much again to end a word; so `<unk>` and a spelling are a proper code, since UTF-8 has bytes that no word
 * contains, and one of them ends it. A word that has the id of its form with or without the space before it costs
 * log 65,536: all other words together could tell theirs apart for next to nothing.
 */
export function spellingNats(token: string, { unit }: { readonly unit: Unit }, vocab: Vocab): number {
  if (vocab.stoi.has(token)) return 0;
  if (vocab.idOf(token) !== undefined) return 2 * NATS_PER_BYTE;
  const ends = unit === "char" || unit === "byte" ? 0 : 1;
  return NATS_PER_BYTE * (new TextEncoder().encode(token).length + ends);
}
