// Writing: a session's tokens as text, streamed as they come and never splitting a code point.

import type { NextOptions, Written } from "./draw.js";
import type { Session } from "./session.js";

export interface WriteOptions extends NextOptions {
  /** Tokens to write; where documents are kept apart, the most: a document ends where `<end>` is drawn. */
  readonly length: number;
}

/** A piece of text as it came, with the tokens it came from (a piece may wait for several bytes). */
export interface Piece {
  readonly text: string;
  readonly tokens: readonly Written[];
}

/**
 * Streams `length` tokens, or those of one document: `<end>` is its last token, and gives no text. Where nothing was fed, the session
 * begins by itself; after `<end>` it stands at the next document's beginning.
 */
export function* writePieces(session: Session, options: WriteOptions): Generator<Piece, void, void> {
  const { vocab } = session.text;
  const decoder = vocab.decoder();
  let waiting: Written[] = [];
  let left = options.length;
  if (!(left > 0)) return; // beginning may draw a token, which would be lost
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
  for (; left > 0; left--) {
    const written = session.next(options);
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

/** So many tokens, document after document, a newline after each that is whole; without documents, what `write` gives. */
export function writeOn(session: Session, options: WriteOptions): string {
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

/** One document, or `length` tokens, as a string. */
export function write(session: Session, options: WriteOptions): string {
  let text = "";
  for (const piece of writePieces(session, options)) text += piece.text;
  return text;
}
