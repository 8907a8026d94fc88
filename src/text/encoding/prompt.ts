// A prompt: a text that comes in parts. The space before a word belongs to the word, so the space that a part ends with
// waits for the next part, or for the token that is generated next.

import { encodeText, type Field, type UnknownRule } from "./field.js";
import type { Vocab } from "./vocab.js";

/** A part of a prompt as ids. */
export interface EncodedPrompt {
  readonly ids: Int32Array;
  /** Whether a space waits for what comes next. */
  readonly waits: boolean;
}

/** Encodes the next part of a prompt; `waiting`: a space waits for it. Throws as `encodeText`. */
export function encodePrompt(
  field: Field,
  vocab: Vocab,
  text: string,
  unknown: UnknownRule,
  waiting = false,
): EncodedPrompt {
  const whole = waiting ? ` ${text}` : text;
  const begins = field.unit === "word" && vocab.itos.some((token) => token.startsWith(" "));
  const waits = vocab.spaced ? /[^\S\n]$/.test(whole) : begins && whole.endsWith(" ");
  return { ids: encodeText(field, vocab, waits ? whole.slice(0, -1) : whole, unknown), waits };
}
