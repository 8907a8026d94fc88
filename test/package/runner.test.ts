// What `npm test` itself promises: others read its last line and its exit status, so these are tested as they are.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { copyOfProject, node } from "./project.js";

const project = copyOfProject();
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Runs only the test file given, and tells how the run ended. */
function run(text: string, ...flags: string[]): { last: string; status: number | null; told: string } {
  mkdirSync(join(project, "test/tried"), { recursive: true });
  writeFileSync(join(project, "test/tried/tried.test.ts"), `import { beforeAll, expect, it } from "vitest";\n${text}`);
  const { stdout, status } = node(project, "test/run.mjs", "--tests-only", ...flags, "test/tried");
  return { last: stdout.trimEnd().split("\n").at(-1) ?? "", status, told: stdout };
}

const passes = 'it("passes", () => {});';
const fails = 'it("fails", () => expect(1).toBe(2));';
const skips = 'it("skips", (context) => context.skip("no moon tonight"));';

describe("npm test", () => {
  it("counts what passed and what failed, tells what is wrong and where, and fails", () => {
    const { last, status, told } = run(`${passes}\n${fails}`);
    expect({ last, status }).toEqual({ last: "1 passed, 1 failed", status: 1 });
    expect(told).toContain("expected 1 to be 2");
    expect(told).toContain("test/tried/tried.test.ts:3:");
  });

  it("names each skipped test with its reason, and lets it be where nobody forbade it", () => {
    const { last, status, told } = run(`${passes}\n${skips}`);
    expect({ last, status }).toEqual({ last: "1 passed, 0 failed, 1 skipped", status: 0 });
    expect(told).toContain("no moon tonight");
  });

  it("counts a skipped test as failed where skips are forbidden", () => {
    const { last, status } = run(`${passes}\n${skips}`, "--no-skips");
    expect({ last, status }).toEqual({ last: "1 passed, 1 failed", status: 1 });
  });

  it("fails when a hook throws, when a promise is left to fail, and when a file cannot be read", () => {
    expect(run(`beforeAll(() => { throw new Error("hook"); });\n${passes}`).status).toBe(1);
    expect(run('it("leaves", () => void Promise.reject(new Error("left")));').last).toBe("1 passed, 1 failed");
    expect(run('import "./nowhere.js";').last).toBe("0 passed, 1 failed");
  });

  it("fails when a test takes its whole process with it, and when there was no test at all", () => {
    expect(run('it("ends everything", () => process.kill(process.pid, "SIGKILL"));').status).toBe(1);
    expect(run(passes, "--without", "tried")).toMatchObject({ last: "0 passed, 1 failed", status: 1 });
  });
});
