// A log of one JSON value a line, only ever appended to. A crash or a power cut can tear its end; the reader drops just that,
// and opening the log for writing again mends it first. Not for state: a state is written whole (atomic-write.ts).

import { fileError } from "../base/errors.js";
import { errorCode, type FileSystem } from "../base/ports.js";
import { writeAtomic, writeFully } from "./atomic-write.js";
import { ioError } from "./io-error.js";

export interface JsonLog {
  /** Writes one line. Calls may overlap; the lines keep their order. Throws an io LonghandError, and from then on always. */
  append(value: unknown): Promise<void>;
  /** Makes every line appended so far durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The values of all complete lines; none where the file is absent. What a crash tears is dropped: a last line without its
 * newline, lines at the end that are no JSON, and everything from the first NUL on (pages that never reached the disk).
 * Throws a model-file LonghandError that names the line where a broken one has good ones after it.
 */
export async function readLines(fs: FileSystem, path: string): Promise<unknown[]> {
  return (await readLog(fs, path)).values;
}

/**
 * Opens the log for appending, creating it where absent. First a torn end is cut off, and with `keep` every line that it
 * returns false for; then `lines` are those that stand in the file.
 */
export async function openLog(
  fs: FileSystem,
  path: string,
  keep: (value: unknown) => boolean = () => true,
): Promise<JsonLog & { readonly lines: readonly unknown[] }> {
  const { values, torn } = await readLog(fs, path);
  const lines = values.filter(keep);
  if (torn || lines.length < values.length) await writeAtomic(fs, path, [encodeLines(lines)]);
  const failed = (error: unknown) => ioError("write", path, error);
  const file = await fs.append(path).catch((error) => {
    throw failed(error);
  });

  // Each act waits for the one before, and none follows a failed one: half a line may stand at the end then.
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
      const line = encodeLines([value]); // now: the caller may change the value while earlier lines are written
      return afterwards(() => writeFully(file, line));
    },
    sync: () => afterwards(() => file.sync()),
    close: () => last.catch(() => undefined).then(() => file.close()),
  };
}

async function readLog(fs: FileSystem, path: string): Promise<{ values: unknown[]; torn: boolean }> {
  let bytes: Uint8Array;
  try {
    bytes = await fs.read(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { values: [], torn: false };
    throw ioError("read", path, error);
  }
  const nul = bytes.indexOf(0);
  const end = bytes.lastIndexOf(10, nul < 0 ? bytes.length : nul) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, end)).split("\n").slice(0, -1);
  const values: unknown[] = [];
  let broken: number | undefined;
  for (const [i, line] of lines.entries()) {
    const value = parse(line);
    if (value === undefined) broken ??= i;
    else if (broken === undefined) values.push(value);
    else {
      throw fileError(
        `Line ${broken + 1} of ${path} is not JSON, and good lines follow it.`,
        "Mend or remove that line, then run the same command again.",
      );
    }
  }
  return { values, torn: end < bytes.length || broken !== undefined };
}

/** The value of a line, or undefined (which no JSON stands for). */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function encodeLines(values: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
}
