// Replaces a file so that at every instant, through a crash or a loss of power, its name stands for the whole old file or
// the whole new one. Older versions are kept by backups.ts.
//
// The order is the point: write beside, check the size, fsync, close, rename, fsync the folder. A rename is taken to be one
// step, as POSIX and NTFS have it. After a failed fsync the system may have dropped the pages and call the next one good
// (PostgreSQL, "fsync errors", 2018): so a file that failed is thrown away, never synced again.

import { LonghandError } from "../base/errors.js";
import type { FileSystem, WriteHandle } from "../base/ports.js";
import { ioError } from "./io-error.js";

/** Where the new bytes of `path` lie until they are whole. One fixed name: what a crash leaves, the next write reuses. */
export function temporaryOf(path: string): string {
  return `${path}.tmp`;
}

/**
 * Writes `pieces` one after the other as the whole of `path`. With `keepAs`, the file that was there is renamed to it first;
 * between the two renames nothing is at `path`. Throws an io LonghandError; the file that was there is then still whole,
 * at `path` or at `keepAs`.
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
    throw ioError("write", path, error, totalBytes(pieces), "What was saved before is unharmed.");
  }
}

/** Writes all of `bytes`, however few the system takes at a time. */
export async function writeFully(file: WriteHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const taken = await file.write(bytes.subarray(done));
    if (taken < 1) throw Object.assign(new Error("A write took no bytes."), { code: "EIO" });
    done += taken;
  }
}

/** The folder part of a path. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

async function writeWhole(fs: FileSystem, path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const file = await fs.create(path);
  try {
    for (const piece of pieces) await writeFully(file, piece);
    const [found, wanted] = [await file.size(), totalBytes(pieces)];
    if (found !== wanted) throw new LonghandError("io", `${path} has ${found} bytes after ${wanted} were written.`);
    await file.sync();
  } catch (error) {
    await file.close().catch(() => undefined); // the first error is the one to tell
    throw error;
  }
  await file.close();
}

function totalBytes(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
