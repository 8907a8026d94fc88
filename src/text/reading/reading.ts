// The stages that turn the bytes of a source into the text as read, which is UTF-8. A run's record, its tokens and
// every score are of the text as read. Each stage is a stream of pieces; where the pieces end changes nothing.

import { joinBytes } from "../../base/bytes.js";
import { dropMark } from "./marks.js";
import type { ReadingContext, ReadingRules, Stage } from "./rules.js";
import type { TextInput } from "./utf8.js";

/** The stages in order. Line ends and normalization come last. */
const stages: readonly Stage[] = [dropMark];

/** Texts as they are read: the same inputs, whose bytes pass through the stages. */
export function readAs(
  inputs: readonly TextInput[],
  rules: ReadingRules,
  context: ReadingContext = {},
): readonly TextInput[] {
  if (rules.bytes) return inputs;
  return inputs.map(({ name, bytes }) => ({
    name,
    bytes: stages.reduce((read, stage) => stage({ name, bytes: read }, rules, context), bytes),
  }));
}

/** The same for a text in memory. */
export async function bytesAsRead(
  bytes: Uint8Array,
  name: string,
  rules: ReadingRules,
  context: ReadingContext = {},
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (const input of readAs([{ name, bytes: [bytes] }], rules, context)) {
    for await (const piece of input.bytes) pieces.push(piece.slice());
  }
  return joinBytes(pieces);
}
