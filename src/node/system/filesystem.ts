// The FileSystem port over node:fs. Errors pass through with their codes.

import { close, open as openFile, read } from "node:fs";
import { type FileHandle, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { promisify } from "node:util";
import { errorCode, type FileSystem, joinPath, type ReadHandle, type WriteHandle } from "../../base/ports.js";
import { makeFolders } from "./folders.js";
import { retryWhereHeld } from "./retry.js";

const MOST_AT_ONCE = 2 ** 30; // Node's own limit is 2^31 − 1 bytes per call
const UNSUPPORTED = new Set(["EINVAL", "ENOTSUP", "EISDIR"]); // some network and FUSE file systems cannot sync a folder

export function nodeFileSystem(): FileSystem {
  return {
    async read(path) {
      const { buffer, byteOffset, byteLength } = await readFile(path);
      return new Uint8Array(buffer, byteOffset, byteLength); // a Buffer's slice() is no copy
    },
    open: async (path) => readHandle(await openRaw(path, "r")),
    create: async (path) => writeHandle(await open(path, "w")),
    append: async (path) => writeHandle(await open(path, "a")),
    rename: (from, to) => retryWhereHeld(() => rename(from, to)),
    remove: (path) => retryWhereHeld(() => unlink(path)),
    async syncFolder(path) {
      if (process.platform === "win32") return; // a folder cannot be opened there; NTFS keeps a journal of its entries
      const folder = await open(path, "r");
      try {
        await folder.sync();
      } catch (error) {
        if (!UNSUPPORTED.has(errorCode(error) ?? "")) throw error;
      } finally {
        await folder.close();
      }
    },
    async makeFolder(path) {
      await makeFolders(path);
    },
    async list(path) {
      const entries = await readdir(path, { withFileTypes: true });
      entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
      return Promise.all(
        entries.map(async (entry) => {
          const found = entry.isSymbolicLink() ? await look(joinPath(path, entry.name)) : { kind: kindOf(entry) };
          return { name: entry.name, kind: found?.kind ?? "other" };
        }),
      );
    },
    stat: look,
  };
}

/**
 * The kind and size of what is at a path, links followed; undefined for a link that leads nowhere, and for a path with
 * a NUL, at which nothing can be.
 */
async function look(path: string): ReturnType<FileSystem["stat"]> {
  try {
    const found = await stat(path);
    return { kind: kindOf(found), size: found.size, modified: found.mtimeMs };
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ERR_INVALID_ARG_VALUE") return undefined;
    throw error;
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): "file" | "folder" | "other" {
  return entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other";
}

function writeHandle(file: FileHandle): WriteHandle {
  return {
    write: async (bytes) => (await file.write(bytes.subarray(0, MOST_AT_ONCE))).bytesWritten,
    writeAt: async (bytes, at) =>
      (await file.write(bytes.subarray(0, MOST_AT_ONCE), undefined, undefined, at)).bytesWritten,
    sync: () => file.sync(),
    size: async () => (await file.stat()).size,
    close: () => file.close(),
  };
}

const openRaw = promisify(openFile);
const readRaw = promisify(read);
const closeRaw = promisify(close);

/** By file descriptor: Node warns when a FileHandle that was not closed is collected. */
function readHandle(file: number): ReadHandle {
  return {
    read: async (into, at) => (await readRaw(file, into, 0, Math.min(into.length, MOST_AT_ONCE), at)).bytesRead,
    close: () => closeRaw(file),
  };
}
