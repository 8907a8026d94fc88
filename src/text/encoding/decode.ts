// Decoder of stored token numbers: the text that they were read from, as UTF-8, in pieces. What the field dropped is
// missing: the case of `lower`, line ends of `newline: "strip"`, blank lines beyond the separators between documents,
// and of unit `space` all white space but one space between two tokens.

import { bytesAsText } from "../reading/utf8.js";
import type { TokenStore } from "../storage/tokens.js";
import type { CorpusData } from "./corpus.js";
import { END, separatorOf } from "./documents.js";
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
  const separator = separatorOf(field.documents);
  if (end >= 0) texts[end] = field.unit === "byte" ? bytesAsText(encodeText(separator)) : separator;
  const isWord = tokens.map((_, number) => field.unit === "space" && number !== end && texts[number] !== "\n");
  let afterWord = false;
  const encode = field.unit === "byte" ? (text: string) => Uint8Array.from(text, byteOf) : encodeText;
  for (let at = from; at < to; at += PIECE) {
    const numbers = await store.read(at, Math.min(to, at + PIECE));
    const first = at === from && numbers[0] === end ? 1 : 0;
    const parts: string[] = [];
    for (let i = first; i < numbers.length; i++) {
      const number = numbers[i]!;
      parts.push(afterWord && isWord[number] ? ` ${texts[number]}` : texts[number]!);
      afterWord = isWord[number]!;
    }
    yield encode(parts.join(""));
  }
}

const encoder = new TextEncoder();
const encodeText = (text: string): Uint8Array => encoder.encode(text);
const byteOf = (byte: string): number => byte.charCodeAt(0);
