// How much memory a process may take, from what a system of files says.

import { expect, test } from "vitest";
import { usableMemory } from "../../src/node/system/memory.js";

const GIB = 2 ** 30;
const room = (files: Readonly<Record<string, string>>) => usableMemory((path) => files[path], 8 * GIB, GIB);
const meminfo = { "/proc/meminfo": "MemFree:  1 kB\nMemAvailable:    4194304 kB\nSwapFree:        1048576 kB\n" };
const machine = { bytes: 5 * GIB, whose: "this machine" };
const group = { bytes: GIB, whose: "this process's control group" };

test("it is what is available and swap; without such a file, all memory less what the process holds", () => {
  expect(room(meminfo)).toEqual(machine);
  expect(room({})).toEqual({ ...machine, bytes: 7 * GIB });
});

test("a control group's limit, of either version and of any group above, counts less what the process holds", () => {
  const second = { ...meminfo, "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n" };
  expect(room(second)).toEqual(machine);
  expect(room({ ...second, "/sys/fs/cgroup/a/memory.max": `${2 * GIB}\n` })).toEqual(group);
  const first = { ...meminfo, "/proc/self/cgroup": "4:memory:/x\n" };
  expect(room({ ...first, "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": `${2 * GIB}\n` })).toEqual(group);
  expect(room({ ...first, "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9223372036854771712\n" })).toEqual(machine);
});
