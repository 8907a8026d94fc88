// Limits of Linux control groups, versions 1 and 2: the tightest of this process's group and its ancestors.

import { readFileSync } from "node:fs";

/** Reads a small system file; undefined if there is none. */
export type Read = (path: string) => string | undefined;

export const readSystem: Read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/** The limit of a group, from the folder of its files; Infinity if there is none. */
type LimitOf = (folder: string) => number;

/** The tightest of a controller's limits. `unified` reads a folder of the second version, `old` one of the first. */
export function tightest(read: Read, controller: string, unified: LimitOf, old: LimitOf): number {
  let least = Number.POSITIVE_INFINITY;
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || group === undefined) continue;
    const second = controllers === "";
    if (!second && !controllers.split(",").includes(controller)) continue;
    // A container does not see the groups above its own, and its own is the root.
    for (let path = group.replace(/\/$/, ""); ; path = path.slice(0, path.lastIndexOf("/"))) {
      least = Math.min(least, second ? unified(`/sys/fs/cgroup${path}`) : old(`/sys/fs/cgroup/${controller}${path}`));
      if (path === "") break;
    }
  }
  return least;
}
