// Surprisal of the lines of a text that comes line by line, such as a log that is being written: each line is scored as
// soon as it is complete, with the state carried from the line before.

import { joinBytes } from "../../base/bytes.js";
import type { ByteStream } from "../../base/ports.js";
import type { LanguageModel } from "../../model/language-model.js";
import type { State } from "../../model/layout/state.js";
import type { Field } from "../../text/encoding/field.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { Notice } from "../../text/reading/utf8.js";
import { type LineSurprisal, lineOf, tokenizeLines, tokenSurprisals } from "./surprisal.js";

/** Whether a field's lines can be scored one by one: no document is longer than a line. */
export function comesLineByLine({ documents }: Field): boolean {
  return documents === "none" || documents === "line";
}

/**
 * Scores the lines of a text as read. They are those of `surprisal`, but for tokens that would span two lines: here
 * each line has tokens of its own.
 */
export async function* lineSurprisals(
  model: LanguageModel,
  about: { readonly field: Field; readonly vocab: Vocab },
  bytes: ByteStream,
  name: string,
  notice: Notice = () => {},
): AsyncGenerator<LineSurprisal, void, void> {
  const { field, vocab } = about;
  let before = vocab.endId ?? vocab.newlineId;
  let state: State | undefined;
  let line = 0;
  for await (const each of linesOf(bytes)) {
    line += 1;
    const { tokens } = tokenizeLines(field, each, `${name}, line ${line}`, notice);
    if (tokens.length === 0) {
      yield lineOf(line, [], field);
      continue;
    }
    const { rows, evaluation } = await tokenSurprisals(model, about, tokens, before, state);
    yield lineOf(line, rows, field);
    if (vocab.endId !== undefined) continue; // each document begins anew
    state = evaluation.state;
    before = vocab.encode(tokens.slice(-1))[0];
  }
}

/** The lines of a text, each with its line end. */
async function* linesOf(bytes: ByteStream): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  for await (const piece of bytes) {
    let from = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, from)) {
      held.push(piece.subarray(from, end + 1));
      yield joinBytes(held);
      held = [];
      from = end + 1;
    }
    if (from < piece.length) held.push(piece.slice(from));
  }
  if (held.length > 0) yield joinBytes(held);
}
