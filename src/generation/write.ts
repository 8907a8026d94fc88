// Writes a session's tokens as text, streamed as they are drawn; no piece splits a code point.

import { usageError } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import { type DrawOptions, drawOptionNames, drawOptionsOf, type Written } from "./draw.js";
import { createEndingDecoder, type EndingOptions, endingOptionNames } from "./ending.js";
import type { Session } from "./session.js";

/** How much is written, and how tokens are drawn. */
export interface WriteOptions extends DrawOptions, EndingOptions {
  /** Number of tokens; with documents an upper limit, since a document ends when `<end>` is drawn. */
  readonly length: number;
  /** Of a model of bytes: a piece has one character a byte, of its number (U+0000 to U+00FF). */
  readonly binary?: boolean | undefined;
}

/** The names of all options of `write`. */
export const writeOptionNames: readonly string[] = [...drawOptionNames, ...endingOptionNames, "length", "binary"];

/** A piece of written text, with the tokens it consists of: several if they are parts of one code point. */
export interface Piece {
  readonly text: string;
  readonly tokens: readonly Written[];
}

/**
 * Streams `length` tokens, or those of one document: its last token is `<end>`, whose text is empty. A session that was
 * fed nothing begins by itself; after `<end>` its state is that of the next document's beginning. The text ends earlier
 * where `stop` or `lines` say so; the session has then read the tokens that reached there.
 *
 * @throws LonghandError `usage` for a length that is no whole number from 0
 */
export function* writePieces(session: Session, options: WriteOptions): Generator<Piece, void, void> {
  requireLength(options.length);
  const { vocab } = session.text;
  const decoder = createEndingDecoder(vocab, options, options.binary, session);
  const drawing = drawOptionsOf(options);
  let waiting: Written[] = [];
  let left = options.length;
  if (left === 0) return; // begin() may draw a token, which would be lost
  const first = session.begin(options);
  if (first !== undefined) {
    left -= 1;
    waiting.push(first);
    const text = decoder.push(first.id);
    if (text !== "") {
      yield { text, tokens: waiting };
      waiting = [];
    }
  }
  for (; left > 0 && !decoder.done; left--) {
    const written = session.draw(drawing);
    waiting.push(written);
    if (written.id === vocab.endId) break;
    const text = decoder.push(written.id);
    if (text === "") continue;
    yield { text, tokens: waiting };
    waiting = [];
  }
  const rest = decoder.end();
  if (rest !== "" || waiting.length > 0) yield { text: rest, tokens: waiting };
}

/**
 * Writes `length` tokens, document after document, with a newline after each whole one; without documents, as `write`.
 */
export function writeOn(session: Session, options: Omit<WriteOptions, "stop" | "lines" | "binary">): string {
  const { endId } = session.text.vocab;
  let text = "";
  for (let left = options.length; left > 0; ) {
    let ended = false;
    for (const piece of writePieces(session, { ...options, length: left })) {
      text += piece.text;
      left -= piece.tokens.length;
      ended ||= piece.tokens.at(-1)?.id === endId;
    }
    if (endId === undefined) return text;
    if (ended) text += "\n";
  }
  return text;
}

/** Throws a usage error for a length that is no whole number from 0. */
export function requireLength(length: unknown): void {
  if (Number.isSafeInteger(length) && (length as number) >= 0) return;
  throw usageError(`length wants a whole number from 0; got ${String(length)}.`);
}

/**
 * Writes one document, or `length` tokens, and returns the text.
 *
 * @example
 * write(session, { length: 300, temperature: 0.8, seed: 1 });
 */
export function write(session: Session, options: WriteOptions): string {
  checkOptions(options, writeOptionNames, "write");
  let text = "";
  for (const piece of writePieces(session, options)) text += piece.text;
  return text;
}
