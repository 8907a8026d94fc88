// Writing: a session's tokens as text, streamed as they come and never splitting a code point.

import type { NextOptions, Written } from "./draw.js";
import type { Session } from "./session.js";

export interface WriteOptions extends NextOptions {
  /** Tokens to write. */
  readonly length: number;
}

/** A piece of text as it came, with the tokens it came from (a piece may wait for several bytes). */
export interface Piece {
  readonly text: string;
  readonly tokens: readonly Written[];
}

/** Streams `length` tokens. Where nothing was fed, the session begins by itself. */
export function* writePieces(session: Session, options: WriteOptions): Generator<Piece, void, void> {
  const decoder = session.text.vocab.decoder();
  let waiting: Written[] = [];
  let left = options.length;
  if (!(left > 0)) return; // beginning may draw a token, which would be lost
  const first = session.begin(options);
  if (first !== undefined) {
    left -= 1;
    const text = decoder.push(first);
    if (text !== "") yield { text, tokens: [] };
  }
  for (; left > 0; left--) {
    const written = session.next(options);
    waiting.push(written);
    const text = decoder.push(written.id);
    if (text === "") continue;
    yield { text, tokens: waiting };
    waiting = [];
  }
  const rest = decoder.end();
  if (rest !== "" || waiting.length > 0) yield { text: rest, tokens: waiting };
}

/** The same as one string. */
export function write(session: Session, options: WriteOptions): string {
  let text = "";
  for (const piece of writePieces(session, options)) text += piece.text;
  return text;
}
