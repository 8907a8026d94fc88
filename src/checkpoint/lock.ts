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
    if ((await fs.stat(path)) !== undefined) throw refuse(pid);
    await (await fs.create(path)).close();
    for (const { name } of await fs.list(folder)) {
      const claim = CLAIM.exec(name);
      if (claim === null || name === own) continue;
      const other = Number(claim[1]);
      const start = processes.startOf(other);
      // A start that either side could not learn is taken for the same: rather a refusal too many than two writers.
      if (start !== undefined && (start === "alive" || claim[2] === "alive" || start === claim[2])) {
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
