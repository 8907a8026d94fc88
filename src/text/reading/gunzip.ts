// Unpacks a text that is compressed by gzip, as the platform can.

import { textError } from "../../base/errors.js";
import { report } from "./facts.js";
import { peek } from "./peek.js";
import type { ReadingContext, ReadingRules } from "./rules.js";
import type { TextInput } from "./utf8.js";

/** Whether bytes begin as those of gzip do. */
export function isGzip([a, b, c]: Uint8Array): boolean {
  return a === 0x1f && b === 0x8b && c === 0x08;
}

/** The bytes of a text, unpacked if they are gzip's. */
export async function* gunzip(
  { name, bytes, decoded }: TextInput,
  _rules: ReadingRules,
  context: ReadingContext,
): AsyncGenerator<Uint8Array> {
  if (decoded) {
    yield* bytes;
    return;
  }
  const { gunzip: unpack } = context;
  const peeked = await peek(bytes);
  try {
    if (!isGzip(peeked.head)) yield* peeked.bytes;
    else if (unpack === undefined) {
      throw textError(`${name} is compressed by gzip.`, "Unpack it first: gunzip -k");
    } else {
      report(context, name, "gzip", true);
      yield* unpack(peeked.bytes, name);
    }
  } finally {
    await peeked.close();
  }
}
