// Drops the byte order mark, U+FEFF, at the start of a text.

import type { ReadingContext } from "./rules.js";
import { droppedMark, type TextInput } from "./utf8.js";

const MARK = [0xef, 0xbb, 0xbf];

/** The bytes of a text without the mark at its start. */
export async function* dropMark(
  { name, bytes }: TextInput,
  _rules: unknown,
  { notice = () => {} }: ReadingContext,
): AsyncGenerator<Uint8Array> {
  let start: number[] | undefined = []; // the first bytes, while they may be a mark
  for await (const piece of bytes) {
    if (start === undefined) {
      yield piece;
      continue;
    }
    let at = 0;
    while (at < piece.length && start.length < MARK.length && piece[at] === MARK[start.length])
      start.push(piece[at++]!);
    if (at === piece.length && start.length < MARK.length) continue;
    if (start.length === MARK.length) notice(droppedMark(name));
    else if (start.length > at) yield Uint8Array.from(start.slice(0, start.length - at));
    yield start.length === MARK.length ? piece.subarray(at) : piece;
    start = undefined;
  }
  if (start !== undefined && start.length > 0 && start.length < MARK.length) yield Uint8Array.from(start);
  if (start?.length === MARK.length) notice(droppedMark(name));
}
