// The pages of docs/ against what they tell of: the settings' rows, a real log, a real model file.

import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFiles, read, root } from "../house/tree.js";
import { node } from "../package/project.js";
import { blocks, readersFolder } from "./blocks.js";

const folder = readersFolder("pages");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = "/usr/bin/python3";
const hasNumpy = spawnSync(python, ["-c", "import numpy"]).status === 0;

/**
 * Flags of bench, campaign, lesson, npm, vitest, biome and the kernels' build, and `--such` and `--window` that stand
 * for any flag.
 */
const otherFlags = (
  "--quick --docs --only --parts --seeds --table --inner --config --mode --peak " +
  "--trials --rounds --addon --prefix --write --exclude --such --window"
).split(" ");

type Line = Readonly<Record<string, unknown>>;
const parse = (text: string): Line[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
const shown = parse(blocks("docs/format.md", "json")[0] ?? "");
let logged: Line[];

beforeAll(() => {
  const longhand = (...args: string[]) => node(folder, join(root, "dist/cli/main.js"), ...args, "--quiet").status;
  const small = ["--hidden", "16", "--batch", "4", "--log-every", "1", "--epochs", "1", "--schedule", "constant"];
  expect(longhand("train", "my.txt", ...small, "--profile")).toBe(0);
  expect(longhand("resume", "runs/my", "--epochs", "2")).toBe(0);
  const wild = ["--cell", "rnn", "--nonlinearity", "relu", "--lr", "1e9", "--optimizer", "sgd", "--clip", "0"];
  expect(longhand("train", "my.txt", "--out", "runs/wild", ...small, ...wild)).toBe(4);
  expect(longhand("train", "my.txt", "--out", "runs/cycles", ...small, "--schedule", "cos-anneal")).toBe(0);
  logged = ["my", "wild", "cycles"].flatMap((run) =>
    parse(readFileSync(join(folder, "runs", run, "log.jsonl"), "utf8")),
  );
});

describe("docs/settings.md", () => {
  it("is what the rows say: after a change of a setting, npm run docs", () => {
    expect(read("docs/settings.md")).toBe(node(root, "docs.mjs", "--print").stdout);
  });

  it("stands beside types that are what the rows say", () => {
    expect(read("src/training/settings/settings.ts")).toBe(node(root, "docs.mjs", "--print-types").stdout);
  });
});

describe("docs/format.md", () => {
  it("has one line of each kind of event there is, and no other", () => {
    const kinds = [...read("src/training/loop/events.ts").matchAll(/kind: "(\w+)"/g)].map((match) => match[1]);
    expect(shown.map(({ kind }) => kind).sort()).toEqual(kinds.sort());
  });

  it("shows each with the fields that a run logs, in their order", () => {
    const compared = shown.filter(({ kind }) => logged.some((line) => line.kind === kind));
    // interrupted, warning: only on a signal, a damage
    expect(compared.length).toBeGreaterThanOrEqual(shown.length - 2);
    for (const line of compared) {
      const real = logged.find((each) => each.kind === line.kind) ?? {};
      expect(Object.keys(line), String(line.kind)).toEqual(Object.keys(real));
    }
  });

  it("names the files that a run makes, and the tensors and entries of its two", () => {
    const page = read("docs/format.md");
    const header = (file: string) => {
      const bytes = readFileSync(join(folder, "runs/my", file));
      return JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
    };
    const state = header("state.safetensors");
    const model = header("model.safetensors");
    const names = [...Object.keys(state), ...Object.keys(state.__metadata__), ...Object.keys(model.__metadata__)];
    const untold = names.filter(
      (name) => name !== "__metadata__" && !name.endsWith("optimizer.1") && !page.includes(`\`${name}\``),
    );
    expect(untold).toEqual([]);
    const about = JSON.parse(model.__metadata__.longhand);
    expect(Object.keys(JSON.parse(blocks("docs/format.md", "json")[1] ?? ""))).toEqual(Object.keys(about));
    const { trainer } = JSON.parse(state.__metadata__["longhand.run"]);
    expect(Object.keys(JSON.parse(blocks("docs/format.md", "json")[2] ?? ""))).toEqual(Object.keys(trainer));
  });

  it("opens a model with its lines of Python, and nothing but numpy", (context) => {
    if (!hasNumpy) context.skip(`${python} cannot import numpy`);
    writeFileSync(join(folder, "open.py"), blocks("docs/format.md", "python")[0] ?? "");
    const { stdout, status } = spawnSync(python, ["open.py", "runs/my/model.safetensors"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(status).toBe(0);
    const names = (text: string): string[] => text.split("\n").map((line) => line.split(" ")[0] ?? "");
    expect(names(stdout)).toEqual(names(blocks("docs/format.md", "text")[0] ?? ""));
  });
});

describe("the documents", () => {
  it("name only files that are there", () => {
    const pages = projectFiles().filter((path) => /^(docs\/.*|[A-Z]+)\.md$/.test(path));
    const files = projectFiles();
    const isThere = (path: string): boolean => files.some((file) => file === path || file.startsWith(`${path}/`));
    const told = /`((?:src|test|examples|kernels|docs|recipes|data|bench)\/[\w./-]*\w|[\w-]+\.mjs)\/?`/g;
    const gone = pages.flatMap((page) =>
      [...read(page).matchAll(told)]
        .map((match) => match[1] ?? "")
        .filter((path) => !isThere(path))
        .map((path) => `${page}: ${path}`),
    );
    expect(gone).toEqual([]);
  });

  it("name no flag but those in the help of some command, and those of the project's other programs", () => {
    const help = (...words: string[]) => node(root, "dist/cli/main.js", ...words).stdout;
    const commands = [...help("--help").matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1] ?? "");
    expect(commands).toContain("train");
    const known = new Set(otherFlags);
    for (const command of commands) {
      const short = help(command, "--help");
      const long = short.includes("--help-all") ? help(command, "--help-all") : "";
      for (const flag of `${short}${long}`.match(/--[a-z][a-z0-9-]*/g) ?? []) known.add(flag);
    }
    const pages = projectFiles().filter((path) => /^(docs\/.*|README|ARCHITECTURE|CONTRIBUTING)\.md$/.test(path));
    const unknown = pages.flatMap((page) =>
      (read(page).match(/(?<![\w-])--[a-z][a-z0-9-]*/g) ?? [])
        .filter((flag) => !known.has(flag))
        .map((flag) => `${page}: ${flag}`),
    );
    expect(unknown).toEqual([]);
  });
});
