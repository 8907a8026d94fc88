// Decoder of stored token numbers: the text that they were read from, as UTF-8, in pieces. What the field dropped is
// missing: the case of `lower`, line ends of `newline: "strip"`, blank lines beyond the separators between documents.

import type { TokenStore } from "../storage/tokens.js";
import type { CorpusData } from "./corpus.js";
import { END, separators } from "./documents.js";
import type { Field } from "./field.js";
import { END_OF_LINE } from "./tokenizer.js";

const PIECE = 1 << 16;

/** The text of the numbers [from, to) of a store. The `<end>` before a first document stands for nothing. */
export async function* decodeNumbers(
  field: Field,
  { tokens }: Pick<CorpusData, "tokens">,
  store: Pick<TokenStore, "read">,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  const end = field.documents === "none" ? -1 : tokens.indexOf(END);
  const texts = tokens.map((token) => (token === END_OF_LINE ? "\n" : token));
  if (end >= 0) texts[end] = separators[field.documents];
  const encode = field.unit === "byte" ? (text: string) => Uint8Array.from(text, byteOf) : encodeText;
  for (let at = from; at < to; at += PIECE) {
    const numbers = await store.read(at, Math.min(to, at + PIECE));
    const first = at === from && numbers[0] === end ? 1 : 0;
    const parts: string[] = [];
    for (let i = first; i < numbers.length; i++) parts.push(texts[numbers[i]!]!);
    yield encode(parts.join(""));
  }
}

const encoder = new TextEncoder();
const encodeText = (text: string): Uint8Array => encoder.encode(text);
const byteOf = (byte: string): number => byte.charCodeAt(0);
