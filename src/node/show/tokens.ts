// Tokens as the page of `longhand show` displays them, and as the features of a text read them. The tokens themselves
// come from `text/encoding/`.

import { END, separatorOf } from "../../text/encoding/documents.js";
import type { Field } from "../../text/encoding/field.js";
import { END_OF_LINE } from "../../text/encoding/tokenizer.js";

/** Stands for a continuation byte of a character that is displayed at its first byte. */
const CONTINUED = "‧";

/**
 * Displayed tokens of a text: `<eos>` as a newline, and the bytes of a character as the character, at its first byte.
 */
export function shownTokens(field: Field, tokens: readonly string[]): string[] {
  const plain = tokens.map((token) => shownToken(field, token));
  if (field.unit !== "byte") return plain;
  for (let i = 0; i < tokens.length; i++) {
    const length = lengthFrom(tokens[i]!.charCodeAt(0));
    const bytes = tokens.slice(i, i + length).map((token) => token.charCodeAt(0));
    if (length < 2 || tokens[i]!.length > 1 || bytes.length < length) continue;
    const character = decoded(bytes);
    if (character === undefined) continue;
    plain[i] = character;
    plain.fill(CONTINUED, i + 1, i + length);
  }
  return plain;
}

/** A single displayed token, as in the list of predictions. */
export function shownToken(field: Field, token: string): string {
  if (token === END_OF_LINE) return "\n";
  if (token === END && field.documents !== "none") return "∎\n";
  if (field.unit === "byte" && token >= "\u0080") return `\\x${token.charCodeAt(0).toString(16)}`;
  return token;
}

/** The text that a token was cut from. */
export function textOfToken(field: Field, token: string): string {
  if (token === END_OF_LINE) return "\n";
  return token === END ? separatorOf(field.documents) : token;
}

/** Length in bytes of the UTF-8 character that begins with this byte; 1 if no longer one does. */
function lengthFrom(byte: number): number {
  return byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
}

function decoded(bytes: readonly number[]): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined; // not UTF-8
  }
}
