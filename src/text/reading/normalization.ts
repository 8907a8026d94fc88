// Normalization: characters that have several spellings get one, Unicode's composed form NFC. A text is cut into runs,
// each a character with those after it that may join it (marks, parts of Korean syllables), and each run is normalized
// by itself; so it does not matter where the pieces of a text end. A run has at most 1,024 characters. A newline is a
// run of its own: it joins nothing, and a line that is complete need not wait for the next.

import { joinBytes } from "../../base/bytes.js";
import { report } from "./facts.js";
import type { ReadingContext, ReadingRules } from "./rules.js";
import { type TextInput, wholeLength } from "./utf8.js";

/** Characters that may join the one before them: marks, vowels and finals of Korean, vowel signs of Kirat Rai. */
const JOINER = "[\\p{M}\\u1160-\\u11ff\\u{16d63}\\u{16d67}-\\u{16d6a}]";
const LONGEST = 1024;
const joiner = new RegExp(JOINER, "u");
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
  const { search } = context;
  if (everyByte || normalize === "none") return yield* bytes;
  let held: Uint8Array = new Uint8Array(0); // the last run, which the next piece may continue
  let changed = false;
  const compose = (piece: Uint8Array): Uint8Array => {
    if (search?.isAscii(piece) || isComposed(piece)) return piece;
    const text = decoded(piece);
    const better = text === undefined ? text : composed(text);
    if (better === text) return piece; // an ill-formed text too: its reader says where
    changed = true;
    return new TextEncoder().encode(better);
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

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Where the last run begins. */
function lastRun(bytes: Uint8Array): number {
  let at = wholeLength(bytes);
  for (let back = 0; back < LONGEST && at > 0; back++) {
    do at -= 1;
    while (at > 0 && (bytes[at]! & 0xc0) === 0x80);
    if (kindAt(bytes, at) !== JOINS) return bytes[at] === 0x0a ? at + 1 : at;
  }
  if (at === 0) return 0;
  const text = decoded(bytes.subarray(0, wholeLength(bytes)));
  if (text === undefined) return at; // ill-formed
  const last = text.match(runs)?.at(-1) ?? "";
  return wholeLength(bytes) - new TextEncoder().encode(last).length;
}

/** Kinds of characters: one that stays as it is after any other, one that is respelled, one that joins. */
const [STAYS, RESPELLED, JOINS] = [1, 2, 3];
const FIRST = 0x300; // no character before it is of another kind than STAYS
let kinds: Uint8Array | undefined; // code point → kind, 0 where it is not known yet

/** The kind of the character that begins at `at`. Ill-formed bytes have any kind. */
function kindAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0xcc) return STAYS;
  const tail = (i: number) => (bytes[at + i] ?? 0) & 0x3f;
  const point =
    lead < 0xe0
      ? ((lead & 0x1f) << 6) | tail(1)
      : lead < 0xf0
        ? ((lead & 0x0f) << 12) | (tail(1) << 6) | tail(2)
        : ((lead & 0x07) << 18) | (tail(1) << 12) | (tail(2) << 6) | tail(3);
  if (point < FIRST || point > 0x10ffff) return STAYS;
  kinds ??= new Uint8Array(0x110000);
  const known = kinds[point]!;
  if (known > 0) return known;
  const character = String.fromCodePoint(point);
  const kind = joiner.test(character) ? JOINS : character.normalize("NFC") === character ? STAYS : RESPELLED;
  kinds[point] = kind;
  return kind!;
}

/** Whether each character stays as it is: quickly seen, and true of most texts. */
function isComposed(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! >= 0xcc && kindAt(bytes, i) !== STAYS) return false;
  }
  return true;
}
