// Crash tests of saving: stops a save before, during and after every operation, with every power failure that the disk
// in memory can simulate, and loads what is left. Savers that are wrong on purpose show that these tests detect errors.

import { describe, expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import type { FileSystem } from "../../src/base/ports.js";
import { temporaryOf, writeAtomic } from "../../src/checkpoint/atomic-write.js";
import { createBackups } from "../../src/checkpoint/backups.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { Crash, type MemoryFileSystem, memoryFileSystem, type Operation } from "../helpers/memory-filesystem.js";

/** A way to keep one number safe: it saves 1, then 2, then 3, and loads what it finds. */
interface Keeper {
  save(fs: FileSystem, step: number): Promise<void>;
  /** NaN: something is there, but not whole. */
  load(fs: FileSystem): Promise<number | undefined>;
}

const path = "run/state.safetensors";
const open = (fs: FileSystem) => createBackups(fs, "run", "state.safetensors", nodeHash);
const tensorsOf = (step: number) => [
  { name: "h", dtype: "F32" as const, shape: [4, 25], data: new Float32Array(100).fill(step) },
  { name: "tokens", dtype: "I32" as const, shape: [3], data: new Int32Array(3).fill(step) },
];

const generations: Keeper = {
  save: (fs, step) => open(fs).save(tensorsOf(step), { step: String(step) }),
  async load(fs) {
    try {
      const file = await open(fs).load(() => undefined);
      return file === undefined ? undefined : Number(file.metadata.step);
    } catch (error) {
      if (error instanceof LonghandError) return Number.NaN;
      throw error;
    }
  },
};

const text = (step: number) => [new TextEncoder().encode(`[${String(step).repeat(50)}`), new TextEncoder().encode("]")];
const oneFile: Keeper = {
  save: (fs, step) => writeAtomic(fs, path, text(step)),
  async load(fs) {
    if ((await fs.stat(path)) === undefined) return undefined;
    const found = new TextDecoder().decode(await fs.read(path));
    return /^\[(\d)\1{49}\]$/.test(found) ? Number(found[1]) : Number.NaN;
  },
};

async function prepared(keeper: Keeper, saves: number): Promise<MemoryFileSystem> {
  const disk = memoryFileSystem();
  await disk.makeFolder("run");
  for (let step = 1; step <= saves; step++) await keeper.save(disk, step);
  return disk;
}

/** Runs a save that crashes at its n-th operation; false where it has fewer operations and so ended well. */
async function crashes(
  disk: MemoryFileSystem,
  n: number,
  when: "before" | "during" | "after",
  save: () => Promise<void>,
) {
  disk.crashAt(n, when);
  try {
    await save();
    return false;
  } catch (error) {
    if (error instanceof Crash) return true;
    throw error;
  }
}

/** Every disk that a reboot or a loss of power may leave. */
function* afterwards(disk: MemoryFileSystem): Generator<{ how: string; found: MemoryFileSystem }> {
  yield { how: "reboot", found: disk.reboot() };
  const n = Math.min(disk.pending, 16);
  const prefixes = Array.from({ length: n + 1 }, (_, i) => 2 ** i - 1);
  const masks = n <= 6 ? Array.from({ length: 2 ** n }, (_, i) => i) : prefixes;
  for (const data of ["lost", "torn", "nul", "kept"] as const) {
    for (const acts of masks) yield { how: `power, ${data}, ${acts.toString(2)}`, found: disk.powerLoss(data, acts) };
  }
}

/**
 * All ways in which the keeper, saving 3 after 1 and 2, ends with neither 2 nor 3, or without 3 after the save had
 * ended.
 */
async function violations(keeper: Keeper): Promise<{ states: number; wrong: string[] }> {
  const wrong: string[] = [];
  let states = 0;
  for (const when of ["before", "during", "after"] as const) {
    for (let n = 0, going = true; going; n++) {
      const disk = await prepared(keeper, 2);
      going = await crashes(disk, n, when, () => keeper.save(disk, 3));
      for (const { how, found } of afterwards(disk)) {
        states++;
        const step = await keeper.load(found);
        if (!(step === 3 || (going && step === 2))) wrong.push(`${when} ${n}, ${how}: ${step}`);
      }
    }
  }
  return { states, wrong };
}

/** A disk that skips some operations and reports success, as some disks do. */
function without(fs: FileSystem, act: "sync" | "syncFolder"): FileSystem {
  if (act === "syncFolder") return { ...fs, syncFolder: async () => undefined };
  return { ...fs, create: async (path) => ({ ...(await fs.create(path)), sync: async () => undefined }) };
}

describe("a save stopped at any operation", () => {
  test("leaves the complete new file or the complete old one", async () => {
    const { states, wrong } = await violations(oneFile);
    expect(wrong).toEqual([]);
    expect(states).toBeGreaterThan(150);
  });

  test("leaves the new version or the one before", async () => {
    const { states, wrong } = await violations(generations);
    expect(wrong).toEqual([]);
    expect(states).toBeGreaterThan(300);
  });

  test("the first save leaves the first version or none", async () => {
    for (let n = 0, going = true; going; n++) {
      const disk = await prepared(generations, 0);
      going = await crashes(disk, n, "during", () => generations.save(disk, 1));
      for (const { found } of afterwards(disk))
        expect([1, going ? undefined : 1]).toContain(await generations.load(found));
    }
  });

  test("stopped again in the next process, leaves what that process loaded or what it saved", async () => {
    for (let n = 0, going = true; going; n++) {
      const first = await prepared(generations, 2);
      going = await crashes(first, n, "during", () => generations.save(first, 3));
      for (const { found } of [...afterwards(first)].filter((_, i) => i % 3 === 0)) {
        const had = await generations.load(found);
        for (const loads of [true, false]) {
          for (let m = 0, on = true; on; m++) {
            const second = found.reboot();
            const states = open(second);
            if (loads) await states.load(() => undefined);
            on = await crashes(second, m, "after", () => states.save(tensorsOf(4), { step: "4" }));
            expect([on ? had : 4, 4]).toContain(await generations.load(second.reboot()));
            if (m % 4 === 0)
              expect([on ? had : 4, 4]).toContain(await generations.load(second.powerLoss("torn", m % 3)));
          }
        }
      }
    }
  });

  test("never replaces an intact file by a damaged one", async () => {
    for (const loads of [true, false]) {
      for (let n = 0, going = true; going; n++) {
        const disk = await prepared(generations, 2);
        disk.put(path, disk.peek(path)!.subarray(0, 300));
        const states = open(disk);
        if (loads) await states.load(() => undefined);
        going = await crashes(disk, n, "after", () => states.save(tensorsOf(3), { step: "3" }));
        for (const { found } of afterwards(disk)) expect([1, 3]).toContain(await generations.load(found));
      }
    }
  });

  test.each<[string, Keeper]>([
    ["a file not synced", { ...oneFile, save: (fs, step) => oneFile.save(without(fs, "sync"), step) }],
    ["a folder not synced", { ...oneFile, save: (fs, step) => oneFile.save(without(fs, "syncFolder"), step) }],
    ["generations not synced", { ...generations, save: (fs, step) => generations.save(without(fs, "sync"), step) }],
    [
      "their folder not synced",
      { ...generations, save: (fs, step) => generations.save(without(fs, "syncFolder"), step) },
    ],
    ["the rename before the bytes", { ...oneFile, save: renameFirst }],
    ["a file written in place", { ...oneFile, save: inPlace }],
    ["the old file removed first", { ...oneFile, save: removeFirst }],
  ])("is found to be unsafe with %s", async (_, keeper) => {
    expect((await violations(keeper)).wrong).not.toEqual([]);
  });
});

async function writeTo(fs: FileSystem, where: string, step: number, before = async () => {}) {
  const file = await fs.create(where);
  await before();
  for (const piece of text(step)) await file.write(piece);
  await file.sync();
  await file.close();
}
async function inPlace(fs: FileSystem, step: number) {
  await writeTo(fs, path, step);
  await fs.syncFolder("run");
}
async function renameFirst(fs: FileSystem, step: number) {
  await writeTo(fs, temporaryOf(path), step, () => fs.rename(temporaryOf(path), path));
  await fs.syncFolder("run");
}
async function removeFirst(fs: FileSystem, step: number) {
  await writeTo(fs, temporaryOf(path), step);
  if (step > 1) await fs.remove(path);
  await fs.rename(temporaryOf(path), path);
  await fs.syncFolder("run");
}

describe("a save with a failing disk operation", () => {
  const kinds: readonly Operation[] = ["create", "write", "size", "sync", "close", "rename", "syncFolder"];
  const codes = ["EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "EINTR", "ESTALE"];

  test.each(kinds)("names the file and the code, and keeps intact files: %s", async (kind) => {
    const plain = await prepared(generations, 2);
    const states = open(plain);
    await states.load(() => undefined);
    const before = plain.calls.length;
    await states.save(tensorsOf(3), { step: "3" });
    const count = plain.calls.slice(before).filter((call) => call.kind === kind).length;
    expect(count).toBeGreaterThan(0);

    for (let nth = 0; nth < count; nth++) {
      for (const code of codes) {
        const disk = await prepared(generations, 2);
        const states = open(disk);
        await states.load(() => undefined);
        disk.failAt(kind, nth, code);
        const error = await states.save(tensorsOf(3), { step: "3" }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(LonghandError);
        const { code: kindOfError, message, hint } = error as LonghandError;
        expect(kindOfError).toBe("io");
        expect(message).toContain(path);
        expect(message).toContain(code);
        expect(hint).toBeTruthy();
        if (code === "ENOSPC") expect(message).toMatch(/\d{3} bytes are needed/);

        expect(disk.paths()).not.toContain(temporaryOf(path));
        for (const { found } of afterwards(disk)) expect([2, 3]).toContain(await generations.load(found));
        const synced = disk.calls.filter((call) => call.kind === "sync").map((call) => call.handle);
        expect(new Set(synced).size).toBe(synced.length); // no handle is synced twice

        await states.save(tensorsOf(4), { step: "4" }); // the disk has room again: the same process goes on
        expect(await generations.load(disk.powerLoss("lost", 0))).toBe(4);
      }
    }
  });

  test("passes on an error that is no system error unchanged", async () => {
    const disk = await prepared(generations, 1);
    const broken = { ...disk, create: () => Promise.reject(new TypeError("ours")) };
    await expect(generations.save(broken, 2)).rejects.toThrow(TypeError);
  });

  test("continues after short writes", async () => {
    for (const limit of [1, 7, 100]) {
      const disk = await prepared(generations, 1);
      disk.shortWrites(limit);
      await generations.save(disk, 2);
      expect(await generations.load(disk.powerLoss("lost", 0))).toBe(2);
    }
  });

  test("fails if no bytes are written, or if the file's size is not the written one", async () => {
    const disk = await prepared(generations, 1);
    disk.shortWrites(0);
    await expect(generations.save(disk, 2)).rejects.toThrow(/Cannot write run\/state.safetensors.*EIO/);
    disk.shortWrites(undefined);
    const lying: FileSystem = {
      ...disk,
      create: async (path) => ({ ...(await disk.create(path)), size: async () => 5 }),
    };
    await expect(generations.save(lying, 2)).rejects.toThrow(
      /state.safetensors.tmp has 5 bytes after \d+ were written/,
    );
    expect(await generations.load(disk)).toBe(1);
  });
});
