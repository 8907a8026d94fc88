// Drops byte order marks, U+FEFF, at the start of a text and of its lines: files that were joined have them there. A
// mark within a line stays. The report has their numbers.

import { report } from "./facts.js";
import type { ByteSearch, ReadingContext } from "./rules.js";
import { scalarSearch } from "./search.js";
import type { TextInput } from "./utf8.js";

const [A, B, C] = [0xef, 0xbb, 0xbf];
const LF = 0x0a;
const CR = 0x0d;

/** The bytes of a text without the marks. */
export async function* dropMarks(
  { name, bytes }: TextInput,
  _rules: unknown,
  context: ReadingContext,
): AsyncGenerator<Uint8Array> {
  const marks = markDropper(context.search ?? scalarSearch);
  for await (const piece of bytes) yield* marks.push(piece);
  yield* marks.end();
  const { first, lines, within } = marks;
  if (first || lines + within > 0) report(context, name, "marks", { first, lines, within });
}

/** In some scripts many characters begin with the byte of a mark: so many bytes are looked at without a search. */
const NEAR = 64;

function markDropper(search: ByteSearch) {
  const found = { first: false, lines: 0, within: 0 };
  let last = -1; // the byte before; −1 at the start
  /** The next byte that a mark begins with. */
  const next = (bytes: Uint8Array, from: number): number => {
    const near = Math.min(bytes.length, from + NEAR);
    for (let at = from; at < near; at++) if (bytes[at] === A) return at;
    const at = search.indexOf(bytes.subarray(near), A!);
    return at < 0 ? -1 : near + at;
  };
  let held: Uint8Array = new Uint8Array(0); // the beginning of what may be a mark
  return {
    get first() {
      return found.first;
    },
    get lines() {
      return found.lines;
    },
    get within() {
      return found.within;
    },
    *push(piece: Uint8Array): Generator<Uint8Array> {
      let bytes = piece;
      if (held.length > 0) {
        bytes = new Uint8Array(held.length + piece.length);
        bytes.set(held);
        bytes.set(piece, held.length);
        held = new Uint8Array(0);
      }
      let begin = 0; // of what is passed on next
      for (let at = next(bytes, 0); at >= 0; at = next(bytes, at + 1)) {
        const [b, c] = [bytes[at + 1], bytes[at + 2]];
        if (b === undefined || (b === B && c === undefined)) {
          held = bytes.slice(at);
          break;
        }
        if (b !== B || c !== C) continue;
        const before = at > begin ? bytes[at - 1]! : last;
        const start = before === -1 || before === LF || before === CR;
        if (!start) found.within += 1;
        else {
          if (before === -1 && !found.first) found.first = true;
          else found.lines += 1;
          if (at > begin) {
            last = bytes[at - 1]!;
            yield bytes.subarray(begin, at);
          }
          begin = at + 3;
        }
      }
      const end = bytes.length - held.length;
      if (end > begin) {
        last = bytes[end - 1]!;
        yield begin === 0 && end === piece.length && bytes === piece ? piece : bytes.subarray(begin, end);
      }
    },
    *end(): Generator<Uint8Array> {
      if (held.length > 0) yield held;
    },
  };
}
