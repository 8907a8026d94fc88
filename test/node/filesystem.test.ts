// The real disk behind the FileSystem port, and the disk in memory that stands for it in other tests: the same laws
// hold for both. Then what only a real system has: links, permissions, processes.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { errorCode, type FileSystem } from "../../src/base/ports.js";
import { writeAtomic } from "../../src/checkpoint/atomic-write.js";
import { createBackups } from "../../src/checkpoint/backups.js";
import { lockFolder } from "../../src/checkpoint/lock.js";
import { nodeFileSystem } from "../../src/node/system/filesystem.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { nodeProcesses } from "../../src/node/system/processes.js";
import { memoryFileSystem } from "../helpers/memory-filesystem.js";

const root = mkdtempSync(join(tmpdir(), "longhand-fs-")).replaceAll("\\", "/");
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
async function newFolder(fs: FileSystem): Promise<string> {
  const folder = `${root}/${folders++}`;
  await fs.makeFolder(folder);
  return folder;
}
const bytes = (...values: number[]) => Uint8Array.from(values);
async function write(fs: FileSystem, path: string, content: Uint8Array) {
  const file = await fs.create(path);
  await file.write(content);
  await file.close();
}
const codeOf = (act: Promise<unknown>) => act.then(() => "no error", errorCode);

describe.each([
  ["the real disk", nodeFileSystem],
  ["the disk in memory", memoryFileSystem],
] as [string, () => FileSystem][])("%s", (_, make) => {
  const fs = make();

  test("creates, writes on, tells the size, syncs, and reads back", async () => {
    const folder = await newFolder(fs);
    const file = await fs.create(`${folder}/a`);
    expect(await file.write(bytes(1, 2))).toBe(2);
    expect(await file.write(bytes(3))).toBe(1);
    expect(await file.size()).toBe(3);
    await file.sync();
    await file.close();
    await fs.syncFolder(folder);
    const found = await fs.read(`${folder}/a`);
    expect(found).toEqual(bytes(1, 2, 3));
    expect(found.constructor).toBe(Uint8Array);
    expect(await fs.stat(`${folder}/a`)).toMatchObject({ kind: "file", size: 3 });
  });

  test("empties what it creates anew, and appends to what it appends to", async () => {
    const path = `${await newFolder(fs)}/a`;
    for (const value of [1, 2]) {
      const file = await fs.append(path);
      await file.write(bytes(value));
      await file.close();
    }
    expect(await fs.read(path)).toEqual(bytes(1, 2));
    await write(fs, path, bytes(3));
    expect(await fs.read(path)).toEqual(bytes(3));
  });

  test("renames over what is there, and removes", async () => {
    const folder = await newFolder(fs);
    await write(fs, `${folder}/a`, bytes(1));
    await write(fs, `${folder}/b`, bytes(2));
    await fs.rename(`${folder}/a`, `${folder}/b`);
    expect(await fs.stat(`${folder}/a`)).toBeUndefined();
    expect(await fs.read(`${folder}/b`)).toEqual(bytes(1));
    await fs.remove(`${folder}/b`);
    expect(await fs.list(folder)).toEqual([]);
  });

  test("lists names in byte order, with their kinds", async () => {
    const folder = await newFolder(fs);
    for (const name of ["b", "a", "Z", "ä", "10", "9"]) await write(fs, `${folder}/${name}`, bytes());
    await fs.makeFolder(`${folder}/dir/inner`);
    await fs.makeFolder(`${folder}/dir`); // that it is there already is no error
    const found = await fs.list(folder);
    expect(found.map(({ name }) => name)).toEqual(["10", "9", "Z", "a", "b", "dir", "ä"]);
    expect(found.filter(({ kind }) => kind === "folder").map(({ name }) => name)).toEqual(["dir"]);
    expect((await fs.stat(`${folder}/dir`))?.kind).toBe("folder");
  });

  test("says ENOENT where nothing is and EISDIR where a folder is", async () => {
    const folder = await newFolder(fs);
    expect(await codeOf(fs.read(`${folder}/no`))).toBe("ENOENT");
    expect(await codeOf(fs.remove(`${folder}/no`))).toBe("ENOENT");
    expect(await codeOf(fs.rename(`${folder}/no`, `${folder}/a`))).toBe("ENOENT");
    expect(await codeOf(fs.list(`${folder}/no`))).toBe("ENOENT");
    expect(await codeOf(fs.read(folder))).toBe("EISDIR");
    expect(await codeOf(fs.create(folder))).toBe("EISDIR");
    expect(await fs.stat(`${folder}/no/deeper`)).toBeUndefined();
  });

  test("keeps two generations, and no temporary file", async () => {
    const folder = await newFolder(fs);
    const states = createBackups(fs, folder, "state.safetensors", nodeHash);
    const shared = new Float32Array(new SharedArrayBuffer(4000)); // an arena may be shared memory
    for (const step of [1, 2, 3]) {
      shared.fill(step);
      await states.save([{ name: "w", dtype: "F32", shape: [1000], data: shared }], { step: `${step}` });
    }
    expect((await fs.list(folder)).map(({ name }) => name)).toEqual([
      "state.safetensors",
      "state.safetensors.previous",
    ]);
    const file = await createBackups(fs, folder, "state.safetensors", nodeHash).load(expect.unreachable);
    expect(file?.metadata.step).toBe("3");
    expect(file?.tensors.get("w")?.data).toEqual(new Float32Array(1000).fill(3));
  });
});

describe("on a real system", () => {
  const fs = nodeFileSystem();

  test.skipIf(process.platform === "win32")(
    "links are followed, and one that leads nowhere is neither file nor folder",
    async () => {
      const folder = await newFolder(fs);
      writeFileSync(`${folder}/a`, "abc");
      symlinkSync("a", `${folder}/link`);
      symlinkSync(".", `${folder}/loop`);
      symlinkSync("nowhere", `${folder}/lost`);
      expect((await fs.list(folder)).map(({ kind }) => kind)).toEqual(["file", "file", "folder", "other"]);
      expect(await fs.stat(`${folder}/link`)).toMatchObject({ kind: "file", size: 3 });
      expect(await fs.stat(`${folder}/lost`)).toBeUndefined();
    },
  );

  test("an error of the system becomes a sentence with the path and the code", async () => {
    const folder = await newFolder(fs);
    await expect(writeAtomic(fs, `${folder}/no/a`, [bytes(1)])).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining(`Cannot write ${folder}/no/a: nothing is there (ENOENT).`),
    });
    // Root may write anywhere; a file where a folder should be stops everybody.
    writeFileSync(`${folder}/file`, "");
    chmodSync(`${folder}/file`, 0o400);
    await expect(writeAtomic(fs, `${folder}/file/a`, [bytes(1)])).rejects.toThrow("(ENOTDIR)");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("SHA-256 has its published value, in pieces or whole", async () => {
    const hash = nodeHash(); // FIPS 180-4, the example "abc"
    for (const letter of "abc") hash.update(new TextEncoder().encode(letter));
    expect(await hash.hex()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  test("the lock of a living process holds, and that of a killed one does not", async () => {
    const folder = await newFolder(fs);
    const child = spawn(process.execPath, ["-e", "console.log(); setInterval(() => {}, 1000)"]);
    await once(child.stdout, "data");
    const pid = child.pid ?? -1;
    const start = nodeProcesses.startOf(pid);
    expect(start).toMatch(/^[a-z0-9]+$/);
    await lockFolder(fs, folder, { ...nodeProcesses, pid });
    await expect(lockFolder(fs, folder, nodeProcesses)).rejects.toThrow(`Process ${pid} is writing in ${folder}.`);
    child.kill("SIGKILL");
    await once(child, "exit");
    const { release } = await lockFolder(fs, folder, nodeProcesses);
    expect(await fs.list(folder)).toHaveLength(1);
    await expect(lockFolder(fs, folder, nodeProcesses)).rejects.toThrow("this very process");
    await release();
    expect(await fs.list(folder)).toEqual([]);
  });

  test.skipIf(process.platform !== "linux")(
    "a process that has ended counts as dead though its parent never asked",
    async () => {
      // it ends after the exec: who would have asked is no more
      const parent = spawn("sh", ["-c", "sleep 0.3 & echo $!; exec sleep 600"]);
      const [said] = (await once(parent.stdout, "data")) as [Buffer];
      while (nodeProcesses.startOf(Number(said)) !== undefined) await new Promise((go) => setTimeout(go, 5));
      process.kill(Number(said), 0); // it is still in the table: this throws for a pid that is not
      parent.kill("SIGKILL");
      await once(parent, "exit");
    },
  );

  test("a process has one start, and a pid that no process can have has none", () => {
    expect(nodeProcesses.startOf(process.pid)).toBe(nodeProcesses.startOf(process.pid));
    expect(nodeProcesses.startOf(2 ** 30)).toBeUndefined();
  });
});
