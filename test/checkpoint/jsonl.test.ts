import { describe, expect, test } from "vitest";
import { openLog, readLines } from "../../src/checkpoint/jsonl.js";
import { join } from "../helpers/damage.js";
import { memoryFileSystem } from "../helpers/memory-filesystem.js";
import { fc, repeats } from "../helpers/random.js";

const path = "run/log.jsonl";
const encode = (text: string) => new TextEncoder().encode(text);
const lines = [{ kind: "start", text: "ü\u0000\n" }, { kind: "window", n: 1, nats: 2.5 }, [1, null, "x"], null, 7];
const whole = encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));

describe("a log of lines", () => {
  test("reads back the appended values, also after short writes", async () => {
    const disk = memoryFileSystem();
    disk.shortWrites(3);
    const log = await openLog(disk, path);
    expect(log.lines).toEqual([]);
    await Promise.all(lines.map((line) => log.append(line))); // overlapping calls keep their order
    await log.sync();
    await log.close();
    expect(disk.peek(path)).toEqual(whole);
    await disk.syncFolder("run");
    expect(await readLines(disk.powerLoss("lost", 0), path)).toEqual(lines);
  });

  test("is empty if there is no file", async () => {
    expect(await readLines(memoryFileSystem(), path)).toEqual([]);
  });

  test("truncated or zeroed from any byte, loses only incomplete lines; opening removes them", async () => {
    for (let at = 0; at <= whole.length; at++) {
      const kept = new TextDecoder().decode(whole.subarray(0, at)).split("\n").length - 1;
      for (const tail of [0, 1, 600]) {
        const disk = memoryFileSystem();
        disk.put(path, join([whole.subarray(0, at), new Uint8Array(tail)]));
        expect(await readLines(disk, path)).toEqual(lines.slice(0, kept));
        const log = await openLog(disk, path);
        expect(log.lines).toEqual(lines.slice(0, kept));
        await log.append("next");
        await log.close();
        expect(await readLines(disk, path)).toEqual([...lines.slice(0, kept), "next"]);
      }
    }
  });

  test("is rewritten with the lines as they stand, however deep they are nested", async () => {
    const disk = memoryFileSystem();
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    disk.put(path, encode(`{ "n": 1.0 }\n${deep}\n{"n":2}\ntorn`));
    const log = await openLog(disk, path, (line) => (line as { n?: number }).n !== 2);
    await log.close();
    expect(new TextDecoder().decode(disk.peek(path))).toBe(`{ "n": 1.0 }\n${deep}\n`);
  });

  test("ends before the first NUL, and before last lines that are not JSON", async () => {
    const disk = memoryFileSystem();
    disk.put(path, encode('1\n2\n\0\0\0\0\n{"late":1}\n'));
    expect(await readLines(disk, path)).toEqual([1, 2]);
    disk.put(path, encode('1\n2\n{"a":\n"b\n'));
    expect(await readLines(disk, path)).toEqual([1, 2]);
  });

  test("with an invalid line between valid ones is refused, naming the line", async () => {
    const disk = memoryFileSystem();
    disk.put(path, encode('1\n{"a":\n3\n'));
    await expect(readLines(disk, path)).rejects.toMatchObject({
      code: "model-file",
      message: expect.stringContaining("Line 2 of run/log.jsonl is not JSON"),
    });
  });

  test("opened with `keep` has only the lines for which it returns true", async () => {
    const disk = memoryFileSystem();
    disk.put(path, whole);
    const log = await openLog(disk, path, (line) => typeof line === "object");
    expect(log.lines).toEqual(lines.slice(0, 4));
    expect(await readLines(disk, path)).toEqual(lines.slice(0, 4));
    await log.close();
  });

  test("that failed to write once refuses further lines: no line follows half a line", async () => {
    const disk = memoryFileSystem();
    disk.shortWrites(2);
    const log = await openLog(disk, path);
    disk.failAt("write", 1, "ENOSPC");
    const first = await log.append({ a: 1 }).catch((error: unknown) => error);
    expect(first).toMatchObject({
      code: "io",
      message: expect.stringContaining("Cannot write run/log.jsonl: the disk is full (ENOSPC)"),
    });
    await expect(log.append(2)).rejects.toBe(first);
    await expect(log.sync()).rejects.toBe(first);
    await log.close();
    expect(await readLines(disk, path)).toEqual([]);
  });

  test("a line has the value at the time of the call", async () => {
    const disk = memoryFileSystem();
    const log = await openLog(disk, path);
    const event = { n: 1 };
    const done = log.append(event);
    event.n = 2;
    await done;
    await log.close();
    expect(await readLines(disk, path)).toEqual([{ n: 1 }]);
  });

  test("holds any JSON value", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ noUnicodeString: false })), async (values) => {
        const disk = memoryFileSystem();
        const log = await openLog(disk, path);
        for (const value of values) await log.append(value);
        await log.close();
        expect(await readLines(disk, path)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
      { numRuns: repeats(200) },
    );
  });
});
