// Whether a path can be, or is, a run's folder; said before anything is read.

import { usageError } from "../base/errors.js";
import { nodeRunPorts } from "../node/runs/runs.js";

/** Throws where a command that wants a run's folder was given a file. */
export async function wantFolder(path: string): Promise<void> {
  if (await isFile(path)) {
    throw usageError(`${path} is a file; a run is a folder.`, "Name the folder that train made, like runs/my.");
  }
}

/** Throws where a run is to be made in the place of a file. */
export async function requireFolderFree(path: string): Promise<void> {
  if (await isFile(path)) throw usageError(`--out wants a folder; ${path} is a file.`, "Give the folder another name.");
}

async function isFile(path: string): Promise<boolean> {
  const found = await nodeRunPorts.fs.stat(path);
  return found !== undefined && found.kind !== "folder";
}
