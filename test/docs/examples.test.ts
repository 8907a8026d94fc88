// The examples, compiled with the types that the package exports and run on short texts. And the README's lines for a
// library and for a page: the first are an example, the second must compile.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { read, root } from "../house/tree.js";
import { node } from "../package/project.js";
import { blocks, readersFolder, text } from "./blocks.js";

const folder = readersFolder("examples");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"));
/** Lines of those that hold a whole cell; the others have about 40. */
const most: Readonly<Record<string, number>> = { "02-cell-by-hand.ts": 116, "03-own-cell.ts": 103 };
const code = (source: string): string => source.replace(/^\/\/.*\n/gm, "").trim();
const tsc = (...args: string[]) => node(folder, join(root, "node_modules/typescript/bin/tsc"), ...args);

/** The lines that an example prints. */
function run(name: string, ...args: string[]): string[] {
  const { status, stdout, stderr } = node(folder, join(folder, `${name}.js`), ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

beforeAll(() => {
  writeFileSync(join(folder, "short.txt"), text(300));
  const args = ["train", "my.txt", "--hidden", "16", "--steps", "30", "--batch", "4", "--quiet"];
  expect(node(folder, join(root, "dist/cli/main.js"), ...args).status).toBe(0);
});

describe("the examples", () => {
  it("compile against the types of the package", () => {
    const { status, stdout } = tsc("-p", join(root, "examples"), "--outDir", folder);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  it("are numbered, short, and say on top what they print and how they are run", () => {
    expect(names.map((name) => name.slice(0, 3))).toEqual(names.map((_, i) => `0${i + 1}-`));
    for (const name of names) {
      const source = read(`examples/${name}`);
      expect(source.trimEnd().split("\n").length, name).toBeLessThanOrEqual(most[name] ?? 41);
      expect(source, name).toMatch(/^\/\/ [\s\S]*\b[Pp]rints [\s\S]*\n\/\/ {3}node examples\//);
      expect(source).toContain(`node examples/${name} [`);
    }
  });

  it("01: the loss falls, the validation is told, and a passage of 300 characters ends it", () => {
    const lines = run("01-first-model", "short.txt", "100");
    const losses = lines.filter((line) => /^100: \d\.\d{3}$/.test(line));
    expect(losses).toHaveLength(1);
    expect(Number(losses[0]?.slice(5))).toBeLessThan(Math.log(20));
    const validations = lines.filter((line) => /^on text it never saw: \d\.\d{3} nats$/.test(line));
    expect(validations.length).toBeGreaterThan(0);
    const written = lines.slice(1 + validations.length).join("\n");
    expect(written.length).toBeGreaterThan(250);
  });

  it("02: written by hand, a network has the losses and the last weights of the built-in one, to the bit", () => {
    const lines = run("02-cell-by-hand", "my.txt", "20");
    expect(lines).toHaveLength(3);
    for (const line of lines.slice(0, 2)) {
      const [, hand, built] = /^\d0: (\d\.\d+) by hand, (\d\.\d+) built in$/.exec(line)!;
      expect(hand).toBe(built);
    }
    expect(lines[2]).toMatch(/^\d{3} weights, the same bits$/);
  });

  it("03: a cell of one's own has gradients that are slopes, is stopped, resumed, saved, and writes", () => {
    const lines = run("03-own-cell", "my.txt", "30", "runs/own");
    expect(lines[0]).toMatch(/^gradients are slopes to \de-(9|1\d)$/);
    const best = /^stopped at 15, ended at 30: (\d\.\d+)$/.exec(lines[1]!)?.[1];
    expect(Number(best)).toBeLessThan(Math.log(20));
    expect(lines.slice(2).join("\n")).toHaveLength(80);
    const config = JSON.parse(readFileSync(join(folder, "runs/own/config.json"), "utf8"));
    expect(config.engine).toMatch(/^wasm /);
    expect(config.settings.cell).toBe("mgu");
  });

  it("04: five lines, the strangest first", () => {
    const lines = run("04-score-lines", "runs/my", "other.txt");
    expect(lines).toHaveLength(5);
    const bits = lines.map((line) => Number(/^(\d+\.\d\d) {2}line \d+: \S/.exec(line)?.[1]));
    expect(bits).toEqual([...bits].sort((a, b) => b - a));
    expect(bits[0]).toBeGreaterThan(0);
  });

  it("05: three continuations of one prompt, and the first again from the state that was kept", () => {
    const lines = run("05-branch-a-session", "runs/my", "To be");
    expect(lines).toHaveLength(4);
    expect(new Set(lines.slice(0, 3)).size).toBe(3);
    expect(lines[3]).toBe(lines[0]);
    for (const line of lines) expect(line).toMatch(/^To be.{60}$/u);
  });

  it("06: a loop by hand learns", () => {
    const losses = run("06-own-loop", "my.txt", "200").map((line) => Number(line.split(": ")[1]));
    expect(losses).toHaveLength(2);
    expect(losses[1]).toBeLessThan(losses[0]!);
    expect(losses[0]).toBeLessThan(Math.log(25));
  });

  it("the README's fourteen lines are the first example, word for word", () => {
    const [library = ""] = blocks("README.md", "ts");
    expect(library.trim()).toBe(code(read("examples/01-first-model.ts")));
    expect(library.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(14);
  });

  it("the README's five lines for a page compile against the browser's door", () => {
    const [, page = ""] = blocks("README.md", "ts");
    expect(page.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(5);
    writeFileSync(join(folder, "page.ts"), page);
    const config = {
      compilerOptions: { noEmit: true, lib: ["ES2023", "DOM"], types: [], composite: false, rootDir: "." },
    };
    const settings = { extends: join(root, "tsconfig.base.json"), files: ["page.ts"], ...config };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    const { status, stdout } = tsc("-p", "tsconfig.json");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });
});
