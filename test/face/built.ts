// The front as it is built (its threads are files of dist/), and a short text to train on. Tests nothing itself.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** URL of the built front for Node. */
export const builtUrl: string = new URL("../../dist/node.js", import.meta.url).href;

const built = (await import(/* @vite-ignore */ builtUrl)) as typeof import("../../src/node.js");
export const { train, load, resume, info, rank, copied, compare, advise, LonghandError } = built;

export const text: string =
  "To be, or not to be: that is the question.\nWhether tis nobler in the mind to suffer the slings.\n".repeat(40);

/** Settings of a run of a second. */
export const small = { hidden: 12, embedding: 8, batch: 4, bptt: 16, steps: 40, threads: 1 } as const;

/** A folder that is removed after the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "longhand-face-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
