// Folders with their parents: made from the first that is missing; where none can be made, there is a sentence.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolders } from "../../src/node/system/folders.js";
import { folder } from "../helpers/cli.js";

test("all missing folders are made, and the topmost is told", async () => {
  const home = folder();
  expect(await makeFolders(join(home, "a/b/c"))).toBe(join(home, "a"));
  expect(existsSync(join(home, "a/b/c"))).toBe(true);
  expect(await makeFolders(join(home, "a/b/c"))).toBeUndefined();
  expect(await makeFolders(join(home, "a/d"))).toBe(join(home, "a/d"));
});

test("an empty path, a file on the way and a NUL are told", async () => {
  const home = folder({ file: "x" });
  await expect(makeFolders("")).rejects.toThrow('out wants the path of a folder; got "".');
  await expect(makeFolders(join(home, "file"))).rejects.toThrow(`${join(home, "file")} is a file; a folder is wanted.`);
  await expect(makeFolders(join(home, "file/x"))).rejects.toThrow(
    `${join(home, "file")} is a file; a folder is wanted.`,
  );
  await expect(makeFolders(join(home, "a\0b"))).rejects.toThrow("a path has no NUL character");
});

test.skipIf(!existsSync("/proc/self"))("a file system that makes no folders ends in a sentence", async () => {
  await expect(makeFolders("/proc/self/x/y")).rejects.toThrow("No folder can be made in /proc/self.");
});
