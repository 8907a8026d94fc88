// A platform's names below the doors are type errors, not a convention: this compiles such files against the real
// settings.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { read, root } from "./tree.js";

const folder = mkdtempSync(join(tmpdir(), "longhand-platform-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const foreign: Readonly<Record<string, string>> = {
  process: "export const a: unknown = process.platform;",
  document: "export const a: unknown = document.title;",
  window: "export const a: unknown = window.name;",
  Buffer: "export const a: unknown = Buffer.from('');",
  fetch: "export const a: unknown = fetch('');",
  console: "console.log('');",
  nodeModule: 'import { readFileSync } from "node:fs"; export const a: unknown = readFileSync;',
};
/** What every runtime has: were this an error too, the others would show nothing. */
const portable = "export const a: Uint8Array = new TextEncoder().encode(String(performance.now()));";

/** Names of the files in which the compiler finds an error, with the settings of the floors below the doors. */
function filesWithErrors(): string[] {
  for (const [name, text] of Object.entries({ ...foreign, portable })) writeFileSync(join(folder, `${name}.ts`), text);
  const config = {
    extends: join(root, "tsconfig.portable.json"),
    compilerOptions: { rootDir: folder, noEmit: true, composite: false },
    include: [join(root, "src/portable.d.ts"), folder],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { cwd: folder, encoding: "utf8" });
  return [...new Set([...stdout.matchAll(/(\w+)\.ts\(\d+,\d+\): error/g)].map((match) => match[1] ?? stdout))].sort();
}

/** The folders and files of src/ that a project compiles. */
const included = (project: string): string[] => JSON.parse(read(`tsconfig.${project}.json`)).include;

describe("below the doors", () => {
  it(
    "a file that mentions process, document or a module of Node does not " +
      "compile; one that keeps to the portable list does",
    () => {
      expect(filesWithErrors()).toEqual(Object.keys(foreign).sort());
    },
  );

  it("every entry of src/ is compiled by exactly one project, and the portable one holds no door", () => {
    const all = ["portable", "page", "node", "browser"].flatMap(included);
    const present = readdirSync(join(root, "src")).map((name) => `src/${name}`);
    expect(present.filter((path) => all.filter((each) => each === path).length !== 1)).toEqual([]);
    expect(included("portable").filter((path) => /src\/(page|node|browser|cli)\b/.test(path))).toEqual([]);
  });
});
