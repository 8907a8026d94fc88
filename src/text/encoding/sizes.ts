// Sizes of tokens in characters and bytes, which convert nats per token into bits per character or byte.

import { type DocumentRule, END, separators } from "./documents.js";
import { END_OF_LINE, type Unit } from "./tokenizer.js";

export interface Size {
  /** Code points. A byte token counts as one unless it is a UTF-8 continuation byte. */
  readonly characters: number;
  /** UTF-8 bytes. */
  readonly bytes: number;
}

/**
 * The size of a token of a field. `<eos>` has the size of the newline that it replaces, and `<end>` that of the
 * separator that it replaces: one newline after a line, two between paragraphs, nothing after a file. (Pass the token
 * itself, not `<unk>`.)
 */
export function tokenSize(token: string, field: { readonly unit: Unit; readonly documents: DocumentRule }): Size {
  if (token === END && field.documents !== "none") {
    const { length } = separators[field.documents];
    return { characters: length, bytes: length };
  }
  if (field.unit === "byte") return { characters: (token.charCodeAt(0) & 0xc0) === 0x80 ? 0 : 1, bytes: 1 };
  if (token === END_OF_LINE) return { characters: 1, bytes: 1 };
  return { characters: [...token].length, bytes: new TextEncoder().encode(token).length };
}
