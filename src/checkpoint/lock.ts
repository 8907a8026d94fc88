// The lock of a folder: one process at a time writes there. The lock is a file that names its process: pid, start, and
// the place where that pid means something (one boot of one machine, one pid namespace). A process first creates its
// file, then looks for other living writers: of two that come at once at least one sees the other, so that never both
// go on (both may be refused). It needs no exclusive create.
//
// A writer of the same place lives if the system says so: a killed run is resumed at once. A writer of another place
// (another container, another machine on a shared disk) lives if its file was touched within the last minute; the
// holder touches it every few seconds. Times are those of the file system, so clocks need not agree. A holder that was
// asleep longer finds its file gone, and must not write any more: `check` throws.

import { usageError } from "../base/errors.js";
import { errorCode, type FileSystem, joinPath, type WriteHandle } from "../base/ports.js";
import { ioError } from "./io-error.js";

/** What the lock asks of the system's processes. */
export interface Processes {
  readonly pid: number;
  /** The name of the machine, for messages. */
  readonly host: string;
  /** A word of [a-z0-9] for the place in which pids are told apart: this boot of the machine, this pid namespace. */
  readonly place: string;
  /**
   * When the process started, as a word of [a-z0-9], which tells it from a later process with the same pid; "alive"
   * where the system does not tell; undefined where no such process runs.
   */
  startOf(pid: number): string | undefined;
}

export interface FolderLock {
  /** Path of the lock file. */
  readonly path: string;
  /** Throws a usage error if another process has taken the folder meanwhile. */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** A writer of another place is taken for dead if it has not touched its file for so long. */
const STALE_MS = 60_000;
const TOUCH_MS = 5_000;

/** Lock files that this process is creating: two that look at once both see none. */
const claiming = new WeakMap<FileSystem, Set<string>>();

/** Creates a lock file; undefined where this process has it already. */
async function claim(fs: FileSystem, folder: string, path: string): Promise<WriteHandle | undefined> {
  const paths = claiming.get(fs) ?? new Set();
  claiming.set(fs, paths);
  if (paths.has(path)) return undefined;
  paths.add(path);
  try {
    if ((await fs.stat(path)) !== undefined) return undefined;
    try {
      return await fs.create(path);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      await fs.makeFolder(folder); // another start was refused, and has removed the folder that it made
      return await fs.create(path);
    }
  } finally {
    paths.delete(path);
  }
}

const CLAIM = /^writer-(\d+)-([a-z0-9]+)-([a-z0-9]+)\.lock$/;

/**
 * Locks the folder for writing. Throws a usage LonghandError that names the process that has it, an io one where the
 * folder cannot be written.
 */
export async function lockFolder(
  fs: FileSystem,
  folder: string,
  processes: Processes,
  { staleMs = STALE_MS, touchMs = TOUCH_MS } = {},
): Promise<FolderLock> {
  const { pid, place, host } = processes;
  const own = `writer-${pid}-${processes.startOf(pid) ?? "alive"}-${place}.lock`;
  const path = joinPath(folder, own);
  const refuse = (other: string, next = "Wait until it has ended, stop it, or choose another folder with `out`.") =>
    usageError(`Process ${other}.`, next);
  let file: WriteHandle | undefined;
  const touch = async () => void (await file?.writeAt(new TextEncoder().encode(host), 0));
  const drop = async () => {
    await file?.close().catch(() => undefined);
    // The folder may be gone; a file left behind counts no longer than this process lives.
    await fs.remove(path).catch(() => undefined);
  };
  /** A writer of another place: does it live? Undefined if not, else the machine's name. */
  const elsewhere = async (name: string): Promise<string | undefined> => {
    const [mine, theirs] = [await fs.stat(path), await fs.stat(joinPath(folder, name))];
    if (theirs === undefined || (mine?.modified ?? 0) - (theirs.modified ?? 0) > staleMs) return undefined;
    const bytes = await fs.read(joinPath(folder, name)).catch(() => new Uint8Array());
    return new TextDecoder().decode(bytes.subarray(0, 100)).replace(/[^\w.-]/g, "") || "unknown";
  };
  try {
    file = await claim(fs, folder, path);
    if (file === undefined) throw refuse(`${pid} is writing in ${folder}, and that is this very process`);
    await touch();
    for (const { name } of await fs.list(folder)) {
      const found = CLAIM.exec(name);
      if (found === null || name === own) continue;
      const [, other, began, where] = found;
      const start = where === place ? processes.startOf(Number(other)) : undefined;
      // A start that either side could not learn is taken for the same: rather a refusal too many than two writers.
      if (start !== undefined && (start === "alive" || began === "alive" || start === began)) {
        throw refuse(`${other} is writing in ${folder}`);
      }
      const machine = where === place ? undefined : await elsewhere(name);
      if (machine !== undefined) {
        throw refuse(
          `${other} on ${machine} (another container or machine) is writing in ${folder}`,
          `Stop it; if it was killed, its lock counts for ${Math.round(staleMs / 1000)} seconds after its last sign of life.`,
        );
      }
      await fs.remove(joinPath(folder, name)).catch(() => undefined); // another new writer may have removed it
    }
  } catch (error) {
    if (file !== undefined) await drop();
    throw ioError("lock", folder, error);
  }
  const timer = setInterval(() => void touch().catch(() => undefined), touchMs);
  timer.unref?.();
  return {
    path,
    async check() {
      if ((await fs.stat(path)) !== undefined) return;
      throw usageError(
        `Another process has taken ${folder} while this one was asleep, or its lock was removed: nothing is written any more.`,
        "The run goes on there. Resume it when that process has ended.",
      );
    },
    async release() {
      clearInterval(timer);
      await drop();
    },
  };
}
