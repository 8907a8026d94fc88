// Texts named by paths: files, folders and standard input. text/ decides which bytes are text.

import { open, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { LonghandError, shortened, usageError } from "../../base/errors.js";
import { errorCode } from "../../base/ports.js";
import { ioError } from "../../checkpoint/io-error.js";
import { readAs } from "../../text/reading/reading.js";
import type { SkippedEntries } from "../../text/reading/report.js";
import type { ReadingContext, ReadingRules } from "../../text/reading/rules.js";
import type { Notice, TextInput } from "../../text/reading/utf8.js";
import { nodeFileSystem } from "../system/filesystem.js";
import { nodeSearch } from "../system/search.js";
import { type FileChoice, textsIn } from "./folders.js";
import { gunzip } from "./gunzip.js";
import { isPipe, refuseDevice } from "./kinds.js";

export const STANDARD_INPUT = "-";
const STDIN_NAME = "standard input";

/**
 * A text to be read: a file; bytes or a stream, with a name for messages; or the copy of those in a run's folder, with
 * its name there.
 */
export type Source =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "given"; readonly name: string; readonly bytes: Uint8Array | AsyncIterable<Uint8Array> }
  | { readonly kind: "kept"; readonly name: string; readonly path: string; readonly as: string };

/** How texts are found. */
export interface SourceOptions extends FileChoice {
  /** Receives what was skipped in folders; without it a notice tells. */
  readonly skipped?: ((entries: SkippedEntries) => void) | undefined;
  /** What becomes of a text that is no file: it can be read once. */
  readonly given?: (source: GivenSource) => Promise<Source>;
}

/** A text as it is named: a path, `-` for standard input, or a source. */
export type NamedSource = string | Source;

/**
 * The texts that `paths` name. A folder stands for its texts, recursively (folders.ts); `-` is standard input, and a
 * pipe is read as standard input is. Throws a usage error for a device, which may never end.
 */
export async function findSources(
  paths: readonly NamedSource[],
  notice: Notice,
  { given = async (source) => source, skipped, ...choice }: SourceOptions = {},
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    if (typeof path !== "string" || path === STANDARD_INPUT) {
      const source = typeof path === "string" ? standardInput() : path;
      sources.push(source.kind === "given" ? await given(source) : source);
      continue;
    }
    const found = await nodeFileSystem()
      .stat(path)
      .catch((error) => readFailure(path, error));
    if (found === undefined) throw nothingAt(path);
    await refuseDevice(path, "Name a text file, a folder of them, or - for standard input.");
    if (found.kind === "folder") {
      const paths = await textsIn(path, choice, notice, skipped).catch((error) => readFailure(path, error));
      sources.push(...paths.map((path): Source => ({ kind: "file", path })));
    } else if (await isPipe(path)) sources.push(await given({ kind: "given", name: path, bytes: fileBytes(path) }));
    else sources.push({ kind: "file", path });
  }
  return sources;
}

/** A source as a text; its bytes are read when they are needed. */
export function toInput(source: Source): TextInput {
  switch (source.kind) {
    case "file":
      return { name: source.path, bytes: fileBytes(source.path) };
    case "given":
      return { name: source.name, bytes: source.bytes instanceof Uint8Array ? [source.bytes] : source.bytes };
    case "kept":
      return { name: source.name, bytes: fileBytes(source.path) };
    default:
      return source satisfies never;
  }
}

/** Sources as texts, read by the rules of a field. */
export function asRead(
  sources: readonly Source[],
  rules: ReadingRules,
  notice?: Notice,
  more: Pick<ReadingContext, "report" | "progress"> = {},
): readonly TextInput[] {
  return readAs(sources.map(toInput), rules, { ...more, notice, gunzip, search: nodeSearch });
}

/** Reads one whole file. `next` is the hint where there is none. Throws a usage error for a folder. */
export async function readWhole(
  path: string,
  next = "Name a text file, or - for standard input.",
): Promise<Uint8Array> {
  if (path === STANDARD_INPUT) return wholeSource(standardInput());
  const found = await nodeFileSystem()
    .stat(path)
    .catch((error) => readFailure(path, error));
  if (found === undefined) throw nothingAt(path, next);
  await refuseDevice(path, next);
  if (found.kind === "folder") throw usageError(`${path} is a folder; this command reads one file.`, next);
  return readFile(path).catch((error) => readFailure(path, error));
}

/** The name a run takes from its text: `books/my.txt` → my. */
export function textName(paths: readonly NamedSource[]): string {
  const [first = ""] = paths;
  if (typeof first !== "string") return "text";
  if (first === STANDARD_INPUT || first.startsWith("/dev/")) return "stdin";
  const name = basename(first).replace(/(.)\.[^.]*$/, "$1");
  return name === "" || name === "." || name === ".." ? "text" : name;
}

/** The bytes of a file, or of a named pipe. A piece is valid until the next is requested. */
async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const piece = new Uint8Array(1 << 20);
      for (;;) {
        const { bytesRead } = await file.read(piece, 0, piece.length, null);
        if (bytesRead === 0) return;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    readFailure(path, error);
  }
}

type GivenSource = Extract<Source, { kind: "given" }>;

function standardInput(): GivenSource {
  return { kind: "given", name: STDIN_NAME, bytes: process.stdin };
}

/** All bytes of a source. */
export async function wholeSource(source: Source): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of toInput(source).bytes) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

function readFailure(path: string, error: unknown): never {
  if (error instanceof LonghandError) throw error;
  const code = errorCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") throw nothingAt(path);
  throw ioError("read", path, error);
}

function nothingAt(path: string, next = "Name a text file, a folder of them, or - for standard input."): LonghandError {
  return usageError(`There is nothing at ${path === "" ? '""' : shortened(path)}.`, next);
}
