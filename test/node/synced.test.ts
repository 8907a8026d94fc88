// What a save asks of the real system, as strace sees it: the order in which bytes and names are made to last.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { noTrace } from "../helpers/tools.js";

const home = mkdtempSync(join(tmpdir(), "longhand-synced-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const dist = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);
const program = `
import { writeAtomic } from ${dist("checkpoint/atomic-write.js")};
import { nodeFileSystem } from ${dist("node/system/filesystem.js")};
await writeAtomic(nodeFileSystem(), process.argv[1], [new TextEncoder().encode("abc"), new TextEncoder().encode("de")]);
`;

/**
 * The calls that went well and concern the folder, in the order in which they ended; -y writes a descriptor's path
 * beside it.
 */
function callsOf(trace: string): string[] {
  const begun = new Map<string, string>();
  const calls: string[] = [];
  for (const line of trace.split("\n")) {
    const [, thread = "", text = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(text);
    if (unfinished) begun.set(thread, unfinished[1]!);
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const call = resumed ? `${begun.get(thread)}${resumed[1]}` : text;
    if (unfinished || !call.includes(home) || /= -1 /.test(call)) continue;
    calls.push(call.replaceAll(home, "HOME"));
  }
  return calls;
}

test("a save writes beside, syncs the bytes, renames, and then syncs the folder", (context) => {
  const lacking = noTrace();
  if (lacking !== undefined) return context.skip(lacking);
  const log = join(home, "trace.txt");
  const path = join(home, "saved");
  const watched = "trace=write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2";
  const node = [process.execPath, "--input-type=module", "-e", program, path];
  const { status, stderr } = spawnSync("strace", ["-f", "-y", "-e", watched, "-o", log, ...node], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  expect(readFileSync(path, "utf8")).toBe("abcde");
  const steps = callsOf(readFileSync(log, "utf8")).map((call) => {
    const [, name = "", of] = /^(\w+)\((?:\d+<([^>]*)>)?/.exec(call) ?? [];
    if (name.startsWith("rename"))
      return `rename ${[...call.matchAll(/"([^"]*)"/g)].map((each) => each[1]).join(" to ")}`;
    return `${/sync/.test(name) ? "sync" : "write"} ${of}`;
  });
  const temporary = "HOME/saved.tmp";
  expect(steps).toEqual([
    `write ${temporary}`,
    `write ${temporary}`,
    `sync ${temporary}`,
    `rename ${temporary} to HOME/saved`,
    "sync HOME",
  ]);
});
