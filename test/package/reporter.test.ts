// Tests of test/reporter.ts, in a project of one test file: the last line and the exit status, which CI and others
// read.

import { spawnSync } from "node:child_process";
import { copyFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../house/tree.js";
import { emptyFolder } from "./project.js";

const project = emptyFolder("reporter");
afterAll(() => rmSync(project, { recursive: true, force: true }));
writeFileSync(join(project, "package.json"), '{ "type": "module" }');
copyFileSync(join(root, "test/reporter.ts"), join(project, "reporter.ts"));
symlinkSync(join(root, "node_modules"), join(project, "node_modules"), "junction");
writeFileSync(
  join(project, "vitest.config.ts"),
  `import { CountingReporter } from "./reporter.js";
   export default { test: { reporters: [new CountingReporter("7")] } };`,
);

/** Runs a test file of this text. */
function run(text: string, ci = "false"): { last: string; status: number | null; output: string } {
  writeFileSync(join(project, "one.test.ts"), `import { beforeAll, expect, it } from "vitest";\n${text}`);
  const env = { ...process.env, CI: ci, VITEST: undefined, NO_COLOR: "1" };
  const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run"];
  const { stdout, stderr, status } = spawnSync(process.execPath, vitest, { cwd: project, env, encoding: "utf8" });
  return { last: stdout.trimEnd().split("\n").at(-1) ?? "", status, output: stdout + stderr };
}

const passes = 'it("passes", () => {});';
const fails = 'it("fails", () => expect(1).toBe(2));';
const skips = 'it("skips", (context) => context.skip("no moon tonight"));';

describe("the reporter", () => {
  it("counts passed and failed tests, says what is wrong and where, and prints the seed", () => {
    const { last, status, output } = run(`${passes}\n${fails}`);
    expect({ last, status }).toEqual({ last: "1 passed, 1 failed", status: 1 });
    expect(output).toContain("expected 1 to be 2");
    expect(output).toContain("one.test.ts:3:");
    expect(output).toContain("LONGHAND_TEST_SEED=7");
  });

  it("names each skipped test with its reason, and counts it as failed only where CI=true", () => {
    const { last, status, output } = run(`${passes}\n${skips}`);
    expect({ last, status }).toEqual({ last: "1 passed, 0 failed, 1 skipped", status: 0 });
    expect(output).toContain("one.test.ts > skips: no moon tonight");
    expect(run(`${passes}\n${skips}`, "true")).toMatchObject({ last: "1 passed, 1 failed", status: 1 });
  });

  it("fails when a hook throws, when a promise rejects unheard, and when a file cannot be loaded", () => {
    expect(run(`beforeAll(() => { throw new Error("hook"); });\n${passes}`).status).toBe(1);
    expect(run('it("leaves", () => void Promise.reject(new Error("left")));').last).toBe("1 passed, 1 failed");
    expect(run('import "./nowhere.js";').last).toBe("0 passed, 1 failed");
  });

  it("fails when a test kills its process, and when there is no test", () => {
    expect(run('it("ends everything", () => process.kill(process.pid, "SIGKILL"));').status).toBe(1);
    expect(run("void [beforeAll, expect, it];")).toMatchObject({ last: "0 passed, 1 failed", status: 1 });
  });
});
