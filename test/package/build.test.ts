// What `npm run build` promises, in a copy of the project.

import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { read } from "../house/tree.js";
import { copyOfProject, node } from "./project.js";

const project = copyOfProject();
afterAll(() => rmSync(project, { recursive: true, force: true }));

const at = (path: string): string => join(project, path);
/** The strings in a value of JSON, however deep. */
const pathsIn = (value: unknown): string[] =>
  typeof value === "string" ? [value] : Object.values(value as object).flatMap(pathsIn);
const build = (): number | null => node(project, "build.mjs").status;

describe("npm run build", () => {
  it("makes every file the package's exports and command name", () => {
    expect(build()).toBe(0);
    const { exports, bin, main, types, typesVersions } = JSON.parse(read("package.json"));
    const promised = pathsIn([exports, bin, main, types, typesVersions]);
    expect(promised.length).toBeGreaterThan(6);
    expect(promised.filter((path) => !existsSync(at(path)))).toEqual([]);
  });

  it("makes again an output that was deleted, and removes what a removed source once gave", () => {
    writeFileSync(at("src/base/passing.ts"), "// Here for a moment.\nexport const passing = 1;\n");
    expect(build()).toBe(0);
    expect(existsSync(at("dist/base/passing.js"))).toBe(true);
    rmSync(at("src/base/passing.ts"));
    rmSync(at("dist/base/errors.js"));
    expect(build()).toBe(0);
    expect(existsSync(at("dist/base/errors.js"))).toBe(true);
    expect(existsSync(at("dist/base/passing.js"))).toBe(false);
    for (const end of ["d.ts", "js.map", "d.ts.map"]) expect(existsSync(at(`dist/base/passing.${end}`))).toBe(false);
  });

  it("writes nothing when nothing changed", () => {
    expect(build()).toBe(0);
    const before = statSync(at("dist/base/errors.js")).mtimeMs;
    expect(build()).toBe(0);
    expect(statSync(at("dist/base/errors.js")).mtimeMs).toBe(before);
  });

  it("with --addon and without a compiler says one line and ends well", () => {
    const given = process.env.CC;
    process.env.CC = "no-such-compiler";
    const { status, stdout } = node(project, "build.mjs", "--addon");
    if (given === undefined) delete process.env.CC;
    else process.env.CC = given;
    expect({ status, lines: stdout.trimEnd().split("\n") }).toEqual({
      status: 0,
      lines: [expect.stringContaining("was not built: no C compiler was found")],
    });
  });

  it("fails where a source has a type error", () => {
    writeFileSync(at("src/base/wrong.ts"), 'export const wrong: number = "";\n');
    expect(build()).not.toBe(0);
  });
});
