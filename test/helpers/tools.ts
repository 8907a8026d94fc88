// What a test needs of a machine beside Node: why it cannot be had, for `context.skip(reason)`; undefined where it is
// there.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Undefined where the program runs with these words, and ends well. */
function runs(what: string, program: string, ...words: string[]): string | undefined {
  const { status, error, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status === 0) return undefined;
  return `${what}: ${error?.message ?? (stderr.trim().split("\n").at(-1) || `exit status ${status}`)}`;
}

/** A C compiler, as longhand build looks for one. */
export function noCompiler(): string | undefined {
  if (process.platform === "win32") return "the native engine is not built on Windows";
  const asked = process.env.CC?.trim();
  const tried = (asked ? [asked] : ["cc", "gcc", "clang"]).map((each) => runs("no C compiler", each, "--version"));
  return tried.includes(undefined) ? undefined : tried[0];
}

/** util-linux's `script`, which makes a terminal. */
export function noTerminal(): string | undefined {
  return runs("no terminal can be made", "script", "-qec", "true", "/dev/null");
}

/** The right to mount in a namespace of one's own. */
export function noMounts(): string | undefined {
  const mount = 'mount -t tmpfs -o size=64k tmpfs "$(mktemp -d)"';
  return runs("nothing may be mounted", "unshare", "-rm", "sh", "-c", mount);
}

/** The device that is always full. */
export function noFullDevice(): string | undefined {
  return existsSync("/dev/full") ? undefined : "there is no /dev/full";
}

/** strace, and the right to watch a process with it. */
export function noTrace(): string | undefined {
  return runs("system calls cannot be watched", "strace", "-o", "/dev/null", "true");
}
