// The prompt of a command: words on the command line, a file, or standard input.

import { textError, usageError } from "../base/errors.js";
import type { Session } from "../generation/session.js";
import { readWhole } from "../node/files/inputs.js";
import { listed, missingTokens, tokenize, type UnknownRule } from "../text/encoding/field.js";
import type { Vocab } from "../text/encoding/vocab.js";
import { tell } from "./show/terminal.js";

export interface Prompt {
  readonly text: string;
  /** Its bytes, if it came from a file and the model reads bytes. They may be no UTF-8. */
  readonly bytes: Int32Array | undefined;
}

/**
 * The prompt that `--prompt` or `--prompt-file` names. The last line end of a file is left out. `anyBytes`: the model
 * reads bytes, so that the file need not be UTF-8.
 */
export async function readPrompt(options: Readonly<Record<string, unknown>>, anyBytes: boolean): Promise<Prompt> {
  const { prompt = "", promptFile } = options as { prompt?: string; promptFile?: string };
  if (promptFile === undefined && prompt !== "-") return { text: prompt, bytes: undefined };
  if (promptFile !== undefined && options.prompt !== undefined) {
    throw usageError("--prompt and --prompt-file both give a prompt.", "Leave one of them out.");
  }
  const path = promptFile ?? "-";
  const all = await readWhole(path, "Name a file that holds the prompt.");
  const bytes = all.subarray(0, all.length - lineEndLength(all));
  if (anyBytes) return { text: new TextDecoder().decode(bytes), bytes: Int32Array.from(bytes) };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), bytes: undefined };
  } catch {
    throw textError(`The prompt in ${path === "-" ? "standard input" : path} is not UTF-8.`, "Save it as UTF-8.");
  }
}

/** Length of the line end that closes a text: "\n", "\r\n" or none. */
function lineEndLength(bytes: Uint8Array): number {
  if (bytes.at(-1) !== 0x0a) return 0;
  return bytes.at(-2) === 0x0d ? 2 : 1;
}

/** Lets a session read a prompt. */
export function feedPrompt(session: Session, { text, bytes }: Prompt, unknown: UnknownRule): void {
  const { field, vocab } = session.text;
  if (bytes === undefined) {
    session.feed(text, unknown);
    if (unknown === "skip") noticeSkipped(tokenize(field, field.unit === "word" ? text.trimEnd() : text), vocab);
    return;
  }
  const { endId } = vocab;
  if (bytes.length > 0 && endId !== undefined) session.feedIds(Int32Array.of(endId));
  session.feedIds(bytes);
}

/** Tells which tokens of a prompt were left out. */
function noticeSkipped(tokens: readonly string[], vocab: Vocab): void {
  const missing = missingTokens(vocab, tokens);
  if (missing.size === 0) return;
  const all = tokens.every((token) => missing.has(token));
  const rest = all ? "nothing of the prompt is left, and the text begins as without one" : "the rest is read";
  tell(`--unknown skip leaves out ${listed(missing)}; ${rest}.`);
}

/** The prompt as it is printed: as text, or `binary`, a character a byte. */
export function promptAs({ text, bytes }: Prompt, binary: boolean): string {
  if (!binary) return text;
  return Buffer.from(bytes ?? new TextEncoder().encode(text)).toString("latin1");
}
