// How much text a token stands for: what turns nats a token into bits a character or a byte.

import { type DocumentRule, END, separators } from "./documents.js";
import { END_OF_LINE, type Unit } from "./tokenizer.js";

export interface Size {
  /** Code points. A byte counts as one where it is no continuation byte. */
  readonly characters: number;
  /** Bytes in UTF-8. */
  readonly bytes: number;
}

/**
 * The size of a token as a field cuts it. `<eos>` is the newline that it stands for, and so is `<end>` after a line; between
 * paragraphs it is two, after a file nothing. (`<unk>` is no token of a text: what became one keeps its own size.)
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
