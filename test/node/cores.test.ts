// How many cores a process may use, from what a system of files says.

import { expect, test } from "vitest";
import { usableCores } from "../../src/node/system/cores.js";

const cores = (scheduled: number, files: Readonly<Record<string, string>>) =>
  usableCores(scheduled, (path) => files[path]);

test("without control groups it is what the system schedules the process on", () => {
  expect(cores(6, {})).toBe(6);
  expect(usableCores()).toBeGreaterThanOrEqual(1);
});

test.each([
  ["its own, as a container sees it", "0::/\n", { "/sys/fs/cgroup/cpu.max": "250000 100000\n" }, 3],
  ["less than one core", "0::/\n", { "/sys/fs/cgroup/cpu.max": "20000 100000\n" }, 1],
  ["none", "0::/a\n", { "/sys/fs/cgroup/a/cpu.max": "max 100000\n" }, 8],
  ["more than there are cores", "0::/a\n", { "/sys/fs/cgroup/a/cpu.max": "1600000 100000\n" }, 8],
  [
    "that of a group above, the tightest",
    "0::/a/b/c\n",
    {
      "/sys/fs/cgroup/a/b/c/cpu.max": "700000 100000\n",
      "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/a/cpu.max": "200000 50000\n",
    },
    4,
  ],
  [
    "of the first version",
    "12:memory:/x\n4:cpu,cpuacct:/docker/1\n0::/\n",
    {
      "/sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us": "150000\n",
      "/sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us": "100000\n",
    },
    2,
  ],
  [
    "of the first version, none",
    "4:cpu:/\n",
    { "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n" },
    8,
  ],
])("a quota bounds it, rounded up: %s", (_, groups, files, expected) => {
  expect(cores(8, { "/proc/self/cgroup": groups, ...files })).toBe(expected);
});
