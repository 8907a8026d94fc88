// Holds the order of floors in ARCHITECTURE.md, and the order of the rooms of each floor: who may import whom.

import { describe, expect, it } from "vitest";
import { importsOf, read, resolveImport, sourceFiles } from "./tree.js";

const floors: Readonly<Record<string, number>> = {
  libraries: 1,
  base: 1,
  text: 2,
  compute: 2,
  checkpoint: 2,
  model: 3,
  generation: 4,
  evaluation: 4,
  training: 5,
  face: 6,
  index: 7,
  advanced: 7,
  page: 7,
  node: 8,
  "advanced-node": 9,
  browser: 8,
  "advanced-browser": 9,
  cli: 9,
};
const doors = 8;

/**
 * The rooms of each floor that has some, lowest first: a file may import from its own room and from those before it. A
 * room is a folder; a floor's name stands for the files directly in it, and a file that is listed is a room of its own.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  text: ["text/storage", "text/reading", "text/encoding", "text/windows", "text/matching"],
  compute: [
    "compute",
    "compute/reference",
    "compute/wasm/modules",
    "compute/wasm",
    "compute/native",
    "compute/engines.ts",
  ],
  model: ["model/cells", "model/layout", "model", "model/file"],
  evaluation: ["scoring", "baseline", "intervals", "inside", "copying"].map((room) => `evaluation/${room}`),
  training: [
    "training/settings",
    "training/step",
    "training/loop",
    "training/divergence",
    "training",
    "training/run",
    "training/adviser",
  ],
  node: [
    ...["system", "files", "engine", "runs", "scoring", "show", "ablation", "face"].map((room) => `node/${room}`),
    "node.ts",
  ],
  browser: ["browser", "browser.ts"],
  cli: ["cli/flags.ts", "cli/show", "cli", "cli/commands", "cli/main.ts"],
};

/** base/errors.ts stands in base; node.ts and node/files.ts both in node. */
const placeOf = (file: string): string => file.split("/")[0]?.replace(/\.ts$/, "") ?? "";
/** Place of a file's room in the order of its floor, -1 for a room that is not listed. */
function roomOf(file: string): number {
  const order = rooms[placeOf(file)] ?? [];
  return order.indexOf(order.includes(file) ? file : file.slice(0, file.lastIndexOf("/")));
}
/** The rooms whose circle is still to be removed. */
const isOfTheCircle = (file: string): boolean => /^training\/(settings|step|loop)\//.test(file);

const floorOf = (file: string): number | undefined => floors[placeOf(file)];

const sources = sourceFiles().filter((file) => file !== "portable.d.ts");
const imports = new Map(sources.map((file) => [file, importsOf(read(`src/${file}`))]));

/** Every breach of the table among the imports given, one sentence each. */
function breaches(table: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  for (const [file, specifiers] of table) {
    for (const specifier of specifiers) {
      const target = resolveImport(file, specifier);
      if (target === undefined) {
        if (!mayImportPackage(file, specifier)) found.push(`${file} may not import ${specifier}`);
        continue;
      }
      const here = floorOf(file) ?? 0;
      const there = floorOf(target);
      if (there === undefined || !table.has(target)) found.push(`${file} imports ${specifier}, which is nowhere`);
      else if (placeOf(file) === placeOf(target)) {
        if (roomOf(target) > roomOf(file) && !isOfTheCircle(file))
          found.push(`${file} imports from a later room of its floor: ${target}`);
      } else if (there > here) found.push(`${file} (floor ${here}) imports upwards: ${target} (floor ${there})`);
      else if (there === here) found.push(`${file} imports its sibling ${target}`);
    }
  }
  return found;
}

/** Below the doors nothing but our own files; a page loads dist/ as it is; only the command line has dependencies. */
function mayImportPackage(file: string, specifier: string): boolean {
  const place = placeOf(file);
  if (specifier.startsWith("node:")) return place === "node" || place === "cli";
  return place === "cli" && Object.keys(JSON.parse(read("package.json")).dependencies).includes(specifier);
}

/** One circle among the files, as the walk round it, or undefined. */
function circle(table: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const specifier of table.get(file) ?? []) {
      const target = resolveImport(file, specifier);
      const found = target === undefined ? undefined : walk(target);
      if (found !== undefined) return found;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of table.keys()) {
    const found = walk(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe("the floors", () => {
  it("every source stands on a floor", () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((file) => floorOf(file) === undefined)).toEqual([]);
  });

  it("every source of a floor with rooms stands in a listed room", () => {
    expect(sources.filter((file) => placeOf(file) in rooms && roomOf(file) < 0)).toEqual([]);
  });

  it("every import goes to a lower floor, or on its own floor to its own room or one before it", () => {
    expect(breaches(imports)).toEqual([]);
  });

  it("no files import each other in a circle", () => {
    expect(circle(imports)).toBeUndefined();
  });

  it("the portable door does not reach a platform, however long the way", () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const specifier of imports.get(file) ?? []) visit(resolveImport(file, specifier) ?? specifier);
    };
    visit("index.ts");
    expect([...reached].filter((file) => (floorOf(file) ?? doors) >= doors)).toEqual([]);
  });

  it("this test would notice: each kind of breach is found in a table that has it", () => {
    const others = ["base/a.ts", "text/a.ts", "model/a.ts", "node/runs/a.ts"];
    const table = (file: string, text: string): Map<string, string[]> =>
      new Map([file, ...others].map((each) => [each, each === file ? importsOf(text) : []]));
    const breach = (file: string, text: string): string[] => breaches(table(file, text));
    expect(breach("base/b.ts", 'import type { A } from "../model/a.js";')).toHaveLength(1);
    expect(breach("compute/b.ts", 'export * from "../text/a.js";')).toHaveLength(1);
    expect(breach("model/b.ts", 'const a = await import("node:fs");')).toHaveLength(1);
    expect(breach("browser/b.ts", 'import "commander";')).toHaveLength(1);
    expect(breach("node/files/b.ts", 'import "../runs/a.js";')).toHaveLength(1);
    expect(breach("node/files/b.ts", 'new Worker(new URL("../runs/a.js", import.meta.url));')).toHaveLength(1);
    expect(breach("node/show/b.ts", 'import "../runs/a.js";')).toEqual([]);
    expect(breach("model/b.ts", 'import { a } from "./missing.js";')).toHaveLength(1);
    expect(breach("model/b.ts", 'import { a } from "../base/a.js"; // from "../node/a.js"')).toEqual([]);
    const round = new Map([
      ["base/a.ts", ["./b.js"]],
      ["base/b.ts", ["./c.js"]],
      ["base/c.ts", ["./b.js"]],
    ]);
    expect(circle(round)).toEqual(["base/b.ts", "base/c.ts", "base/b.ts"]);
  });
});
