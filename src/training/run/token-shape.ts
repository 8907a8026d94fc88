// The shape of a token file's contents. A right digest proves that a file is complete, not that its numbers make sense:
// everything is checked before it is used.

import { fileError } from "../../base/errors.js";
import type { TensorPlace } from "../../checkpoint/safetensors.js";
import type { CorpusData, CorpusPart } from "../../text/encoding/corpus.js";
import type { Ids } from "../../text/storage/tokens.js";
import { HEADER, type Segment } from "./token-segments.js";

/** What a token file records besides numbers. */
export interface TokenFileAbout {
  readonly key: string;
  readonly train: CorpusPart;
  readonly valid: CorpusPart | undefined;
  readonly documents: number;
}

const wrong = (what: string) => fileError(`The token file ${what}.`, "It is made again from the text.");

/** JSON in a tensor; undefined where it is none. */
export function parseTensor(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** The tensor `name`, of a type that the file has for it. */
export function placeOf(places: readonly TensorPlace[], name: string, dtype: string): TensorPlace {
  const place = places.find((each) => each.name === name);
  if (place?.dtype !== dtype) throw wrong(`has no tensor ${name} of ${dtype}`);
  return place;
}

/** The segments in order, from the end of the header on; none wider than the next. */
export function checkSegments(segments: readonly Segment[], places: readonly TensorPlace[]): void {
  const rows = places.filter(({ name }) => name.startsWith("tokens."));
  const ordered = rows.every(({ name }, i) => name === `tokens.${i}`);
  const widening = segments.every(({ width }, i) => width <= 4 && width >= (segments[i - 1]?.width ?? 1));
  if (rows.length > 0 && ordered && widening && rows[0]!.begin === HEADER) return;
  throw wrong("has segments that do not follow each other");
}

/** The record of a file of `length` numbers. */
export function checkAbout(value: unknown, length: number): TokenFileAbout {
  const { key, train, valid, documents } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof key !== "string" || !isCount(documents)) throw wrong("has no record of its text");
  if (!isPart(train, length) || !(valid === undefined || isPart(valid, length))) {
    throw wrong("has a training or validation part that is not in it");
  }
  return { key, train, valid, documents };
}

/** The token of each number. */
export function checkTable(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((token) => typeof token === "string")) throw wrong("has no list of tokens");
  return value;
}

/** Ranges that hold each of `length` numbers once. */
export function checkOrder(order: Float64Array, length: number): Float64Array {
  const ranges = Array.from({ length: order.length / 2 }, (_, i) => [order[2 * i]!, order[2 * i + 1]!] as const);
  let at = 0;
  for (const [from, to] of ranges.sort(([a], [b]) => a - b)) {
    if (from !== at || !(to > from)) throw wrong("has an order that is none of its numbers");
    at = to;
  }
  if (order.length % 2 !== 0 || at !== length) throw wrong("has an order that is none of its numbers");
  return order;
}

/** Ids and counts of a vocabulary, and an id for each token. */
export function checkIds({ vocab, tokens, ids, counts }: CorpusData): void {
  if (ids.length !== tokens.length) throw wrong("has not as many ids as tokens");
  if (counts.length !== vocab.size || !counts.every(isCount)) throw wrong("has counts that do not fit its vocabulary");
  if (ids.length === 0 || !ids.every((id) => id >= 0 && id < vocab.size)) {
    throw wrong("has ids outside its vocabulary");
  }
}

/** Numbers below `limit`, the length of `ids`. */
export function checkNumbers(numbers: Ids, limit: number): Ids {
  if (numbers instanceof Uint8Array && limit >= 256) return numbers; // every byte is one
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    if (number >= limit || number < 0) throw wrong(`has the number ${number}, and no token has it`);
  }
  return numbers;
}

function isPart(value: unknown, length: number): value is CorpusPart {
  if (typeof value !== "object" || value === null || !Object.values(value).every(isSize)) return false;
  const { from, to } = value as Record<string, number>;
  if (!isCount(from) || !isCount(to) || from > to || to > length) return false;
  return Object.keys(sizes).every((name) => name in value);
}

/** Sizes of a part; the compiler asks for all of them. */
const sizes = {
  characters: true,
  bytes: true,
  unknown: true,
  firstCharacters: true,
  firstBytes: true,
  spelling: true,
  firstSpelling: true,
  tokenBytes: true,
} as const satisfies Record<Exclude<keyof CorpusPart, "from" | "to">, true>;

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
