// The folder of a run: made and locked, and filled with the drafts that were written before.

import { errorCode, type FileSystem, joinPath } from "../../base/ports.js";
import { folderOf } from "../../checkpoint/atomic-write.js";
import { ioError } from "../../checkpoint/io-error.js";
import { type FolderLock, lockFolder, type Processes } from "../../checkpoint/lock.js";

/** Makes the folder where it is missing, and locks it. */
export async function openFolder(fs: FileSystem, folder: string, processes: Processes): Promise<FolderLock> {
  await fs.makeFolder(folder).catch((error) => {
    throw ioError("make", folder, error);
  });
  return lockFolder(fs, folder, processes);
}

/** Moves drafts to their places; name in the folder → present path. */
export async function placeDrafts(
  fs: FileSystem,
  folder: string,
  placed: Readonly<Record<string, string>> = {},
): Promise<void> {
  const syncing = (path: string) =>
    fs.syncFolder(path).catch((error) => {
      if (path !== folder && cannotBeSynced.has(errorCode(error) ?? "")) return; // it stands, whoever may write in it
      throw ioError("write", path, error);
    });
  await syncing(folderOf(folder));
  for (const [name, path] of Object.entries(placed)) {
    try {
      await fs.rename(path, joinPath(folder, name));
    } catch (error) {
      throw ioError("write", joinPath(folder, name), error);
    }
  }
  await syncing(folder);
}

const cannotBeSynced: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS", "ENOENT"]);
