// Files that are made before a run's folder is the run's own: they lie in it under names of this process, and take their
// places under the run's lock (training/run/run.ts). Where that never comes, nothing stays, the folder neither.

import { rmdirSync, unlinkSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { joinPath } from "../../base/ports.js";
import { ioError } from "../../checkpoint/io-error.js";
import { draftOf } from "../../training/run/run.js";

/** Drafts that this process has opened. */
let opened = 0;

export interface Drafts {
  /** Where the file that will be `name` lies meanwhile. */
  path(name: string): string;
  /** Name → path of all that was asked for. */
  readonly placed: Readonly<Record<string, string>>;
  /** Removes what did not take its place. */
  discard(): void;
}

/** Drafts in `folder`, which is made where it is not there. They are discarded when the process ends, by Ctrl-C too. */
export async function openDrafts(folder: string): Promise<Drafts> {
  const placed: Record<string, string> = {};
  opened += 1;
  const number = opened;
  const first = await mkdir(folder, { recursive: true }).catch((error) => {
    throw ioError("make", folder, error);
  });
  const discard = () => {
    process.off("exit", discard);
    for (const path of Object.values(placed)) quietly(() => unlinkSync(path));
    if (first === undefined) return;
    for (let at = resolve(folder); at.startsWith(resolve(first)); at = dirname(at)) {
      if (!quietly(() => rmdirSync(at))) break; // it holds something
    }
  };
  process.on("exit", discard);
  return {
    placed,
    path(name) {
      placed[name] = joinPath(folder, draftOf(name, process.pid, number));
      return placed[name];
    },
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
