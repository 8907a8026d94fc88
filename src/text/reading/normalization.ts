// Normalization: characters that have several spellings get one, Unicode's composed form NFC. A text is cut into runs,
// each a character with those after it that may join it (marks, parts of Korean syllables), and each run is normalized
// by itself; so it does not matter where the pieces of a text end. A run has at most 1,024 characters. A newline is a
// run of its own: it joins nothing, and a line that is complete need not wait for the next.

import { joinBytes } from "../../base/bytes.js";
import { firstDoubtful, JOINER, lastRunStart, runEnd, runStart } from "./composed-check.js";
import { report } from "./facts.js";
import type { ByteSearch, ReadingContext, ReadingRules } from "./rules.js";
import { scalarSearch } from "./search.js";
import { type TextInput, wholeLength } from "./utf8.js";

const LONGEST = 1024;
const LF = 0x0a;
const longRun = new RegExp(`${JOINER}{${LONGEST - 1}}`, "u");
const runs = new RegExp(`\\n|[^]${JOINER}{0,${LONGEST - 1}}`, "gu");

/** A text in NFC. */
export function composed(text: string): string {
  if (!longRun.test(text)) return text.normalize("NFC");
  return text.replace(runs, (run) => run.normalize("NFC"));
}

/** The bytes of a text in NFC. The report says whether something was changed. */
export async function* normalized(
  { name, bytes }: TextInput,
  { normalize, bytes: everyByte }: ReadingRules,
  context: ReadingContext,
): AsyncGenerator<Uint8Array> {
  const { search = scalarSearch } = context;
  if (everyByte || normalize === "none") return yield* bytes;
  let held: Uint8Array = new Uint8Array(0); // the last run, which the next piece may continue
  let changed = false;
  const compose = (piece: Uint8Array): Uint8Array => {
    const better = composedBytes(piece, search);
    changed ||= better !== piece;
    return better;
  };
  for await (const piece of bytes) {
    if (piece.length === 0) continue;
    let rest = piece;
    if (held.length > 0 && piece[0]! < 0x80) yield compose(held);
    else rest = joinBytes([held, piece]);
    const end = lastRun(rest);
    held = rest.slice(end);
    if (end > 0) yield compose(rest.subarray(0, end));
  }
  if (held.length > 0) yield compose(held);
  if (changed) report(context, name, "composed", true);
}

/** The same bytes, or a copy in NFC. Only what may change is decoded: runs, and what stands closely between them. */
function composedBytes(bytes: Uint8Array, search: ByteSearch): Uint8Array {
  const pieces: Uint8Array[] = [];
  let used = 0;
  for (let at = doubtful(bytes, 0, search); at < bytes.length; ) {
    const start = runStart(bytes, at);
    let end = at;
    do {
      end = runEnd(bytes, at);
      at = doubtful(bytes, end, search);
    } while (at < bytes.length && at - end < CLOSE);
    const text = decoded(bytes.subarray(start, end));
    const better = text === undefined ? text : composed(text);
    if (better === text) continue; // an ill-formed text too: its reader says where
    pieces.push(bytes.subarray(used, start), new TextEncoder().encode(better));
    used = end;
  }
  return used === 0 ? bytes : joinBytes([...pieces, bytes.subarray(used)]);
}
const CLOSE = 256;

/** As `firstDoubtful`: what is ASCII is skipped in blocks. */
function doubtful(bytes: Uint8Array, from: number, search: ByteSearch): number {
  for (let at = from; at < bytes.length; at += BLOCK) {
    const to = Math.min(bytes.length, at + BLOCK);
    if (search.isAscii(bytes.subarray(at, to))) continue;
    const found = firstDoubtful(bytes, at, to);
    if (found < to) return found;
  }
  return bytes.length;
}
const BLOCK = 8192;

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Where the last run begins. */
function lastRun(bytes: Uint8Array): number {
  const at = lastRunStart(bytes, LONGEST);
  if (at >= 0) return bytes[at] === LF ? at + 1 : at; // a line waits for nothing
  const text = decoded(bytes.subarray(0, wholeLength(bytes)));
  if (text === undefined) return wholeLength(bytes); // ill-formed
  const last = text.match(runs)?.at(-1) ?? "";
  return wholeLength(bytes) - new TextEncoder().encode(last).length;
}
