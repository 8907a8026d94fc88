// Faults of longhand's own, made by a module that is loaded before it: one sentence, exit code 1, and no stack trace.

import { describe, expect, test } from "vitest";
import { folder, longhand } from "../helpers/cli.js";

const cwd = folder();

/** Runs doctor after a script that spoils something. */
function spoilt(script: string, env: NodeJS.ProcessEnv = {}) {
  const url = `data:text/javascript,${encodeURIComponent(script)}`;
  return longhand(cwd, "doctor --json", { env: { NODE_OPTIONS: `--import ${url}`, ...env } });
}

/** Throws once the command has begun to print. */
const beside = (act: string) => `
  const write = process.stdout.write;
  process.stdout.write = function (...words) {
    process.stdout.write = write;
    ${act};
    return write.apply(this, words);
  };`;

const told = (what: string) =>
  `This is a bug in longhand: ${what}\nPlease report it with the command you ran. Set DEBUG=longhand to see where it happened.\n`;

const faults: readonly [string, string][] = [
  ["in a command", 'JSON.stringify = () => { throw new TypeError("spoilt"); }'],
  ["in a listener", beside('setImmediate(() => { throw new TypeError("spoilt"); })')],
  ["by a promise that nobody awaits", beside('void Promise.reject(new TypeError("spoilt"))')],
];

describe.concurrent("what is thrown", () => {
  test.each(faults)("%s is told in a sentence, with exit code 1", async (_, script) => {
    const [plain, debugged] = await Promise.all([spoilt(script), spoilt(script, { DEBUG: "longhand" })]);
    expect(plain).toMatchObject({ code: 1, err: told("spoilt") });
    expect(debugged.code).toBe(1);
    expect(debugged.err.slice(told("spoilt").length)).toMatch(/^TypeError: spoilt\n\s+at /);
  });

  test("by the system, beside everything, has the words and the exit code of its kind", async () => {
    const error = 'Object.assign(new Error("EIO: i/o error, read"), { code: "EIO", syscall: "read", path: "my.txt" })';
    const { code, err } = await spoilt(beside(`setImmediate(() => { throw ${error}; })`));
    expect(code).toBe(3);
    expect(err).toMatch(/^Cannot use my\.txt: [^\n]*\(EIO\)\.\n/);
    expect(err).not.toMatch(/^\s+at /m);
  });
});
