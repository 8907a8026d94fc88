// What the command line says of itself.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { flagOf, flagValue } from "../../src/cli/flags.js";
import { settingRows } from "../../src/training/settings/table.js";
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

  test("every setting of a run is a flag of train, with its help, range and default", async () => {
    const { out } = await longhand(cwd, "train --help");
    const text = out.replace(/\s+/g, " ");
    for (const row of settingRows) {
      const start = row.default === undefined ? "" : ` (default ${flagValue(row.default)})`;
      const choices = row.type === "choice" ? `: ${row.choices.join(" | ")}` : "";
      const unit = row.unit === undefined ? "" : ` [${row.unit}]`;
      expect(text, row.name).toMatch(new RegExp(` ${flagOf(row)} <[^>]+> `));
      expect(text, row.name).toContain(`> ${row.help}${unit}${choices}${start}`);
    }
  });
});
