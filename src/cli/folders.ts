// Checks of a run's folder, before anything is read.

import { usageError } from "../base/errors.js";
import { nodeRunPorts } from "../node/runs/runs.js";

/** Throws where a command that needs a run's folder was given a file. */
export async function requireFolder(path: string): Promise<void> {
  if (path === "") throw usageError('A run is a folder; got "".', "Name the folder that train made, like runs/my.");
  if (await isFile(path)) {
    throw usageError(`${path} is a file; a run is a folder.`, "Name the folder that train made, like runs/my.");
  }
}

/** Throws where a file stands at the path of a new run. */
export async function requireFolderFree(path: string): Promise<void> {
  if (await isFile(path)) throw usageError(`--out wants a folder; ${path} is a file.`, "Give the folder another name.");
}

async function isFile(path: string): Promise<boolean> {
  const entry = await nodeRunPorts.fs.stat(path);
  return entry !== undefined && entry.kind !== "folder";
}
