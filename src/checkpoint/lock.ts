// The lock of a run folder: one process writes there. A writer creates an empty file whose name holds its pid and
// start, then looks for files of other living writers, in that order: of two writers that come at once at least one
// sees the other, so that never both go on (both may be refused). It needs no exclusive create. The file of a process
// that has ended is removed, so that a crash leaves no lock for a human to clear. It holds between processes of one
// machine, not between machines on a shared disk.

import { usageError } from "../base/errors.js";
import { type FileSystem, joinPath } from "../base/ports.js";
import { ioError } from "./io-error.js";

/** What the lock asks of the system's processes. */
export interface Processes {
  readonly pid: number;
  /**
   * When the process started, as a word of [a-z0-9], which tells it from a later process with the same pid; "alive"
   * where the system does not tell; undefined where no such process runs.
   */
  startOf(pid: number): string | undefined;
}

/** Lock files that this process is creating: two that look at once both see none. */
const claiming = new WeakMap<FileSystem, Set<string>>();

/** Creates a lock file; false where this process has it already. */
async function claim(fs: FileSystem, path: string): Promise<boolean> {
  const paths = claiming.get(fs) ?? new Set();
  claiming.set(fs, paths);
  if (paths.has(path)) return false;
  paths.add(path);
  try {
    if ((await fs.stat(path)) !== undefined) return false;
    await (await fs.create(path)).close();
    return true;
  } finally {
    paths.delete(path);
  }
}

const CLAIM = /^writer-(\d+)-([a-z0-9]+)\.lock$/;

/**
 * Locks the folder for writing; call the result to unlock it. Throws a usage LonghandError that names the pid of the
 * process that has it, an io one where the folder cannot be written.
 */
export async function lockFolder(fs: FileSystem, folder: string, processes: Processes): Promise<() => Promise<void>> {
  const { pid } = processes;
  const own = `writer-${pid}-${processes.startOf(pid) ?? "alive"}.lock`;
  const path = joinPath(folder, own);
  const refuse = (other: number) =>
    usageError(
      `Process ${other} is writing in ${folder}${other === pid ? ", and that is this very process" : ""}.`,
      "Wait until it has ended, stop it, or choose another folder with `out`.",
    );
  try {
    if (!(await claim(fs, path))) throw refuse(pid);
    for (const { name } of await fs.list(folder)) {
      const found = CLAIM.exec(name);
      if (found === null || name === own) continue;
      const other = Number(found[1]);
      const start = processes.startOf(other);
      // A start that either side could not learn is taken for the same: rather a refusal too many than two writers.
      if (start !== undefined && (start === "alive" || found[2] === "alive" || start === found[2])) {
        await fs.remove(path);
        throw refuse(other);
      }
      await fs.remove(joinPath(folder, name)).catch(() => undefined); // another new writer may have removed it
    }
  } catch (error) {
    throw ioError("lock", folder, error);
  }
  return async () => {
    // The folder may be gone; a file left behind counts no longer than this process lives.
    await fs.remove(path).catch(() => undefined);
  };
}
