// How many cores this process may use: what the system schedules it on, and no more than its control groups allow.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Reads a small file of the system; undefined where there is none. */
type Read = (path: string) => string | undefined;

/** Cores by affinity and by the quotas of control groups, versions 1 and 2, rounded up; at least 1. */
export function usableCores(scheduled = availableParallelism(), read: Read = readSystem): number {
  return Math.max(1, Math.min(scheduled, Math.ceil(quota(read))));
}

/** The tightest quota among the process's group and those above it, in cores. Infinity where there is none. */
function quota(read: Read): number {
  let least = Number.POSITIVE_INFINITY;
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || group === undefined) continue;
    const second = controllers === "";
    if (!second && !controllers.split(",").includes("cpu")) continue;
    // In a container the groups above its own are not to be seen, and its own is the root.
    for (let path = group.replace(/\/$/, ""); ; path = path.slice(0, path.lastIndexOf("/"))) {
      least = Math.min(least, second ? unified(read, path) : old(read, path));
      if (path === "") break;
    }
  }
  return least;
}

/** `cpu.max` holds the quota, or the word max, and the period. */
function unified(read: Read, group: string): number {
  const [most, period] = (read(`/sys/fs/cgroup${group}/cpu.max`) ?? "").split(" ").map(Number);
  return cores(most, period);
}

function old(read: Read, group: string): number {
  const value = (name: string) => Number(read(`/sys/fs/cgroup/cpu${group}/cpu.cfs_${name}_us`));
  return cores(value("quota"), value("period"));
}

function cores(most: number | undefined, period: number | undefined): number {
  return most !== undefined && period !== undefined && most > 0 && period > 0
    ? most / period
    : Number.POSITIVE_INFINITY;
}

const readSystem: Read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};
