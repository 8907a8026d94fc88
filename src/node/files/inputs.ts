// Texts named by paths: files, folders and standard input. text/ decides which bytes are text.

import { open, readFile, realpath } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { type LonghandError, usageError } from "../../base/errors.js";
import { errorCode } from "../../base/ports.js";
import { ioError } from "../../checkpoint/io-error.js";
import { noTextError } from "../../text/encoding/corpus.js";
import { readAs } from "../../text/reading/reading.js";
import type { ReadingRules } from "../../text/reading/rules.js";
import { looksBinary, type Notice, type TextInput } from "../../text/reading/utf8.js";
import { nodeFileSystem } from "../system/filesystem.js";

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

/** A text as it is named: a path, `-` for standard input, or a source. */
export type NamedSource = string | Source;

/**
 * The texts that `paths` name. A folder stands for its text files, recursively, in byte order of their paths; `-` is
 * standard input. A file in a folder is skipped with a notice if its first 64 KiB hold a NUL.
 */
export async function findSources(
  paths: readonly NamedSource[],
  notice: Notice,
  given: (source: GivenSource) => Promise<Source> = async (source) => source,
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
    if (found.kind === "folder") sources.push(...(await filesOf(path, notice)));
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
export function asRead(sources: readonly Source[], rules: ReadingRules, notice?: Notice): readonly TextInput[] {
  return readAs(sources.map(toInput), rules, { notice });
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
  if (found.kind === "folder") throw usageError(`${path} is a folder; this command reads one file.`, next);
  return readFile(path).catch((error) => readFailure(path, error));
}

/** The name a run takes from its text: `books/my.txt` → my. */
export function textName(paths: readonly NamedSource[]): string {
  const [first = ""] = paths;
  if (typeof first !== "string") return "text";
  if (first === STANDARD_INPUT) return "stdin";
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

/** All text files under a folder. A folder that was entered before (by a circular link) is skipped. */
async function filesOf(folder: string, notice: Notice): Promise<Source[]> {
  const paths: string[] = [];
  const entered = new Set<string>();
  const walk = async (inside: string): Promise<void> => {
    const real = await realpath(inside);
    if (entered.has(real)) return;
    entered.add(real);
    for (const { name, kind } of await nodeFileSystem().list(inside)) {
      if (kind === "folder") await walk(join(inside, name));
      else if (kind === "file") paths.push(join(inside, name));
    }
  };
  await walk(folder).catch((error) => readFailure(folder, error));
  const texts: Source[] = [];
  for (const path of paths.sort(byPathBytes(folder))) {
    if (looksBinary(await head(path))) notice(`${path} was skipped: it is not a text (it holds a NUL byte).`);
    else texts.push({ kind: "file", path });
  }
  if (texts.length === 0) throw noTextError(folder);
  return texts;
}

function byPathBytes(folder: string): (a: string, b: string) => number {
  const key = (path: string) => Buffer.from(relative(folder, path).split(sep).join("/"));
  return (a, b) => Buffer.compare(key(a), key(b));
}

async function head(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(65536), 0, 65536, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    return readFailure(path, error);
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
  const code = errorCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") throw nothingAt(path);
  throw ioError("read", path, error);
}

function nothingAt(path: string, next = "Name a text file, a folder of them, or - for standard input."): LonghandError {
  return usageError(`There is nothing at ${path === "" ? '""' : path}.`, next);
}
