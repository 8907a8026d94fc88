// Helpers for tests of texts: inputs in memory, in pieces of a given size.

import { readFileSync } from "node:fs";
import { LonghandError } from "../../src/base/errors.js";
import type { TextInput } from "../../src/text/reading/utf8.js";
import type { TokenSource } from "../../src/text/storage/tokens.js";

export const nietzsche: Uint8Array = readFileSync(new URL("../../data/nietzsche.txt", import.meta.url));

export function input(content: string | Uint8Array, name = "my.txt", piece = Infinity): TextInput {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const odd = new Uint8Array(1 + bytes.length).subarray(1); // an odd byte offset, as data that was read may have
  odd.set(bytes);
  const all: Uint8Array[] = [];
  for (let at = 0; at < odd.length; at += piece) all.push(odd.subarray(at, at + piece));
  return { name, bytes: all };
}

/** All ids of a source in memory. */
export function idsOf(source: TokenSource | undefined): Int32Array {
  return source === undefined ? new Int32Array(0) : (source.read(0, source.length) as Int32Array);
}

/** A sequence in pieces whose lengths `next` gives. */
export function pieces<T extends string | Uint8Array>(whole: T, next: () => number): T[] {
  const all: T[] = [];
  for (let at = 0; at < whole.length; ) {
    const end = at + next();
    all.push(whole.slice(at, end) as T);
    at = end;
  }
  return all;
}

/** The message of what `act` throws or rejects with. */
export async function messageOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    const hint = error instanceof LonghandError && error.hint !== undefined ? `\n${error.hint}` : "";
    return error instanceof Error ? `${error.name}: ${error.message}${hint}` : String(error);
  }
  return "nothing was thrown";
}

/** Counts of the tokens. */
export function countTokens(tokens: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}
