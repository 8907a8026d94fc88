// Memory that this process may still take: what the machine has available, limited by its control groups.

import { spawnSync } from "node:child_process";
import { freemem, totalmem } from "node:os";
import type { MemoryBudget } from "../../training/memory.js";
import { type Read, readSystem, tightest } from "./cgroups.js";

/** Memory figures of a machine; tests pass their own. */
export interface Machine {
  readonly platform: string;
  readonly read: Read;
  readonly total: number;
  /** `freemem` of node:os: on Windows it includes caches, elsewhere not. */
  readonly free: number;
  /** Bytes that this process holds. */
  readonly held: number;
  /** What macOS's `vm_stat` prints; undefined where it cannot be run. */
  readonly vmStat: () => string | undefined;
}

function thisMachine(): Machine {
  return {
    platform: process.platform,
    read: readSystem,
    total: totalmem(),
    free: freemem(),
    held: process.memoryUsage.rss(),
    vmStat: () => spawnSync("vm_stat", { encoding: "utf8", timeout: 10_000 }).stdout ?? undefined,
  };
}

/**
 * Available memory: on Linux free memory, caches and swap; on macOS and Windows free memory and caches; if the system
 * does not tell, all memory less what this process holds. A control group's limit, less what this process holds, if
 * that is lower.
 */
export function usableMemory(machine: Machine = thisMachine()): MemoryBudget {
  const free = available(machine) ?? machine.total - machine.held;
  const group = groupLimit(machine.read) - machine.held;
  return group < free
    ? { bytes: Math.max(0, group), whose: "this process's control group" }
    : { bytes: Math.max(0, free), whose: "this machine" };
}

function available({ platform, read, free, vmStat }: Machine): number | undefined {
  if (platform === "win32") return free;
  return platform === "darwin" ? availableOnMac(vmStat() ?? "") : availableOnLinux(read("/proc/meminfo") ?? "");
}

function availableOnLinux(meminfo: string): number | undefined {
  const kibibytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo)?.[1]);
  const free = kibibytes("MemAvailable");
  return Number.isFinite(free) ? 1024 * (free + (kibibytes("SwapFree") || 0)) : undefined;
}

/** Pages that are free, or that the system can take back without writing them to disk. */
function availableOnMac(vmStat: string): number | undefined {
  const size = Number(/page size of (\d+) bytes/.exec(vmStat)?.[1]);
  const pages = ["free", "inactive", "speculative", "purgeable"].map((kind) =>
    Number(new RegExp(`^Pages ${kind}: +(\\d+)\\.$`, "m").exec(vmStat)?.[1]),
  );
  const bytes = size * pages.reduce((sum, each) => sum + each, 0);
  return Number.isFinite(bytes) ? bytes : undefined;
}

function groupLimit(read: Read): number {
  const limit = (path: string) => Number(read(path) || Number.POSITIVE_INFINITY); // the word max is not a number
  const known = (bytes: number) => (bytes >= 0 ? bytes : Number.POSITIVE_INFINITY);
  return tightest(
    read,
    "memory",
    (folder) => known(limit(`${folder}/memory.max`)),
    (folder) => known(limit(`${folder}/memory.limit_in_bytes`)), // unlimited is a number near 2⁶³
  );
}
