// One writer a folder. A writer lays an empty file whose name says who it is, then looks whether another living writer's is
// there, in that order: of two that come at once at least one sees the other, so never do both go on (both may refuse).
// Needs no exclusive create. A claim of a process that has ended counts for nothing and is cleared away: no crash leaves
// a lock that wants a human. It keeps apart processes of one machine, not of several on a shared disk.

import { usageError } from "../base/errors.js";
import { type FileSystem, joinPath } from "../base/ports.js";
import { ioError } from "./io-error.js";

/** What a lock must know of the system's processes. */
export interface Processes {
  readonly pid: number;
  /**
   * When the process started, as a word of [a-z0-9], so that a reused pid is another process; "alive" where the system
   * does not tell; undefined where no such process runs.
   */
  startOf(pid: number): string | undefined;
}

const CLAIM = /^writer-(\d+)-([a-z0-9]+)\.lock$/;

/**
 * Takes the folder for writing; call what comes back to give it up. Throws a usage LonghandError that names the pid of the
 * process that has it, an io one where the folder cannot be written.
 */
export async function lockFolder(fs: FileSystem, folder: string, processes: Processes): Promise<() => Promise<void>> {
  const { pid } = processes;
  const own = `writer-${pid}-${processes.startOf(pid) ?? "unknown"}.lock`;
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
      if (start === "alive" || start === claim[2]) {
        await fs.remove(path);
        throw refuse(other);
      }
      await fs.remove(joinPath(folder, name)).catch(() => undefined); // another newcomer may have cleared it
    }
  } catch (error) {
    throw ioError("lock", folder, error);
  }
  return async () => {
    await fs.remove(path).catch(() => undefined); // the folder itself may be gone; a claim left behind dies with us
  };
}
