// Holds the table of floors in ARCHITECTURE.md: who may import whom.

import { describe, expect, it } from "vitest";
import { importsOf, read, resolveImport, sourceFiles } from "./tree.js";

const floors: Readonly<Record<string, number>> = {
  base: 1,
  text: 2,
  compute: 2,
  checkpoint: 2,
  model: 3,
  generation: 4,
  evaluation: 4,
  training: 5,
  index: 6,
  page: 6,
  node: 7,
  browser: 7,
  cli: 8,
};
const doors = 7;

/** base/errors.ts stands in base; node.ts and node/files.ts both in node. */
const placeOf = (file: string): string => file.split("/")[0]?.replace(/\.ts$/, "") ?? "";
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
      else if (placeOf(file) === placeOf(target)) continue;
      else if (there > here) found.push(`${file} (floor ${here}) imports upwards: ${target} (floor ${there})`);
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

  it("every import goes to a lower floor or stays in its own folder, and siblings are strangers", () => {
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
    const others = ["base/a.ts", "text/a.ts", "model/a.ts"];
    const table = (file: string, text: string): Map<string, string[]> =>
      new Map([file, ...others].map((each) => [each, each === file ? importsOf(text) : []]));
    const breach = (file: string, text: string): string[] => breaches(table(file, text));
    expect(breach("base/b.ts", 'import type { A } from "../model/a.js";')).toHaveLength(1);
    expect(breach("compute/b.ts", 'export * from "../text/a.js";')).toHaveLength(1);
    expect(breach("model/b.ts", 'const a = await import("node:fs");')).toHaveLength(1);
    expect(breach("browser/b.ts", 'import "commander";')).toHaveLength(1);
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
