// Number of cores that this process may use, by its affinity and its control groups.

import { availableParallelism } from "node:os";
import { type Read, readSystem, tightest } from "./cgroups.js";

/** Cores by affinity and by the quotas of control groups, versions 1 and 2, rounded up; at least 1. */
export function usableCores(scheduled = availableParallelism(), read: Read = readSystem): number {
  return Math.max(1, Math.min(scheduled, Math.ceil(quota(read))));
}

/** The tightest quota, in cores; Infinity if there is none. */
function quota(read: Read): number {
  return tightest(
    read,
    "cpu",
    (folder) => {
      // `cpu.max` holds the quota, or the word max, and the period.
      const [most, period] = (read(`${folder}/cpu.max`) ?? "").split(" ").map(Number);
      return cores(most, period);
    },
    (folder) => {
      const value = (name: string) => Number(read(`${folder}/cpu.cfs_${name}_us`));
      return cores(value("quota"), value("period"));
    },
  );
}

function cores(most: number | undefined, period: number | undefined): number {
  return most !== undefined && period !== undefined && most > 0 && period > 0
    ? most / period
    : Number.POSITIVE_INFINITY;
}
