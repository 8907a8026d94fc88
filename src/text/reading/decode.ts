// Decodes a text to UTF-8, and refuses a file that is no text. UTF-8 passes as it is; the encoder checks it.

import { textError } from "../../base/errors.js";
import { markedEncoding, unmarkedUtf16 } from "./encodings.js";
import { report } from "./facts.js";
import { commandFor, type Format, formatOf } from "./formats.js";
import { type Peeked, peek } from "./peek.js";
import type { Facts } from "./report.js";
import type { ReadingContext, ReadingRules } from "./rules.js";
import { looksBinary, type TextInput } from "./utf8.js";

const BYTES = '`unit: "byte"` reads any bytes.';

/** The bytes of a text as UTF-8. */
export async function* decode(
  input: TextInput,
  rules: ReadingRules,
  context: ReadingContext,
): AsyncGenerator<Uint8Array> {
  if (input.decoded) {
    yield* input.bytes;
    return;
  }
  const peeked = await peek(input.bytes);
  try {
    const isGiven = rules.encoding !== "auto";
    const found = isGiven ? ({ name: rules.encoding, by: "setting" } as const) : find(peeked, input.name, context);
    report(context, input.name, "encoding", found);
    const encoding = found.name;
    yield* encoding === "utf-8" ? peeked.bytes : decoded(peeked.bytes, encoding, input.name);
  } finally {
    await peeked.close();
  }
}

/** The encoding of a text that begins so; throws for what is no text. */
function find({ head, whole }: Peeked, name: string, { notice = () => {} }: ReadingContext): Facts["encoding"] {
  const format = formatOf(head);
  if (format?.markup) notice(markupNotice(format, name));
  else if (format !== undefined) throw formatError(format, name);
  const marked = markedEncoding(head);
  if (marked !== undefined) return { name: marked, by: "mark" };
  if (!looksBinary(head)) return { name: "utf-8", by: "default" };
  const unmarked = unmarkedUtf16(head, whole);
  if (unmarked === undefined) {
    throw textError(
      `${name} is not a text: the byte at offset ${head.indexOf(0)} is a NUL.`,
      `Name a text file, or its encoding with \`encoding\`. ${BYTES}`,
    );
  }
  return { name: unmarked, by: "look" };
}

function markupNotice(format: Format, name: string): string {
  return `${name} looks like ${format.name}, and its markup is read too. Its text alone: ${commandFor(format, name)}`;
}

function formatError(format: Format, name: string) {
  return textError(
    `${name} is ${format.name}, not a plain text.`,
    `Take its text out first: ${commandFor(format, name)}`,
  );
}

async function* decoded(bytes: AsyncIterable<Uint8Array>, encoding: string, name: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const encoder = new TextEncoder();
  let at = 0;
  const next = (piece?: Uint8Array) => {
    try {
      return encoder.encode(piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true }));
    } catch {
      const place = piece === undefined ? "its end is cut off" : `between the bytes ${at} and ${at + piece.length}`;
      throw textError(
        `${name} is not valid ${encoding}: ${place}.`,
        `Name another \`encoding\`, or mend the file. ${BYTES}`,
      );
    }
  };
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length; from += PIECE) {
      const piece = chunk.subarray(from, from + PIECE);
      const text = next(piece);
      at += piece.length;
      if (text.length > 0) yield text;
    }
  }
  const rest = next();
  if (rest.length > 0) yield rest;
}
const PIECE = 65536;
