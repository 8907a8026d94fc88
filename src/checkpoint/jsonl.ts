// Append-only log of JSON lines. A crash or a power failure can damage its end; reading ignores that end, and opening
// the log for writing removes it first. (A state is written as a whole instead: atomic-write.ts.)

import { fileError } from "../base/errors.js";
import { errorCode, type FileSystem } from "../base/ports.js";
import { writeAtomic, writeFully } from "./atomic-write.js";
import { ioError } from "./io-error.js";

export interface JsonLog {
  /**
   * Appends one line. Calls may overlap; lines keep their order. Throws an io LonghandError; after a failure every call
   * does.
   */
  append(value: unknown): Promise<void>;
  /** Makes the appended lines durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The values of all complete lines; none if there is no file. Damage by a crash is ignored: a last line without
 * newline, lines at the end that are not JSON, and everything from the first NUL (pages that did not reach the disk).
 * Throws a model-file LonghandError that names the line if an invalid line comes before a valid one.
 */
export async function readLines(fs: FileSystem, path: string): Promise<unknown[]> {
  return (await readLog(fs, path)).values;
}

/**
 * Opens the log for appending, and creates it if it does not exist. It first removes a damaged end and the lines for
 * which `keep` returns false; `lines` are the remaining ones.
 */
export async function openLog(
  fs: FileSystem,
  path: string,
  keep: (value: unknown) => boolean = () => true,
): Promise<JsonLog & { readonly lines: readonly unknown[] }> {
  const { values, texts, torn } = await readLog(fs, path);
  const kept = values.map(keep);
  const lines = values.filter((_, i) => kept[i]);
  if (torn || lines.length < values.length) await writeAtomic(fs, path, [encodeLines(texts.filter((_, i) => kept[i]))]);
  const failed = (error: unknown) => ioError("write", path, error);
  const file = await fs.append(path).catch((error) => {
    throw failed(error);
  });

  // Each write waits for the one before, and none follows a failed one, after which the file may end with half a line.
  let last: Promise<void> = Promise.resolve();
  function afterwards(act: () => Promise<void>): Promise<void> {
    last = last.then(act).catch((error) => {
      throw failed(error);
    });
    return last;
  }
  return {
    lines,
    append: (value) => {
      // Encoded at once, since the caller may change the value while earlier lines are written.
      const line = encodeLines([JSON.stringify(value)]);
      return afterwards(() => writeFully(file, line));
    },
    sync: () => afterwards(() => file.sync()),
    close: () => last.catch(() => undefined).then(() => file.close()),
  };
}

/** The values of all complete lines, and the lines as they stand. */
async function readLog(fs: FileSystem, path: string): Promise<{ values: unknown[]; texts: string[]; torn: boolean }> {
  let bytes: Uint8Array;
  try {
    bytes = await fs.read(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { values: [], texts: [], torn: false };
    throw ioError("read", path, error);
  }
  const nul = bytes.indexOf(0);
  const end = bytes.lastIndexOf(10, nul < 0 ? bytes.length : nul) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, end)).split("\n").slice(0, -1);
  const values: unknown[] = [];
  const texts: string[] = [];
  let broken: number | undefined;
  for (const [i, line] of lines.entries()) {
    const value = parse(line);
    if (value === undefined) broken ??= i;
    else if (broken === undefined) {
      values.push(value);
      texts.push(line);
    } else {
      throw fileError(
        `Line ${broken + 1} of ${path} is not JSON, and valid lines follow it.`,
        "Correct or remove that line, then run the same command again.",
      );
    }
  }
  return { values, texts, torn: end < bytes.length || broken !== undefined };
}

/** The value of a line; undefined if it is not JSON. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function encodeLines(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
}
