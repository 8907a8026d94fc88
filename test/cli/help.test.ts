// What the command line says of itself.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { folder, longhand } from "../helpers/cli.js";

const cwd = folder();
const commands = [
  "train",
  "resume",
  "generate",
  "score",
  "evaluate",
  "show",
  "compare",
  "copied",
  "ablate",
  "advise",
  "info",
  "doctor",
  "build",
  "start",
];

describe.concurrent("help", () => {
  test("longhand --help lists every command with an example of each", async () => {
    const { code, out, err } = await longhand(cwd, "--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const name of commands) {
      expect(out).toMatch(new RegExp(`^  ${name} {2,}\\w`, "m"));
      expect(out).toMatch(new RegExp(`^  longhand ${name}\\b`, "m"));
    }
    for (const line of out.split("\n")) expect(line.length).toBeLessThan(80);
  });

  test.each(commands)("%s --help teaches by example, and help %s says the same", async (name) => {
    const [flag, word] = await Promise.all([longhand(cwd, `${name} --help`), longhand(cwd, `help ${name}`)]);
    expect(flag).toMatchObject({ code: 0, err: "" });
    expect(flag.out.slice(flag.out.indexOf("Example"))).toMatch(new RegExp(`\\blonghand ${name}\\b`));
    expect(word.out).toBe(flag.out);
  });

  test("without a word the help goes to standard error and the exit code is 2", async () => {
    const { code, out, err } = await longhand(cwd, []);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Examples:");
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await longhand(cwd, "--version")).toMatchObject({ code: 0, out: `${version}\n`, err: "" });
  });

  test("every setting of a run is a flag of train, with its default", async () => {
    const { out } = await longhand(cwd, "train --help");
    for (const flag of "cell hidden layers embedding batch bptt window-rule dropout optimizer lr schedule clip epochs steps minutes seed engine state unit lower min-freq max-size".split(
      " ",
    )) {
      expect(out).toMatch(new RegExp(`^  --${flag} <`, "m"));
    }
    expect(out.replace(/\s+/g, " ")).toMatch(/--hidden <n> hidden units of each layer \(default 256\)/);
  });
});
