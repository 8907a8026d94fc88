// What a stranger gets: the tarball of `npm pack`, installed in an empty folder where no install script may run and no
// network is asked (the few dependencies come as tarballs too).

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noCompiler } from "../helpers/tools.js";
import { read, root, sourceFiles } from "../house/tree.js";
import { copyOfProject, emptyFolder, node, npm, type Outcome } from "./project.js";

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const mebibyte = 2 ** 20;
const manifest = JSON.parse(read("package.json"));
const project = copyOfProject();
const home = emptyFolder("installed");
const tarballs = emptyFolder("tarballs");
afterAll(() => {
  for (const folder of [project, home, tarballs]) rmSync(folder, { recursive: true, force: true });
});

/** Packs a folder. What its scripts said stands before the JSON. */
function pack(folder: string, ...flags: string[]): Packed {
  const { stdout } = npm(folder, "pack", "--json", "--pack-destination", tarballs, ...flags);
  return JSON.parse(stdout.slice(stdout.search(/^\[$/m)))[0];
}
const digest = (file: string): string =>
  createHash("sha256")
    .update(readFileSync(join(tarballs, file)))
    .digest("hex");
const longhand = (...args: string[]): Outcome =>
  node(home, join(home, "node_modules/longhand/dist/cli/main.js"), ...args);

let packed: Packed;
beforeAll(() => {
  // A dist/ with a stranger in it: what is packed must not depend on what was lying there.
  writeFileSync(join(project, "src/base/passing.ts"), "// Here for a moment.\nexport const passing = 1;\n");
  node(project, "build.mjs");
  rmSync(join(project, "src/base/passing.ts"));
  packed = pack(project);
  const needs = Object.keys(manifest.dependencies).map((name) =>
    pack(join(root, "node_modules", name), "--ignore-scripts"),
  );
  const files = [packed, ...needs].map(({ filename }) => join(tarballs, filename));
  writeFileSync(join(home, "package.json"), '{ "private": true, "type": "module" }');
  npm(home, "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", ...files);
});

describe("the package", () => {
  it("holds the built sources, no more and no less, and beside them only papers, texts, recipes, kernels and addons", () => {
    const paths = packed.files.map(({ path }) => path);
    const built = sourceFiles()
      .filter((file) => !file.endsWith(".d.ts"))
      .flatMap((file) => [`dist/${file.replace(/ts$/, "js")}`, `dist/${file.replace(/ts$/, "d.ts")}`]);
    expect(paths.filter((path) => path.startsWith("dist/")).sort()).toEqual(built.sort());
    const papers =
      /^(package\.json|LICENSE|(README|CHANGELOG|ARCHITECTURE)\.md|docs\/.*\.(md|svg)|data\/.*\.txt|recipes\/.*\.json|kernels\/[\w-]+\.[ch]|prebuilds\/[\w-]+\.(node|json))$/;
    expect(paths.filter((path) => !path.startsWith("dist/") && !papers.test(path))).toEqual([]);
  });

  it("stays within its size: 1.5 MiB to fetch, 5 MiB on disk", () => {
    const [fetched, onDisk] = [packed.size / mebibyte, packed.unpackedSize / mebibyte];
    console.log(
      `package: ${packed.files.length} files, ${fetched.toFixed(2)} MiB packed, ${onDisk.toFixed(2)} MiB unpacked`,
    );
    expect(fetched).toBeLessThan(1.5);
    expect(onDisk).toBeLessThan(5);
  });

  it("has the same bytes when it is made twice from scratch", () => {
    const before = digest(packed.filename);
    for (const made of ["dist", "prebuilds"]) rmSync(join(project, made), { recursive: true, force: true });
    expect(digest(pack(project).filename)).toBe(before);
  });

  it("runs nothing when it is installed: no package manager need be trusted with a script", () => {
    const { scripts } = JSON.parse(readFileSync(join(home, "node_modules/longhand/package.json"), "utf8"));
    for (const name of ["preinstall", "install", "postinstall"]) expect(scripts).not.toHaveProperty(name);
  });

  it("brings nothing into a home but its named dependencies", () => {
    const present = readdirSync(join(home, "node_modules")).filter((name) => !name.startsWith("."));
    expect(present.sort()).toEqual(["longhand", ...Object.keys(manifest.dependencies)].sort());
  });

  it("opens by each of its doors, and its types stand in a strict project", () => {
    const doors = ["longhand", "longhand/node", "longhand/browser"];
    const names = doors.map((_, i) => `door${i}`);
    const text = [
      ...doors.map((door, i) => `import * as door${i} from "${door}";`),
      `export default [${names.join(", ")}];`,
    ];
    writeFileSync(join(home, "doors.ts"), text.join("\n"));
    writeFileSync(join(home, "doors.js"), text.join("\n"));
    const options = [
      "--strict",
      "--noEmit",
      "--exactOptionalPropertyTypes",
      "--module",
      "nodenext",
      "--target",
      "es2023",
    ];
    const types = [
      "--lib",
      "es2023,dom,dom.asynciterable",
      "--typeRoots",
      join(root, "node_modules/@types"),
      "--types",
      "node",
    ];
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    expect(node(home, tsc, ...options, ...types, "doors.ts").stdout).toBe("");
    const opened = node(home, "--input-type=module", "-e", 'await import("longhand"); await import("longhand/node");');
    expect(opened.stderr).toBe("");
    expect(opened.status).toBe(0);
  });

  it("puts the command in reach, and it tells the package's version", () => {
    const bin = readdirSync(join(home, "node_modules/.bin"));
    expect(bin).toContain("longhand");
    expect(longhand("--version")).toMatchObject({ status: 0, stdout: `${manifest.version}\n` });
  });

  it("carries an addon for this machine, which computes; and where it is spoilt, wasm does", (context) => {
    const lacking = noCompiler();
    if (lacking !== undefined) return context.skip(lacking);
    const doctor = () => JSON.parse(longhand("doctor", "--json").stdout);
    const about = doctor();
    expect(about.engine).toMatch(/^native /);
    const { path } = about.addons.at(-1);
    expect(path).toContain(join("node_modules", "longhand", "prebuilds"));
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, 1000));
    expect(doctor()).toMatchObject({ engine: "wasm relaxed-simd", skipped: [{ name: "native" }] });
    writeFileSync(path, whole);
  });

  it("brings what longhand build needs: without a compiler it says so, with one the addon is the user's own", (context) => {
    const [cache, compiler] = [process.env.XDG_CACHE_HOME, process.env.CC];
    process.env.XDG_CACHE_HOME = join(home, "cache");
    process.env.CC = "no-such-compiler";
    const without = longhand("build");
    if (compiler === undefined) delete process.env.CC;
    else process.env.CC = compiler;
    const lacking = noCompiler();
    const built = lacking === undefined ? longhand("build") : without;
    const about = JSON.parse(longhand("doctor", "--json").stdout);
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache;
    expect(without).toMatchObject({ status: 2, stderr: expect.stringContaining("no C compiler was found") });
    if (lacking !== undefined) return context.skip(`with a compiler: ${lacking}`);
    expect(built.status, built.stderr).toBe(0);
    expect(about.addons.at(-1).path).toContain(join(home, "cache"));
  });

  it("trains on a text of one's own, and writes: the same fifty characters for the same seed", () => {
    writeFileSync(join(home, "my.txt"), "the cat sat on the mat and the dog lay on the log\n".repeat(200));
    const trained = longhand("train", "my.txt", "--steps", "20", "--hidden", "16", "--out", "runs/my");
    expect(trained.status, trained.stderr).toBe(0);
    expect(existsSync(join(home, "runs/my/model.safetensors"))).toBe(true);
    const write = (): Outcome => longhand("generate", "runs/my", "--length", "50", "--seed", "1");
    const first = write();
    expect(first.status, first.stderr).toBe(0);
    expect([...first.stdout.replace(/\n$/, "")].length).toBe(50);
    expect(write().stdout).toBe(first.stdout);
  });

  it("trains on documents, and what it writes ends: a line each, and the model says so", () => {
    writeFileSync(join(home, "names.txt"), "ana\nanna\nnan\nhanna\n".repeat(100));
    const words = ["--documents", "line", "--steps", "40", "--hidden", "16", "--lr", "0.02", "--out", "runs/names"];
    const trained = longhand("train", "names.txt", ...words);
    expect(trained.status, trained.stderr).toBe(0);
    const told = longhand("generate", "runs/names", "--count", "8", "--length", "60", "--json")
      .stdout.trim()
      .split("\n");
    const rows = told.map((line) => JSON.parse(line) as { text: string; ended: boolean });
    expect(rows.map(({ ended }) => ended)).toEqual(new Array(8).fill(true));
    for (const { text } of rows) expect(text).not.toMatch(/\n|<end>/);
    expect(longhand("generate", "runs/names", "--count", "8", "--length", "60").stdout).toBe(rows.map(({ text }) => `${text}\n`).join("")); // biome-ignore format: one line
  });
});
