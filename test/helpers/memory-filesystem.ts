// A FileSystem in memory that can be stopped, refused and unplugged at every single operation.
//
//   const disk = memoryFileSystem(); every call, of the file system or of a handle, is one operation: disk.calls
//   disk.crashAt(5, "after"); the sixth operation from now is the last: Crash is thrown, and by all later ones
//   disk.failAt("sync", 0, "EIO"); the next sync fails with that code disk.shortWrites(7); a write takes at most 7
//   bytes disk.reboot() the disk as the next process finds it after a crash: nothing is lost disk.powerLoss(data, acts)
//   … after a loss of power: what was not synced is lost, wholly or in part
//
// How power is lost: a file has the bytes last synced, and whatever came later is "lost", "torn" (half of it is there),
// "nul" (the right size, but zeros) or "kept". A folder has the names last synced (syncFolder); of the creates, renames
// and removes since (disk.pending of them), those survive whose bit in the mask `acts` is set. So "survives" may be any
// subset in any order, harsher than a journal allows; a rename alone is one step. makeFolder is durable at once.

import { type FileSystem, joinPath, type ReadHandle, type WriteHandle } from "../../src/base/ports.js";
import { folderOf } from "../../src/checkpoint/atomic-write.js";

export type Operation = keyof FileSystem | keyof WriteHandle | keyof ReadHandle;
/** Thrown where the process is to end: not a system error, so nothing may make a sentence of it. */
export class Crash extends Error {}

interface Inode {
  bytes: Uint8Array;
  durable: Uint8Array;
  modified?: number;
}
type Act = (names: Map<string, Inode>) => void;

export interface MemoryFileSystem extends FileSystem {
  /** Every operation so far, those that failed too. `handle` numbers the opened files. */
  readonly calls: readonly { readonly kind: Operation; readonly path: string; readonly handle?: number }[];
  /** Counts from 0 and from now. "during" ends a write halfway, and is "before" for all others. */
  crashAt(operation: number, when: "before" | "during" | "after"): void;
  /** Counts the operations of that kind from 0 and from now. */
  failAt(kind: Operation, nth: number, code: string): void;
  /** undefined ends it. */
  shortWrites(limit: number | undefined): void;
  /** How many changes of names no syncFolder has made durable. */
  readonly pending: number;
  reboot(): MemoryFileSystem;
  powerLoss(data: "lost" | "torn" | "nul" | "kept", acts: number): MemoryFileSystem;
  /** Puts a file there, durable at once, past all faults. */
  put(path: string, bytes: Uint8Array): void;
  /** The bytes there now, past all faults. */
  peek(path: string): Uint8Array | undefined;
  /** Paths of all files, sorted. */
  paths(): string[];
}

export function memoryFileSystem(
  names: Map<string, Inode> = new Map(),
  folders: Set<string> = new Set(),
): MemoryFileSystem {
  const calls: { kind: Operation; path: string; handle?: number }[] = [];
  let durableNames = new Map(names);
  let acts: { folder: string; act: Act }[] = [];
  let crash: { at: number; when: "before" | "during" | "after" } | undefined;
  let dead = false;
  const failures: { kind: Operation; left: number; code: string }[] = [];
  let writeLimit: number | undefined;
  let handles = 0;

  const systemError = (code: string, path: string) => Object.assign(new Error(`${code}: ${path}`), { code });

  /** The one gate: every operation goes through it. `act` may be told to do half of its work. */
  async function operation<T>(kind: Operation, path: string, act: (half: boolean) => T, handle?: number): Promise<T> {
    await Promise.resolve();
    if (dead) throw new Crash();
    const hit = crash?.at === calls.length ? crash.when : undefined;
    calls.push({ kind, path, ...(handle === undefined ? {} : { handle }) });
    if (hit !== undefined) {
      dead = true;
      if (hit === "after" || (hit === "during" && (kind === "write" || kind === "writeAt"))) act(hit === "during");
      throw new Crash();
    }
    const due = failures.filter((failure) => failure.kind === kind && failure.left-- === 0)[0];
    if (due !== undefined) throw systemError(due.code, path);
    return act(false);
  }

  /** Changes the names now, and again on the durable ones if the change survives. */
  function change(path: string, act: Act): void {
    act(names);
    acts.push({ folder: folderOf(path), act });
  }
  function find(path: string): Inode {
    const inode = names.get(path);
    if (inode === undefined) throw systemError(isFolder(path) ? "EISDIR" : "ENOENT", path);
    return inode;
  }
  const isFolder = (path: string) =>
    folders.has(path) || [...names.keys()].some((name) => name.startsWith(`${path}/`)) || path === ".";

  function openToRead(path: string): ReadHandle {
    const inode = find(path);
    const handle = handles++;
    return {
      read: (into, at) =>
        operation(
          "read",
          path,
          () => {
            const found = inode.bytes.subarray(at, at + into.length);
            into.set(found);
            return found.length;
          },
          handle,
        ),
      close: () => operation("close", path, () => undefined, handle),
    };
  }

  function open(path: string, inode: Inode): WriteHandle {
    const handle = handles++;
    return {
      writeAt: (bytes, at) =>
        operation(
          "writeAt",
          path,
          (half) => {
            const count = Math.min(bytes.length, writeLimit ?? bytes.length);
            const taken = half ? Math.floor(count / 2) : count;
            const changed = new Uint8Array(Math.max(inode.bytes.length, at + taken));
            changed.set(inode.bytes);
            changed.set(bytes.subarray(0, taken), at);
            inode.modified = performance.now();
            inode.bytes = changed;
            return taken;
          },
          handle,
        ),
      write: (bytes) =>
        operation(
          "write",
          path,
          (half) => {
            const count = Math.min(bytes.length, writeLimit ?? bytes.length);
            const taken = half ? Math.floor(count / 2) : count;
            const grown = new Uint8Array(inode.bytes.length + taken);
            grown.set(inode.bytes);
            grown.set(bytes.subarray(0, taken), inode.bytes.length);
            inode.bytes = grown;
            return taken;
          },
          handle,
        ),
      sync: () =>
        operation(
          "sync",
          path,
          () => {
            inode.durable = inode.bytes;
          },
          handle,
        ),
      size: () => operation("size", path, () => inode.bytes.length, handle),
      close: () => operation("close", path, () => undefined, handle),
    };
  }

  function survivor(inode: Inode, data: "lost" | "torn" | "nul" | "kept"): Inode {
    const { bytes, durable } = inode;
    const from = Math.min(durable.length, bytes.length); // a file emptied by create and written anew begins at 0
    const kept = bytes === durable || data === "kept" ? bytes : data === "lost" ? durable : undefined;
    const result = kept ?? new Uint8Array(data === "nul" ? bytes.length : Math.floor((from + bytes.length) / 2));
    if (kept === undefined)
      result.set(bytes.subarray(0, Math.min(data === "nul" ? from : result.length, bytes.length)));
    return { bytes: result, durable: result };
  }

  return {
    calls,
    get pending() {
      return acts.length;
    },
    crashAt(at, when) {
      crash = { at: calls.length + at, when };
    },
    failAt(kind, nth, code) {
      failures.push({ kind, left: nth, code });
    },
    shortWrites(limit) {
      writeLimit = limit;
    },
    put(path, bytes) {
      const inode = { bytes: new Uint8Array(bytes), durable: new Uint8Array(0) };
      inode.durable = inode.bytes;
      names.set(path, inode);
      durableNames.set(path, inode);
    },
    peek: (path) => names.get(path)?.bytes,
    paths: () => [...names.keys()].sort(),
    reboot() {
      const kept = new Map([...names].map(([path, { bytes }]) => [path, { bytes, durable: bytes }]));
      return memoryFileSystem(kept, new Set(folders));
    },
    powerLoss(data, mask) {
      const survived = new Map(durableNames);
      acts.forEach(({ act }, i) => {
        if ((mask >> i) & 1) act(survived);
      });
      const inodes = new Map<Inode, Inode>();
      for (const inode of survived.values()) inodes.set(inode, survivor(inode, data));
      return memoryFileSystem(
        new Map([...survived].map(([path, inode]) => [path, inodes.get(inode) ?? inode])),
        new Set(folders),
      );
    },

    read: (path) => operation("read", path, () => new Uint8Array(find(path).bytes)),
    open: (path) => operation("open", path, () => openToRead(path)),
    create: (path) =>
      operation("create", path, () => {
        if (isFolder(path)) throw systemError("EISDIR", path);
        const there = names.get(path);
        // As open(O_TRUNC) does: the same file, emptied. That it is empty is as little durable as any write.
        const inode = there ?? { bytes: new Uint8Array(0), durable: new Uint8Array(0) };
        inode.bytes = new Uint8Array(0);
        if (there === undefined) change(path, (all) => all.set(path, inode));
        return open(path, inode);
      }),
    append: (path) =>
      operation("append", path, () => {
        const there = names.get(path);
        const inode = there ?? { bytes: new Uint8Array(0), durable: new Uint8Array(0) };
        if (there === undefined) change(path, (all) => all.set(path, inode));
        return open(path, inode);
      }),
    rename: (from, to) =>
      operation("rename", to, () => {
        const inode = find(from);
        change(to, (all) => {
          if (all.get(from) === inode) all.delete(from);
          all.set(to, inode);
        });
      }),
    remove: (path) =>
      operation("remove", path, () => {
        const inode = find(path);
        change(path, (all) => {
          if (all.get(path) === inode) all.delete(path);
        });
      }),
    syncFolder: (path) =>
      operation("syncFolder", path, () => {
        for (const { folder, act } of acts) if (folder === path) act(durableNames);
        acts = acts.filter(({ folder }) => folder !== path);
        durableNames = new Map(durableNames);
      }),
    makeFolder: (path) =>
      operation("makeFolder", path, () => {
        for (let at = path; at !== "." && at !== "/"; at = folderOf(at)) folders.add(at);
      }),
    list: (path) =>
      operation("list", path, () => {
        if (!isFolder(path)) throw systemError("ENOENT", path);
        const inside = (each: string) => each.startsWith(`${path}/`);
        const children = [...names.keys(), ...folders].filter(inside).map((each) => each.slice(path.length + 1));
        const first = [...new Set(children.map((child) => child.split("/")[0] ?? ""))];
        return first.sort().map((name) => {
          const kind = names.has(joinPath(path, name)) ? ("file" as const) : ("folder" as const);
          return { name, kind };
        });
      }),
    stat: (path) =>
      operation("stat", path, () => {
        const inode = names.get(path);
        if (inode !== undefined)
          return { kind: "file" as const, size: inode.bytes.length, modified: inode.modified ?? 0 };
        return isFolder(path) ? { kind: "folder" as const, size: 0 } : undefined;
      }),
  };
}
