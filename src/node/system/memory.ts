// How much memory this process may still take: what the machine has to give, and no more than its control groups allow.

import { totalmem } from "node:os";
import type { MemoryBudget } from "../../training/memory.js";
import { type Read, readSystem, tightest } from "./cgroups.js";

/**
 * On Linux what is free, what caches would give back, and swap; elsewhere, where the system does not say that, all memory of
 * the machine less what this process holds. A control group's limit counts less what this process holds, wherever it is lower.
 */
export function usableMemory(
  read: Read = readSystem,
  total = totalmem(),
  held = process.memoryUsage.rss(),
): MemoryBudget {
  const machine = available(read("/proc/meminfo") ?? "") ?? total - held;
  const group = groupLimit(read) - held;
  return group < machine
    ? { bytes: Math.max(0, group), whose: "this process's control group" }
    : { bytes: Math.max(0, machine), whose: "this machine" };
}

function available(meminfo: string): number | undefined {
  const kibibytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo)?.[1]);
  const free = kibibytes("MemAvailable");
  return Number.isFinite(free) ? 1024 * (free + (kibibytes("SwapFree") || 0)) : undefined;
}

function groupLimit(read: Read): number {
  const limit = (path: string) => Number(read(path) || Number.POSITIVE_INFINITY); // the word max: not a number
  const known = (bytes: number) => (bytes >= 0 ? bytes : Number.POSITIVE_INFINITY);
  return tightest(
    read,
    "memory",
    (folder) => known(limit(`${folder}/memory.max`)),
    (folder) => known(limit(`${folder}/memory.limit_in_bytes`)), // unlimited is a number near 2⁶³
  );
}
