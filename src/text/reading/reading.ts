// The stages that turn the bytes of a source into the text as read, which is UTF-8. A run's record, its tokens and
// every score are of the text as read. Each stage is a stream of pieces; where the pieces end changes nothing.

import { joinBytes } from "../../base/bytes.js";
import type { ByteStream } from "../../base/ports.js";
import { column } from "./columns.js";
import { counted } from "./counting.js";
import { decode } from "./decode.js";
import { withLikelyEncoding } from "./encodings.js";
import { gunzip } from "./gunzip.js";
import { lineFeeds } from "./line-ends.js";
import { dropMarks } from "./marks.js";
import { composed, normalized } from "./normalization.js";
import { newOriginal } from "./original.js";
import type { ReadingContext, ReadingRules, Stage } from "./rules.js";
import { checkUtf8, type TextInput } from "./utf8.js";

/** The stages in order. Line ends and normalization come last. */
const stages: readonly Stage[] = [gunzip, decode, dropMarks, column, counted, lineFeeds, normalized];

/** Texts as they are read: the same inputs, whose bytes pass through the stages. */
export function readAs(
  inputs: readonly TextInput[],
  rules: ReadingRules,
  context: ReadingContext = {},
): readonly TextInput[] {
  const raw = rules.bytes && rules.encoding === "auto" && rules.column === undefined;
  const asked = raw ? [gunzip] : stages;
  return inputs.map((input) => {
    const original = context.original ?? newOriginal();
    const about = { ...context, original };
    const bytes = watched(input.bytes, context);
    return {
      ...input,
      ...(!raw && { original }),
      ...(context.report && { report: context.report }),
      bytes: asked.reduce((bytes, stage) => stage({ ...input, bytes }, rules, about), bytes),
    };
  });
}

/** The same bytes; the report and the progress count them as they are read. */
function watched(bytes: ByteStream, { report, progress }: ReadingContext): ByteStream {
  if (report === undefined && progress === undefined) return bytes;
  return (async function* () {
    report?.file();
    for await (const piece of bytes) {
      report?.bytes(piece.length);
      yield piece;
      progress?.(piece.length);
    }
  })();
}

/** All bytes of texts as they are read, in memory. Throws a text error for bytes that are not UTF-8. */
export async function wholeAsRead(
  inputs: readonly TextInput[],
  rules: ReadingRules,
  context: ReadingContext = {},
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (const input of readAs(inputs, rules, context)) {
    for await (const piece of input.bytes) pieces.push(piece.slice());
  }
  const bytes = joinBytes(pieces);
  if (rules.bytes) return bytes;
  try {
    checkUtf8(bytes, inputs.length === 1 ? inputs[0]!.name : "The text");
  } catch (error) {
    throw await withLikelyEncoding(error, bytes);
  }
  return bytes;
}

/** The same for a string. */
export function textAsRead(
  text: string,
  { bytes, lineEnds, normalize }: Pick<ReadingRules, "bytes" | "lineEnds" | "normalize">,
): string {
  if (bytes) return text;
  const lines = lineEnds === "lf" ? text.replace(/\r\n?/g, "\n") : text;
  return normalize === "nfc" ? composed(lines) : lines;
}
