// Finds the texts in a folder: all files at every depth but hidden ones, editors' copies and what is no text.

import { open, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { LonghandError } from "../../base/errors.js";
import { glob } from "../../libraries/picomatch.js";
import { noTextError } from "../../text/encoding/corpus.js";
import { likelyEncoding, markedEncoding, unmarkedUtf16 } from "../../text/reading/encodings.js";
import { formatOf } from "../../text/reading/formats.js";
import { isGzip } from "../../text/reading/gunzip.js";
import { describeSkipped, type SkippedEntries, type SkipReason } from "../../text/reading/report.js";
import type { ReadingRules } from "../../text/reading/rules.js";
import { firstIllFormed, looksBinary, type Notice, wholeLength } from "../../text/reading/utf8.js";
import { nodeFileSystem } from "../system/filesystem.js";

/** Which files of a folder are texts to read: lists of globs. One without a slash is compared with each name. */
export interface FileChoice {
  readonly include?: string | undefined;
  readonly exclude?: string | undefined;
  /** Texts are read as UTF-8, or UTF-16: a file in another encoding is skipped. */
  readonly unicode?: boolean;
}

/** Which files are texts to read, by the settings of a text. */
export function choiceOf(
  { include, exclude }: Pick<FileChoice, "include" | "exclude">,
  { bytes, encoding }: Pick<ReadingRules, "bytes" | "encoding">,
): FileChoice {
  return { include, exclude, unicode: !bytes && encoding === "auto" };
}

const COPIES = /(~|\.bak|\.orig|\.rej|\.sw[a-p])$|^#.*#$/;

/**
 * Paths of the texts under a folder, in byte order. `report` receives what was skipped; without it one notice tells. A
 * folder that was entered before (by a circular link) is skipped.
 */
export async function textsIn(
  folder: string,
  choice: FileChoice,
  notice: Notice,
  report?: (entries: SkippedEntries) => void,
): Promise<string[]> {
  const included = choice.include === undefined ? undefined : matcher(choice.include);
  const excluded = choice.exclude === undefined ? undefined : matcher(choice.exclude);
  const skipped: Partial<Record<SkipReason, number>> & { example?: string } = {};
  const skip = (reason: SkipReason) => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  };
  const paths: string[] = [];
  const entered = new Set<string>();
  const walk = async (inside: string): Promise<void> => {
    const real = await realpath(inside);
    if (entered.has(real)) return;
    entered.add(real);
    for (const { name, kind } of await nodeFileSystem().list(inside)) {
      const path = join(inside, name);
      const within = relative(folder, path).split(sep).join("/");
      const asked = kind === "file" && included?.(within) === true;
      if (name.startsWith(".") && !asked) skip("hidden");
      else if (excluded?.(within)) skip("excluded");
      else if (kind === "folder") await walk(path);
      else if (kind === "file" && included !== undefined && !asked) skip("excluded");
      else if (kind === "file" && COPIES.test(name) && !asked) skip("copies");
      else if (kind === "file") paths.push(path);
    }
  };
  await walk(folder);
  const key = (path: string) => Buffer.from(relative(folder, path).split(sep).join("/"));
  const texts: string[] = [];
  for (const path of paths.sort((a, b) => Buffer.compare(key(a), key(b)))) {
    const { head, whole } = await headOf(path);
    if (!isText(head, whole)) skip("binary");
    else if (choice.unicode && isEncoded(head)) {
      skipped.example ??= `${relative(folder, path)} ${await encodingHint(head)}`;
      skip("encoded");
    } else texts.push(path);
  }
  const counts = describeSkipped(skipped);
  if (texts.length === 0) throw nothingIn(folder, counts);
  if (report) report(skipped);
  else if (counts.length > 0) notice(`${folder}: ${files(texts.length)} read; skipped: ${counts.join(", ")}.`);
  return texts;
}

function files(count: number): string {
  return `${count} file${count === 1 ? " is" : "s are"}`;
}

function nothingIn(folder: string, counts: readonly string[]): LonghandError {
  return noTextError(counts.length === 0 ? folder : `${folder} (skipped: ${counts.join(", ")})`);
}

/** Whether a path, or a name in it, matches one of the globs. */
function matcher(globs: string): (path: string) => boolean {
  const tests = globs
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map((each) => {
      const test = glob(each.replace(/^\.\/|\/$/g, ""));
      if (each.includes("/")) return test;
      return (path: string) => path.split("/").some((name) => test(name));
    });
  return (path) => tests.some((test) => test(path));
}

/** By the first 64 KiB: gzip's, UTF-16, or what has no NUL and is no known format. */
function isText(head: Uint8Array, whole: boolean): boolean {
  if (isGzip(head)) return true;
  const format = formatOf(head);
  if (format !== undefined) return format.markup === true;
  return !looksBinary(head) || unmarkedUtf16(head, whole) !== undefined || markedEncoding(head) !== undefined;
}

/** Whether the first 64 KiB of a text are neither UTF-8 nor UTF-16. */
function isEncoded(head: Uint8Array): boolean {
  if (isGzip(head) || looksBinary(head) || markedEncoding(head) !== undefined) return false;
  return firstIllFormed(head.subarray(0, wholeLength(head))) >= 0;
}

async function encodingHint(head: Uint8Array): Promise<string> {
  const likely = await likelyEncoding(head);
  return likely === undefined ? "is not UTF-8: `encoding`" : `looks like ${likely}: \`encoding\``;
}

/** The first 64 KiB of a file. */
export async function headOf(path: string): Promise<{ head: Uint8Array; whole: boolean }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65536), 0, 65536, 0);
    return { head: buffer.subarray(0, bytesRead), whole: bytesRead < 65536 };
  } finally {
    await file.close();
  }
}
