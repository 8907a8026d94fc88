// Line ends: CR LF and CR alone become LF, wherever the pieces of a text end.

import { report } from "./facts.js";
import type { ReadingContext, ReadingRules } from "./rules.js";
import { scalarSearch } from "./search.js";
import type { TextInput } from "./utf8.js";

const CR = 0x0d;
const LF = 0x0a;

/** The bytes of a text with LF at each line's end. The report has the other ends of the text. */
export async function* lineFeeds(
  { name, bytes }: TextInput,
  { lineEnds, bytes: everyByte }: ReadingRules,
  context: ReadingContext,
): AsyncGenerator<Uint8Array> {
  const { search = scalarSearch } = context;
  if (everyByte) return yield* bytes;
  const found = { crlf: 0, cr: 0 };
  let afterCr = false; // the last piece ended in CR
  for await (const piece of bytes) {
    if (piece.length === 0) continue;
    const joins = afterCr && piece[0] === LF; // the CR was counted, and passed on as LF
    if (joins) {
      found.crlf += 1;
      found.cr -= 1;
    }
    afterCr = piece[piece.length - 1] === CR;
    const rest = joins && lineEnds === "lf" ? piece.subarray(1) : piece;
    const first = search.indexOf(rest, CR);
    const changed = first < 0 ? rest : withLineFeeds(rest, first, found);
    yield lineEnds === "lf" ? changed : piece;
  }
  if (found.crlf + found.cr > 0) report(context, name, "lineEnds", { ...found, kept: lineEnds === "keep" });
}

/** The same bytes with LF for each CR LF and CR; `first` is the index of the first CR. */
function withLineFeeds(bytes: Uint8Array, first: number, found: { crlf: number; cr: number }): Uint8Array {
  const out = new Uint8Array(bytes.length);
  out.set(bytes.subarray(0, first));
  let used = first;
  for (let i = first; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte !== CR) out[used++] = byte;
    else if (bytes[i + 1] === LF)
      found.crlf += 1; // the LF comes next
    else {
      found.cr += 1;
      out[used++] = LF;
    }
  }
  return out.subarray(0, used);
}
