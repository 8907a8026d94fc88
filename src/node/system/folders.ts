// Makes a folder with its parents. Node's own recursive mkdir never ends in a file system that makes no folders, like
// /proc, and names wrong reasons.

import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { usageError } from "../../base/errors.js";
import { errorCode } from "../../base/ports.js";
import { ioError } from "../../checkpoint/io-error.js";

/** Makes the folder at `path`; returns the topmost folder that was made, or undefined. Throws LonghandErrors. */
export async function makeFolders(path: string): Promise<string | undefined> {
  if (path === "") throw usageError('out wants the path of a folder; got "".', "For example: runs/my", "out");
  const missing: string[] = [];
  for (let at = resolve(path); !(await isThere(at)); at = dirname(at)) missing.unshift(at);
  let first: string | undefined;
  for (const folder of missing) {
    const made = await mkdir(folder).then(
      () => true,
      (error) => refuse(folder, error),
    );
    if (made) first ??= folder;
  }
  return first;
}

async function isThere(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return true;
    throw usageError(`${path} is a file; a folder is wanted.`, "Choose another folder with `out`.");
  } catch (error) {
    if (errorCode(error) === "ENOENT" && dirname(path) !== path) return false;
    if (errorCode(error) === "ENOTDIR") return false; // its parent is a file, which is told
    throw ioError("make", path, error);
  }
}

/** False where another process has made it meanwhile. */
function refuse(path: string, error: unknown): false {
  const code = errorCode(error);
  if (code === "EEXIST") return false;
  if (code !== "ENOENT") throw ioError("make", path, error);
  throw usageError(`No folder can be made in ${dirname(path)}.`, "Choose another folder with `out`.");
}
