// How much memory a process may take, from what a system says: Linux, macOS and Windows.

import { expect, test } from "vitest";
import { usableMemory } from "../../src/node/system/memory.js";

const GIB = 2 ** 30;
const other = {
  platform: "linux",
  read: () => undefined,
  total: 8 * GIB,
  free: 3 * GIB,
  held: GIB,
  vmStat: () => undefined,
};
const room = (files: Readonly<Record<string, string>>) => usableMemory({ ...other, read: (path) => files[path] });
const meminfo = { "/proc/meminfo": "MemFree:  1 kB\nMemAvailable:    4194304 kB\nSwapFree:        1048576 kB\n" };
const machine = { bytes: 5 * GIB, whose: "this machine" };
const group = { bytes: GIB, whose: "this process's control group" };

test("it is what is available and swap; without such a file, all memory less what the process holds", () => {
  expect(room(meminfo)).toEqual(machine);
  expect(room({})).toEqual({ ...machine, bytes: 7 * GIB });
});

test(
  "on Windows it is what is available; on macOS the pages that are free " +
    "or can be taken back; else all less what is held",
  () => {
    expect(usableMemory({ ...other, platform: "win32" })).toEqual({ ...machine, bytes: 3 * GIB });
    const pages = { free: 65536, active: 9, inactive: 32768, speculative: 16384, "wired down": 9, purgeable: 16384 };
    const lines = Object.entries(pages).map(([kind, count]) => `Pages ${kind}:${" ".repeat(12)}${count}.`);
    const text = ["Mach Virtual Memory Statistics: (page size of 16384 bytes)", ...lines, ""].join("\n");
    expect(usableMemory({ ...other, platform: "darwin", vmStat: () => text })).toEqual({ ...machine, bytes: 2 * GIB });
    expect(usableMemory({ ...other, platform: "darwin" })).toEqual({ ...machine, bytes: 7 * GIB });
    expect(usableMemory({ ...other, platform: "freebsd" })).toEqual({ ...machine, bytes: 7 * GIB });
  },
);

test("a control group's limit, of either version and of any group above, counts less what the process holds", () => {
  const second = { ...meminfo, "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n" };
  expect(room(second)).toEqual(machine);
  expect(room({ ...second, "/sys/fs/cgroup/a/memory.max": `${2 * GIB}\n` })).toEqual(group);
  const first = { ...meminfo, "/proc/self/cgroup": "4:memory:/x\n" };
  expect(room({ ...first, "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": `${2 * GIB}\n` })).toEqual(group);
  expect(room({ ...first, "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9223372036854771712\n" })).toEqual(machine);
});
