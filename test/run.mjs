// `npm test`: builds, checks types and style, runs every test, and ends with the line "N passed, N failed". A check counts
// as one test. The tests themselves know nothing of this file: `npx vitest run test/base` works as well.
//
//   node test/run.mjs [path …]        only the test files whose path contains one of these
//     --without browser,package       leaves out these folders of test/
//     --tests-only                    no build and no checks: dist/ is there already
//     --no-skips                      a skipped test counts as failed (so it does where CI=true)

import { spawnSync } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { configDefaults } from "vitest/config";
import { startVitest } from "vitest/node";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: flags, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    without: { type: "string", default: "" },
    "tests-only": { type: "boolean", default: false },
    "no-skips": { type: "boolean", default: process.env.CI === "true" },
  },
});

const checks = [
  { name: "build", command: ["build.mjs"] },
  { name: "types of the tests", command: ["node_modules/typescript/bin/tsc", "-p", "test/tsconfig.json"] },
  { name: "format and lint", command: ["node_modules/@biomejs/biome/bin/biome", "check", "."] },
];

let passed = 0;
const skipped = [];
/** One entry a failure: what failed, then the lines that say why. */
const failed = [];

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;
const indented = (text) => text.trimEnd().replace(/^/gm, "    ");

function runCheck({ name, command }) {
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
  const told = `${name}  ${seconds(performance.now() - start)}`;
  if (status === 0) passed++;
  else failed.push({ name, why: [stdout, stderr, error?.message].filter(Boolean).join("\n") });
  console.log(`${status === 0 ? "ok    " : "FAILED"}  ${told}`);
}

/** The message, the difference where there is one, and the places in our own files. */
function describe(error) {
  const own = (error.stacks ?? []).filter(({ file }) => !file.includes("node_modules"));
  const places = own.slice(0, 4).map(({ file, line, column }) => `at ${relative(root, file)}:${line}:${column}`);
  const message = `${error.name ?? "Error"}: ${error.message ?? String(error)}`;
  return [error.stacks === undefined ? error.stack : message, error.diff, ...places].filter(Boolean).join("\n");
}

const fileOf = (module) => relative(root, module.moduleId).replaceAll("\\", "/");
const fail = (name, errors) => failed.push({ name, why: errors.map(describe).join("\n") });

/** Counts what one test file came to. A test that never ended, or a hook that threw, is a failure too. */
function countModule(module) {
  const before = { passed, failed: failed.length, skipped: skipped.length };
  if (module.errors().length > 0) fail(fileOf(module), module.errors());
  for (const suite of module.children.allSuites()) {
    if (suite.errors().length > 0) fail(`${fileOf(module)} > ${suite.fullName}`, suite.errors());
  }
  for (const test of module.children.allTests()) {
    const name = `${fileOf(module)} > ${test.fullName}`;
    const { state, errors, note } = test.result();
    if (state === "passed") passed++;
    else if (state === "failed") fail(name, errors);
    else if (state === "skipped") skipped.push({ name, why: note ?? "no reason given" });
    else fail(name, [{ message: "did not finish" }]);
  }
  const counts = [`${passed - before.passed} passed`];
  if (failed.length > before.failed) counts.push(`${failed.length - before.failed} failed`);
  if (skipped.length > before.skipped) counts.push(`${skipped.length - before.skipped} skipped`);
  const verdict = failed.length > before.failed ? "FAILED" : "ok    ";
  console.log(`${verdict}  ${fileOf(module)}  ${counts.join(", ")}  ${seconds(module.diagnostic().duration)}`);
}

const reporter = {
  onTestModuleEnd: countModule,
  onUserConsoleLog: ({ content }) => console.log(indented(content)),
  onTestRunEnd(modules, unhandledErrors) {
    for (const module of modules) {
      if (module.state() === "pending" || module.state() === "queued") countModule(module);
    }
    for (const error of unhandledErrors) fail("outside of any test", [error]);
  },
};

async function runTests() {
  const without = flags.without.split(",").filter(Boolean);
  const vitest = await startVitest("test", paths, {
    root,
    watch: false,
    reporters: [reporter],
    exclude: [...configDefaults.exclude, ...without.map((folder) => `test/${folder}/**`)],
  });
  await vitest.close();
}

console.log(`Node ${process.version}${flags.without === "" ? "" : `, without ${flags.without}`}`);
if (!flags["tests-only"]) for (const check of checks) runCheck(check);
await runTests();

if (passed + failed.length + skipped.length === 0) failed.push({ name: "npm test", why: "No test ran." });
for (const { name, why } of failed) console.log(`\nFAILED  ${name}\n${indented(why)}`);
for (const { name, why } of skipped) console.log(`\nskipped  ${name}\n${indented(why)}`);
if (flags["no-skips"] && skipped.length > 0) console.log("\nHere a skipped test counts as failed.");

const failures = failed.length + (flags["no-skips"] ? skipped.length : 0);
const skips = skipped.length > 0 && !flags["no-skips"] ? `, ${skipped.length} skipped` : "";
// Not process.exitCode: a test's stray timer or worker must not keep the run from ending.
process.stdout.write(`\n${passed} passed, ${failures} failed${skips}\n`, () => process.exit(failures > 0 ? 1 : 0));
