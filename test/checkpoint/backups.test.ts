import { describe, expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { createBackups } from "../../src/checkpoint/backups.js";
import { checksumSafetensors, readChecked } from "../../src/checkpoint/checksum.js";
import { readSafetensors } from "../../src/checkpoint/safetensors.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { dice, join } from "../helpers/damage.js";
import { memoryFileSystem } from "../helpers/memory-filesystem.js";

const path = "run/state.safetensors";
const tensors = (step: number) => [
  {
    name: "weight",
    dtype: "F32" as const,
    shape: [40, 50],
    data: Float32Array.from({ length: 2000 }, (_, i) => i + step),
  },
  { name: "moment", dtype: "F64" as const, shape: [7], data: new Float64Array(7).fill(step) },
];

async function twoSaves() {
  const disk = memoryFileSystem();
  await disk.makeFolder("run");
  const states = createBackups(disk, "run", "state.safetensors", nodeHash);
  await states.save(tensors(1), { step: "1", settings: '{"sha256":"no"}' });
  await states.save(tensors(2), { step: "2", settings: '{"sha256":"no"}' });
  const warnings: string[] = [];
  return { disk, states, warnings, load: () => states.load((sentence) => warnings.push(sentence)) };
}

describe("backups", () => {
  test("load the newest version with the same bits and without a warning", async () => {
    const { load, warnings } = await twoSaves();
    const file = await load();
    expect(file?.metadata.step).toBe("2");
    expect(file?.tensors.get("weight")).toEqual({ dtype: "F32", shape: [40, 50], data: tensors(2)[0]!.data });
    expect(warnings).toEqual([]);
  });

  test("are undefined before the first save and after discarding", async () => {
    const { disk, states, load } = await twoSaves();
    disk.put(`${path}.tmp`, new Uint8Array(3));
    await states.discard();
    expect(disk.paths()).toEqual([]);
    expect(await load()).toBeUndefined();
    await states.discard();
  });

  test("fall back from a missing newest version with a warning", async () => {
    const { disk, load, warnings } = await twoSaves();
    await disk.remove(path);
    expect((await load())?.metadata.step).toBe("1");
    expect(warnings).toEqual([
      "run/state.safetensors is missing, as after a save cut short; going on " +
        "from the one before, run/state.safetensors.previous.",
    ]);
  });

  test("do not fall back from a version that nobody may read here: it is not damaged, and nothing takes its place", async () => {
    const { disk, load, warnings } = await twoSaves();
    disk.failAt("read", 0, "EACCES");
    await expect(load()).rejects.toThrow("Cannot read run/state.safetensors: permission was denied (EACCES).");
    expect(warnings).toEqual([]);
  });

  test("look again for a version that another process is just renaming", async () => {
    const { disk, load, warnings } = await twoSaves();
    disk.failAt("read", 0, "ENOENT"); // between the two renames of a save
    expect((await load())?.metadata.step).toBe("2");
    expect(warnings).toEqual([]);
  });

  test("fall back from a version that cannot be read, naming the code", async () => {
    const { disk, load, warnings } = await twoSaves();
    disk.failAt("read", 0, "EIO");
    expect((await load())?.metadata.step).toBe("1");
    expect(warnings[0]).toMatch(/^Cannot read run\/state.safetensors: the disk reports an error \(EIO\)\. Going on/);
  });

  test("are refused if neither version is intact", async () => {
    const { disk, load } = await twoSaves();
    disk.put(path, new Uint8Array(100));
    disk.put(`${path}.previous`, new Uint8Array(0));
    const error = await load().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "model-file", hint: expect.stringMatching(/`force`\.$/) });
    expect((error as LonghandError).message).toMatch(/^Both versions of the file are damaged\. /);
    await disk.remove(path);
    await expect(load()).rejects.toThrow(/previous has no digest of itself/);
  });

  test("are an io error if neither version can be read", async () => {
    const { disk, load } = await twoSaves();
    disk.failAt("read", 0, "EACCES");
    disk.failAt("read", 1, "EACCES");
    await expect(load()).rejects.toMatchObject({ code: "io" });
  });

  test("loading writes nothing", async () => {
    const { disk, load } = await twoSaves();
    const before = disk.calls.length;
    await load();
    const kinds = new Set(disk.calls.slice(before).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(["close", "open", "read", "stat"]);
  });
});

describe("damage of the newest version is detected, and the older one is loaded", () => {
  async function fallsBack(damage: (bytes: Uint8Array) => Uint8Array) {
    const { disk, load, warnings } = await twoSaves();
    return async (each: (bytes: Uint8Array) => Uint8Array = damage) => {
      const whole = disk.peek(path)!;
      disk.put(path, each(new Uint8Array(whole)));
      const step = (await load())?.metadata.step;
      const told = warnings.splice(0).length;
      disk.put(path, whole);
      if (step !== "1" || told !== 1) throw new Error(`loaded ${step} with ${told} warnings`);
    };
  }

  test("for each flipped bit of the header, and for a flipped bit at 2,000 offsets of the body", async () => {
    const check = await fallsBack((bytes) => bytes);
    const { disk } = await twoSaves();
    const length = disk.peek(path)!.length;
    const header = 8 + Number(new DataView(disk.peek(path)!.buffer).getBigUint64(0, true));
    const flip = (at: number, bit: number) => (bytes: Uint8Array) => {
      bytes[at]! ^= 1 << bit;
      return bytes;
    };
    for (let at = 0; at < header; at++) for (let bit = 0; bit < 8; bit++) await check(flip(at, bit));
    const { below } = dice(9);
    for (let i = 0; i < 2000; i++) await check(flip(header + below(length - header), below(8)));
  });

  test("for a truncated, a longer, and a partly zeroed file, at all tested offsets", async () => {
    const check = await fallsBack((bytes) => bytes);
    const { disk } = await twoSaves();
    const length = disk.peek(path)!.length;
    for (let at = 0; at < length; at += 512) {
      await check((bytes) => bytes.subarray(0, at));
      await check((bytes) => bytes.fill(0, at));
    }
    await check((bytes) => bytes.subarray(0, length - 1));
    await check((bytes) => join([bytes, new Uint8Array(1)]));
  });
});

describe("a checksummed file", () => {
  test("is a plain safetensors file whose digest covers all bytes but its own digits", async () => {
    const bytes = join(await checksumSafetensors(tensors(3), { a: "b" }, nodeHash));
    const { metadata } = readSafetensors(bytes);
    expect(metadata.sha256).toMatch(/^[0-9a-f]{64}$/);
    const text = new TextDecoder("latin1").decode(bytes);
    bytes.fill(0x30, text.indexOf(metadata.sha256!), text.indexOf(metadata.sha256!) + 64);
    const hash = nodeHash();
    hash.update(bytes);
    expect(await hash.hex()).toBe(metadata.sha256);
  });

  test("takes neither a metadata field nor a tensor for the digest", async () => {
    const metadata = { aaa: `"sha256":"${"0".repeat(64)}"`, 'a"sha256":"': "x" };
    const one = [{ name: "sha256", dtype: "U8" as const, shape: [3], data: new Uint8Array(3) }];
    const bytes = join(await checksumSafetensors(one, metadata, nodeHash));
    expect((await readChecked(bytes, nodeHash, "x")).metadata.aaa).toBe(metadata.aaa);
    await expect(readChecked(bytes.subarray(0, 60), nodeHash, "x")).rejects.toBeInstanceOf(LonghandError);
  });
});
