// Tells which processes are alive, for the lock of a run's folder.

import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "../../base/ports.js";
import type { Processes } from "../../checkpoint/lock.js";

/** Calls of the operating system; tests pass their own. */
export interface SystemCalls {
  readonly platform: string;
  /** Standard output of a program; undefined where it cannot be run or fails. */
  readonly run: (program: string, args: readonly string[]) => string | undefined;
  readonly isAlive: (pid: number) => boolean;
}

const system: SystemCalls = { platform: process.platform, run, isAlive };

export const nodeProcesses: Processes = {
  pid: process.pid,
  host: hostname(),
  place: placeOf(system.platform),
  startOf: (pid) => startOf(pid, system),
};

/**
 * A word for where pids are told apart: on Linux this boot and this pid namespace, which a container has of its own;
 * elsewhere the machine.
 */
function placeOf(platform: string): string {
  try {
    if (platform === "linux") return `${bootId()}n${readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")}`;
  } catch {} // no /proc: the machine's name will do
  return wordOf(hostname()) ?? "here";
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
}

/**
 * When a process started, as a word that tells it from a later process with the same pid; "alive" where the system does
 * not tell; undefined where no such process runs.
 */
export function startOf(pid: number, { platform, run, isAlive }: SystemCalls): string | undefined {
  if (!isAlive(pid)) return undefined;
  if (platform === "linux") return startOnLinux(pid);
  if (platform === "win32") {
    const ticks = run("powershell.exe", ["-NoProfile", "-Command", `(Get-Process -Id ${pid}).StartTime.Ticks`]);
    return wordOf(ticks) ?? "alive";
  }
  // macOS and the BSDs. The state comes first; Z is a zombie, which has ended and waits for its parent to ask.
  const [state = "", ...start] =
    run("ps", ["-o", "stat=,lstart=", "-p", `${pid}`])
      ?.trim()
      .split(/\s+/) ?? [];
  return state.startsWith("Z") ? undefined : (wordOf(start.join("")) ?? "alive");
}

/** The letters and digits of an answer, in lower case; undefined where there is none. */
function wordOf(answer: string | undefined): string | undefined {
  return answer?.toLowerCase().replace(/[^a-z0-9]/g, "") || undefined;
}

/**
 * From /proc/PID/stat (proc(5)): after the name in parentheses, which may contain any character, field 3 is the state
 * and field 22 the start in ticks since boot. A zombie (Z) has ended and waits for its parent to ask.
 */
function startOnLinux(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : `${bootId()}x${fields[19]}`;
  } catch {
    return isAlive(pid) ? "alive" : undefined;
  }
}

/** Signal 0 is delivered to nobody and only checks; EPERM means that the process is another user's. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** In one language and time zone, so that every process that asks gets the same words. */
function run(program: string, args: readonly string[]): string | undefined {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", env, timeout: 10_000, windowsHide: true });
  return status === 0 ? stdout : undefined;
}
