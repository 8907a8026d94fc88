// Tests of ARCHITECTURE.md: docs/rooms.svg is what rooms.mjs draws of today's imports, and every path that the page
// names exists.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { importsOf, read, resolveImport, root, sourceFiles } from "./tree.js";

const architecture = read("ARCHITECTURE.md");

describe("ARCHITECTURE.md", () => {
  it("has a picture of the rooms that is drawn from the imports as they are (npm run docs)", () => {
    const { status, stdout } = spawnSync(process.execPath, [join(root, "rooms.mjs"), "--print"], { encoding: "utf8" });
    expect(status).toBe(0);
    expect(read("docs/rooms.svg")).toBe(stdout);
  });

  it("has a picture with every folder of src/, and with the folders that each imports", () => {
    const folderOf = (file: string): string => file.split("/")[0]!.replace(/\.ts$/, "");
    const imported = new Map<string, Set<string>>();
    for (const file of sourceFiles().filter((each) => each !== "portable.d.ts")) {
      const from = folderOf(file);
      const targets = importsOf(read(`src/${file}`)).flatMap((each) => resolveImport(file, each) ?? []);
      imported.set(from, new Set([...(imported.get(from) ?? []), ...targets.map(folderOf)]));
    }
    const panels = read("docs/rooms.svg").matchAll(/class="name">(.+?)<.*\n<text .*class="uses">(.+?)</g);
    const drawn = new Map([...panels].map(([, folder, uses]) => [folder, uses]));
    expect([...drawn.keys()].sort()).toEqual([...imported.keys()].sort());
    for (const [folder, all] of imported) {
      const others = [...all].filter((each) => each !== folder).sort();
      expect(drawn.get(folder)).toBe(others.length > 0 ? `imports ${others.join(", ")}` : "imports no other folder");
    }
  });

  it("names only paths that exist, from the root or from src/", () => {
    const paths = [...architecture.matchAll(/`([\w.-]+(?:\/[\w.-]+)*(?:\/|\.(?:ts|mjs|json|c|h)))`/g)].map(
      ([, path]) => path!,
    );
    expect(paths.length).toBeGreaterThan(60);
    expect(paths.filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, "src", path)))).toEqual([]);
  });
});
