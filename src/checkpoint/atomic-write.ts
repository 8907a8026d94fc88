// Atomic replacement of a file: at every instant, through a crash or a loss of power, the path holds the whole old file
// or the whole new one. Older versions are kept by backups.ts.
//
// The order matters: write a temporary file, check its size, fsync, close, rename, fsync the folder. A rename is
// assumed to be atomic, as on POSIX and NTFS. After a failed fsync the system may have dropped the pages and report the
// next one as good (PostgreSQL, "fsync errors", 2018): a file that failed is therefore removed, never synced again.

import { LonghandError } from "../base/errors.js";
import type { FileSystem, WriteHandle } from "../base/ports.js";
import { ioError } from "./io-error.js";

/** Path of the temporary file. The name is fixed, so that the next write reuses what a crash left. */
export function temporaryOf(path: string): string {
  return `${path}.tmp`;
}

/**
 * Writes `pieces` in order as the content of `path`. With `keepAs`, the old file is renamed to it first; between the
 * two renames nothing is at `path`. Throws an io LonghandError; the old file is then still whole, at `path` or at
 * `keepAs`.
 */
export async function writeAtomic(
  fs: FileSystem,
  path: string,
  pieces: readonly Uint8Array[],
  keepAs?: string,
): Promise<void> {
  const temporary = temporaryOf(path);
  try {
    await writeWhole(fs, temporary, pieces);
    if (keepAs !== undefined) await fs.rename(path, keepAs);
    await fs.rename(temporary, path);
    await fs.syncFolder(folderOf(path));
  } catch (error) {
    await fs.remove(temporary).catch(() => undefined); // after the rename, or without a disk, there is none to remove
    throw ioError("write", path, error, totalBytes(pieces), "The earlier save is intact.");
  }
}

/** Writes all of `bytes`, in as many calls as the system needs. */
export async function writeFully(file: WriteHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const taken = await file.write(bytes.subarray(done));
    if (taken < 1) throw Object.assign(new Error("A write took no bytes."), { code: "EIO" });
    done += taken;
  }
}

/** The folder of a path with slashes; it is used to fsync the folder, which Windows does not do. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

async function writeWhole(fs: FileSystem, path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const file = await fs.create(path);
  try {
    for (const piece of pieces) await writeFully(file, piece);
    const found = await file.size();
    const wanted = totalBytes(pieces);
    if (found !== wanted) throw new LonghandError("io", `${path} has ${found} bytes after ${wanted} were written.`);
    await file.sync();
  } catch (error) {
    await file.close().catch(() => undefined); // the first error is the one to throw
    throw error;
  }
  await file.close();
}

function totalBytes(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
