// Which processes live, for the lock of a run folder.

import { readFileSync } from "node:fs";
import { errorCode } from "../../base/ports.js";
import type { Processes } from "../../checkpoint/lock.js";

export const nodeProcesses: Processes = {
  pid: process.pid,
  startOf(pid) {
    if (process.platform === "linux") return startOnLinux(pid);
    if (pid === process.pid) return `${Math.floor(performance.timeOrigin)}`; // a claim of an earlier process with our pid is none
    return isAlive(pid) ? "alive" : undefined;
  },
};

/**
 * proc(5): after the name in parentheses, which may itself hold any character, field 3 is the state and field 22 the start
 * in ticks since boot. A zombie has ended: it only waits for its parent to ask.
 */
function startOnLinux(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
    return fields[0] === "Z" || fields[0] === "X" ? undefined : `${boot}x${fields[19]}`;
  } catch {
    return isAlive(pid) ? "alive" : undefined;
  }
}

/** Signal 0 reaches nobody and only asks; EPERM says that somebody else's process is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
