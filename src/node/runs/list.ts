// List of the runs in a folder, from their logs: quick, whatever the size of their models.

import { joinPath } from "../../base/ports.js";
import { readLines } from "../../checkpoint/jsonl.js";
import { hasRun, RunFile } from "../../training/run/run.js";
import { nodeRunPorts } from "./runs.js";

/** One run, by its log. */
export interface ListedRun {
  readonly folder: string;
  readonly ended: boolean;
  /** Windows trained so far, as far as the log tells. */
  readonly window: number;
  /** Best validation loss in nats; null before the first validation. */
  readonly nats: number | null;
}

/** The runs among the direct subfolders of some folders, by name. A folder that is missing has none. */
export async function listRuns(folders: readonly string[]): Promise<ListedRun[]> {
  const { fs } = nodeRunPorts;
  const runs: ListedRun[] = [];
  for (const folder of folders) {
    const entries = (await fs.stat(folder))?.kind === "folder" ? await fs.list(folder) : [];
    const names = entries.filter(({ kind }) => kind === "folder").map(({ name }) => name);
    for (const name of names.sort()) {
      const path = folder === "." ? name : joinPath(folder, name);
      if (await hasRun(fs, path)) runs.push(await readLog(path));
    }
  }
  return runs;
}

async function readLog(folder: string): Promise<ListedRun> {
  let ended = false;
  let window = 0;
  let nats: number | null = null;
  for (const line of await readLines(nodeRunPorts.fs, joinPath(folder, RunFile.log)).catch(() => [])) {
    if (typeof line !== "object" || line === null) continue;
    const event = line as { kind?: unknown; window?: unknown; nats?: unknown };
    if (event.kind === "end") ended = true;
    if (event.kind === "resumed") ended = false;
    if (typeof event.window === "number") window = Math.max(window, event.window);
    if (event.kind === "validation" && typeof event.nats === "number") nats = Math.min(nats ?? event.nats, event.nats);
  }
  return { folder, ended, window, nats };
}
