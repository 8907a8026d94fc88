// The help of the command line.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { flagOf } from "../../src/cli/flags.js";
import { continuationSettings } from "../../src/training/run/resume.js";
import { settingRows } from "../../src/training/settings/table.js";
import { folder, longhand } from "../helpers/cli.js";

const cwd = folder();
const commands = [
  "train",
  "resume",
  "generate",
  "next",
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
  "completion",
  "start",
];

describe.concurrent("help", () => {
  test("longhand --help lists every command with an example of each", async () => {
    const { code, out, err } = await longhand(cwd, "--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const name of commands) {
      expect(out).toMatch(new RegExp(`^  ${name} {2,}\\w`, "m"));
      expect(out).toMatch(new RegExp(`^  npx longhand ${name}\\b`, "m"));
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

  const flagsIn = (help: string) => [...help.matchAll(/^ {2}(--[a-z0-9-]+) </gm)].map((match) => match[1]!);
  const rows = settingRows.map(flagOf);

  test("train --help shows about a dozen settings; --help-all shows each, in order, with its help and default", async () => {
    const [short, all] = await Promise.all([longhand(cwd, "train --help"), longhand(cwd, "train --help-all")]);
    expect({ code: all.code, err: all.err }).toEqual({ code: 0, err: "" });
    const common = settingRows.filter((row) => row.common).map(flagOf);
    expect(flagsIn(short.out).filter((flag) => rows.includes(flag))).toEqual(common);
    expect(common.length).toBeLessThanOrEqual(18);
    expect(short.out).toContain(`--help-all`);
    expect(
      flagsIn(all.out)
        .filter((flag) => rows.includes(flag))
        .sort(),
    ).toEqual([...rows].sort());
    const words = all.out.replace(/\s+/g, " ");
    for (const row of settingRows) {
      const lines = words.slice(words.indexOf(` ${flagOf(row)} <`));
      expect(lines.slice(0, lines.indexOf(" --", 3))).toContain(row.help);
      if (typeof row.default === "number" || typeof row.default === "string") {
        expect(lines.slice(0, lines.indexOf(" --", 3))).toContain(`(default ${row.default})`);
      }
    }
  });

  test("resume --help lists only the settings that a continuation may change", async () => {
    const { out } = await longhand(cwd, "resume --help");
    const texts = ["--training-text", "--valid"];
    expect(flagsIn(out).sort()).toEqual([...texts, ...continuationSettings.map((name) => flagOf({ name }))].sort());
  });

  test.each(commands)("no option of %s, settings aside, has a help of more than 12 words", async (name) => {
    const { out } = await longhand(cwd, `${name} --help`);
    const options = out.slice(out.indexOf("\nOptions:"), out.indexOf("\nExample"));
    for (const [, flag, help] of options.matchAll(/^ {2}(-\S+)(?:, --\S+)?(?: <[^>]+>)? {2,}(.*(?:\n {8,}.*)*)/gm)) {
      if (rows.includes(flag!)) continue;
      const words = help!
        .replace(/\([^)]*\)/g, "")
        .replace(/: .*\|.*/s, "")
        .trim()
        .split(/\s+/);
      expect(words.length, help).toBeLessThanOrEqual(12);
    }
  });
});
