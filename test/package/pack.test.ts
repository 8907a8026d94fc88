// What a stranger gets: the tarball of `npm pack`, installed in an empty folder where no install script may run and no
// network is asked (the few dependencies come as tarballs too).

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noCompiler } from "../helpers/tools.js";
import { linksOf } from "../house/markdown.js";
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
let installed: Outcome;
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
  installed = npm(home, "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", ...files);
});

describe("the package", () => {
  it("contains the sources, what they compile to, documents, examples, texts, recipes, kernels, addons; nothing else", () => {
    const paths = packed.files.map(({ path }) => path);
    const built = sourceFiles()
      .filter((file) => !file.endsWith(".d.ts"))
      .flatMap((file) => ["js", "js.map", "d.ts", "d.ts.map"].map((end) => `dist/${file.replace(/ts$/, end)}`));
    expect(paths.filter((path) => path.startsWith("src/")).sort()).toEqual(
      sourceFiles()
        .map((file) => `src/${file}`)
        .sort(),
    );
    expect(paths.filter((path) => path.startsWith("dist/")).sort()).toEqual(built.sort());
    const others = [
      /^(package\.json|LICENSE|(README|CHANGELOG|ARCHITECTURE|CONTRIBUTING|SECURITY)\.md)$/,
      /^docs\/.*\.(md|svg)$|^bench\/results\/[\w-]+\.svg$|^examples\/.*\.(ts|js|json|html|css)$/,
      /^data\/.*\.txt$|^recipes\/.*\.json$|^kernels\/[\w-]+\.[ch]$|^prebuilds\/[\w-]+\.(node|json)$/,
      /^(dist|src)\//,
    ];
    expect(paths.filter((path) => !others.some((kind) => kind.test(path)))).toEqual([]);
  });

  it("is at most 2.25 MiB to download and 8 MiB on disk, sources and maps included", () => {
    const [fetched, onDisk] = [packed.size / mebibyte, packed.unpackedSize / mebibyte];
    console.log(
      `package: ${packed.files.length} files, ${fetched.toFixed(2)} MiB packed, ${onDisk.toFixed(2)} MiB unpacked`,
    );
    expect(fetched).toBeLessThan(2.25);
    expect(onDisk).toBeLessThan(8);
  });

  it("contains what its documents link to: each relative link leads to a packed file or folder", () => {
    const paths = packed.files.map(({ path }) => path);
    const folders = new Set(paths.flatMap((path) => path.split("/").map((_, i, parts) => parts.slice(0, i).join("/"))));
    const broken = paths
      .filter((path) => path.endsWith(".md"))
      .flatMap((file) =>
        linksOf(readFileSync(join(home, "node_modules/longhand", file), "utf8"))
          .map((link) => link.split("#")[0] ?? "")
          .filter((link) => link !== "")
          .map((link) => ({ file, target: posix.join(posix.dirname(file), decodeURI(link)).replace(/\/$/, "") })),
      )
      .filter(({ target }) => !paths.includes(target) && !folders.has(target));
    expect(broken).toEqual([]);
  });

  it("maps its code to its sources: each map names a packed file", () => {
    const paths = new Set(packed.files.map(({ path }) => path));
    const maps = [...paths].filter((path) => path.endsWith(".map"));
    expect(maps.length).toBeGreaterThan(200);
    const lost = maps.filter((map) => {
      const { sources } = JSON.parse(readFileSync(join(home, "node_modules/longhand", map), "utf8"));
      return !sources.every((source: string) => paths.has(posix.join(posix.dirname(map), source)));
    });
    expect(lost).toEqual([]);
  });

  it("has the same bytes when it is made twice from scratch", () => {
    const before = digest(packed.filename);
    for (const made of ["dist", "prebuilds"]) rmSync(join(project, made), { recursive: true, force: true });
    expect(digest(pack(project).filename)).toBe(before);
  });

  it("has no install script, so that no package manager asks for trust or warns", () => {
    const { scripts } = JSON.parse(readFileSync(join(home, "node_modules/longhand/package.json"), "utf8"));
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) expect(scripts).not.toHaveProperty(name);
    expect(installed.stderr).toBe("");
  });

  it("brings nothing into a home but its named dependencies", () => {
    const present = readdirSync(join(home, "node_modules")).filter((name) => !name.startsWith("."));
    expect(present.sort()).toEqual(["longhand", ...Object.keys(manifest.dependencies)].sort());
  });

  it.each([
    ["publint", "publint/src/cli.js", []],
    // Node loads an ES module by require from 20.19 on, which is the oldest Node that the package supports.
    ["are the types wrong", "@arethetypeswrong/cli/dist/index.js", ["--ignore-rules", "cjs-resolves-to-esm"]],
  ])("passes %s", (_, script, flags) => {
    const { status, stdout } = node(
      home,
      join(root, "node_modules", script),
      join(tarballs, packed.filename),
      ...flags,
    );
    expect(status, stdout).toBe(0);
  });

  it("has entry points that load, and types that compile in a strict project", () => {
    const doors = ["longhand", "longhand/node", "longhand/browser", "longhand/advanced"];
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
    const loading = doors.slice(0, 2).map((door) => `await import("${door}");`);
    const loaded = node(home, "--input-type=module", "-e", loading.join(" "));
    expect(loaded).toMatchObject({ status: 0, stderr: "" });
  });

  it("opens the Node build by import and by require, and the browser build under the condition browser", () => {
    const which = "console.log('resume' in m)";
    const imported = node(home, "--input-type=module", "-e", `import * as m from "longhand"; ${which}`);
    const required = node(home, "--input-type=commonjs", "-e", `const m = require("longhand"); ${which}`);
    const browser = ["--conditions=browser", "--input-type=module", "-e"];
    const bundled = node(home, ...browser, `import * as m from "longhand"; ${which}`);
    expect([imported.stdout, required.stdout, bundled.stdout]).toEqual(["true\n", "true\n", "false\n"]);
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

  it("contains what longhand build needs: with a compiler it builds an addon, without one it says so", (context) => {
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
    const rows = told.slice(0, -1).map((line) => JSON.parse(line) as { text: string; ended: boolean });
    expect(rows.map(({ ended }) => ended)).toEqual(new Array(8).fill(true));
    for (const { text } of rows) expect(text).not.toMatch(/\n|<end>/);
    expect(longhand("generate", "runs/names", "--count", "8", "--length", "60").stdout).toBe(rows.map(({ text }) => `${text}\n`).join("")); // biome-ignore format: one line
  });
});
