// Drafts: the files of a run that are written before the run holds its folder's lock. They lie in the folder under
// names of their own, and are renamed under the lock (training/run/run.ts). If the run never starts, the files and the
// folder are removed.

import { rmdirSync, unlinkSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { joinPath } from "../../base/ports.js";
import { draftOf } from "../../training/run/run.js";
import { makeFolders } from "../system/folders.js";

export interface Drafts {
  /** The draft's path of the file that will be `name`. */
  path(name: string): string;
  /** Name → draft's path, for every file that was asked for. */
  readonly placed: Readonly<Record<string, string>>;
  /** Removes this file as well when the drafts are discarded. */
  alsoRemove(path: string): void;
  /** Removes the drafts that were not renamed. */
  discard(): void;
}

/** Drafts of this process so far: two runs that start at once in one folder write to different files. */
let count = 0;

/**
 * Opens drafts in `folder`, and makes the folder if it is missing. They are discarded when the process ends, by Ctrl-C
 * too.
 */
export async function openDrafts(folder: string): Promise<Drafts> {
  const placed: Record<string, string> = {};
  count += 1;
  const number = count;
  const first = await makeFolders(folder);
  const more: string[] = [];
  const discard = () => {
    process.off("exit", discard);
    for (const path of [...Object.values(placed), ...more]) quietly(() => unlinkSync(path));
    if (first === undefined) return;
    for (let at = resolve(folder); at.startsWith(resolve(first)); at = dirname(at)) {
      if (!quietly(() => rmdirSync(at))) break; // not empty
    }
  };
  process.on("exit", discard);
  return {
    placed,
    path(name) {
      placed[name] = joinPath(folder, draftOf(name, process.pid, number));
      return placed[name];
    },
    alsoRemove: (path) => void more.push(path),
    discard,
  };
}

function quietly(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
