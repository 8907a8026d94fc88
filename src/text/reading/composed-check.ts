// Quick check of NFC on UTF-8 bytes: finds the characters that normalization may change. Most marks change nothing:
// what matters is their order, and whether one joins the character before it (Unicode Standard Annex 15, 9). The
// kinds of characters are asked of the platform, each once.

import { wholeLength } from "./utf8.js";

/** Characters that may join the one before them: marks, vowels and finals of Korean, vowel signs of Kirat Rai. */
export const JOINER = "[\\p{M}\\u1160-\\u11ff\\u{16d63}\\u{16d67}-\\u{16d6a}]";
const joiner = new RegExp(JOINER, "u");

/** Bits of a kind. Without the last three a character stays as it is, whatever stands before it. */
const KNOWN = 1;
/** It belongs to the run of the character before it. */
const JOINS = 2;
/** It stays where the marks before it are in order. */
const ORDERED = 4;
/** It may be composed with a character before it. */
const COMPOSES = 8;
/** Its composed form is another. */
const RESPELLED = 16;
const FIRST = 0x300; // characters before it stay
const LAST = 0x10ffff;
const FIRST_LEAD = 0xcc; // the byte that U+0300 begins with
const kinds = new Uint8Array(0x200000); // code point → kind, 0 where it is not known yet

/** The kind of the character that begins at `at`. Ill-formed bytes have any kind. */
function kindAt(bytes: Uint8Array, at: number): number {
  if (bytes[at]! < FIRST_LEAD) return KNOWN;
  const point = pointAt(bytes, at);
  return kinds[point]! || kindOf(point);
}

function pointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0xc0) return lead;
  const second = bytes[at + 1]! & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = bytes[at + 2]! & 0x3f;
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third;
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f);
}

function kindOf(point: number): number {
  const kind = point < FIRST || point > LAST ? KNOWN : foundKind(point);
  kinds[point] = kind;
  return kind;
}

function foundKind(point: number): number {
  const character = String.fromCodePoint(point);
  const joins = joiner.test(character) ? KNOWN | JOINS : KNOWN;
  if (!stays(character)) return joins | RESPELLED;
  if (joins === KNOWN) return joins;
  return joins | (mayCompose(point, character) ? COMPOSES : 0) | (isOrdered(character) ? ORDERED : 0);
}

const stays = (text: string) => text.normalize("NFC") === text;

/** Marks that compose with letters of any block: of Latin, Greek, Cyrillic and Kana; and parts of Korean syllables. */
const ANYWHERE = /[\u0300-\u036f\u1160-\u11ff\u3099\u309a]/u;

/** Whether it joins some character; other marks compose only with characters of their own block. */
function mayCompose(point: number, character: string): boolean {
  if (ANYWHERE.test(character)) return true;
  const block = point & ~0x7f;
  for (let other = block; other < block + 0x80; other++) {
    const pair = String.fromCodePoint(other) + character;
    if (pair.normalize("NFC").length < pair.length && stays(String.fromCodePoint(other))) return true;
  }
  return false;
}

/** Whether it has a place in the order of marks (its combining class is not 0): then it changes place with others. */
function isOrdered(character: string): boolean {
  const [low, high] = ["\u0334", "\u0345"]; // of the classes 1 and 240
  const moves = (text: string) => text.normalize("NFD") !== text;
  return moves(character + low) || moves(high + character);
}

/** Whether two characters that stay by themselves stay beside each other. */
function pairStays(first: number, second: number): boolean {
  const key = first * 0x200000 + second;
  let known = pairs.get(key);
  if (known === undefined) {
    if (pairs.size >= MOST_PAIRS) pairs.clear();
    known = stays(String.fromCodePoint(first, second));
    pairs.set(key, known);
  }
  return known;
}
const pairs = new Map<number, boolean>();
const MOST_PAIRS = 65536;

/** Where the character before `at` begins. */
function before(bytes: Uint8Array, at: number): number {
  let i = at - 1;
  while (i > 0 && (bytes[i]! & 0xc0) === 0x80) i--;
  return i;
}

/** Whether the character at `at`, of a kind, stays after the one before it. */
function staysAt(bytes: Uint8Array, at: number, kind: number): boolean {
  if (kind & RESPELLED || at === 0) return false;
  const last = before(bytes, at);
  const lastKind = kindAt(bytes, last);
  const free = (lastKind & (ORDERED | COMPOSES | RESPELLED)) === 0;
  if (kind & COMPOSES ? !free : free) return !(kind & COMPOSES);
  const point = pointAt(bytes, last);
  return point <= LAST && pairStays(point, pointAt(bytes, at));
}

/** Index of the first character in [from, to) that normalization may change; `to` where there is none. */
export function firstDoubtful(bytes: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to) {
    const lead = bytes[i]!;
    if (lead < FIRST_LEAD) {
      i += lead < 0xc0 ? 1 : 2;
      while (i + 4 <= to && ((bytes[i]! | bytes[i + 1]! | bytes[i + 2]! | bytes[i + 3]!) & 0x80) === 0) i += 4;
      continue;
    }
    const point = pointAt(bytes, i);
    const kind = kinds[point]! || kindOf(point);
    if (kind & (ORDERED | COMPOSES | RESPELLED) && !staysAt(bytes, i, kind)) return i;
    i += lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }
  return to;
}

/** Where the run of the character at `at` begins. */
export function runStart(bytes: Uint8Array, at: number): number {
  let i = at;
  while (i > 0 && kindAt(bytes, i) & JOINS) i = before(bytes, i);
  return i;
}

/** Where it ends. */
export function runEnd(bytes: Uint8Array, at: number): number {
  let i = at;
  do {
    i += 1;
    while (i < bytes.length && (bytes[i]! & 0xc0) === 0x80) i++;
  } while (i < bytes.length && kindAt(bytes, i) & JOINS);
  return i;
}

/** Where the last run begins, or −1 if that is more than `most` characters back. */
export function lastRunStart(bytes: Uint8Array, most: number): number {
  let at = wholeLength(bytes);
  for (let back = 0; back < most && at > 0; back++) {
    at = before(bytes, at);
    if (!(kindAt(bytes, at) & JOINS)) return at;
  }
  return at === 0 ? 0 : -1;
}
