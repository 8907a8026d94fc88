// A small app that imports "longhand", built by four bundlers without a warning, trains and runs a model in Chromium: isolated on
// threads, not isolated on one thread, and on one thread with a notice where the worker's file was not deployed.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import type { Browser } from "playwright-core";
import { rollup } from "rollup";
import { build as viteBuild } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import webpack from "webpack";
import { launch, noChromium, serve } from "../helpers/chromium.js";
import { root } from "../house/tree.js";
import { emptyFolder } from "./project.js";

interface Result {
  readonly windows?: number;
  readonly text?: string;
  readonly notices?: readonly string[];
  readonly isolated?: boolean;
  readonly error?: string;
}

const home = emptyFolder("bundlers");
const app = join(home, "app.js");
const PAGE = '<!doctype html><title>app</title><script type="module" src="/app.js"></script>';

/** Each builds the app into a folder, with the worker beside it, and returns the bundler's warnings. */
const bundlers: Readonly<Record<string, (out: string) => Promise<unknown[]>>> = {
  /** esbuild and rollup follow no `new URL(…, import.meta.url)`: the worker is an entry of its own. */
  async esbuild(out) {
    const entryPoints = { app, "pool-worker": "longhand/worker" };
    const { warnings } = await esbuild.build({ ...bundled(out), entryPoints, splitting: true });
    return warnings;
  },
  async rollup(out) {
    const warnings: unknown[] = [];
    const input = { app, "pool-worker": "longhand/worker" };
    const plugins = [nodeResolve({ browser: true, rootDir: home })];
    const bundle = await rollup({ input, plugins, onwarn: (warning) => warnings.push(warning.message) });
    await bundle.write({ dir: out, format: "es", entryFileNames: "[name].js" });
    return warnings;
  },
  async vite(out) {
    const warnings: unknown[] = [];
    const warn = (message: string) => warnings.push(message);
    const customLogger = {
      info() {},
      warn,
      warnOnce: warn,
      error: warn,
      clearScreen() {},
      hasErrorLogged: () => false,
    };
    await viteBuild({
      root: home,
      configFile: false,
      customLogger: { ...customLogger, hasWarned: false },
      worker: { format: "es" },
      build: {
        outDir: out,
        target: "es2023",
        rolldownOptions: { input: { app }, output: { entryFileNames: "[name].js" } },
      },
    });
    return warnings;
  },
  webpack: (out) =>
    new Promise((done, failed) =>
      webpack(
        {
          mode: "production",
          context: home,
          entry: { app },
          output: { path: out, filename: "[name].js", publicPath: "auto" },
          performance: { hints: false },
        },
        (error, stats) => {
          if (error || !stats) return failed(error);
          const { warnings = [], errors = [] } = stats.toJson({ all: false, warnings: true, errors: true });
          done([...warnings, ...errors].map(({ message }) => message));
        },
      ),
    ),
};

function bundled(outdir: string) {
  return { bundle: true, format: "esm", outdir, absWorkingDir: home, logLevel: "silent", target: "es2023" } as const;
}

function filesOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    paths.map((path) => [`/${relative(folder, path).split(sep).join("/")}`, readFileSync(path, "utf8")]),
  );
}

let browser: Browser | undefined;
beforeAll(async () => {
  mkdirSync(join(home, "node_modules"), { recursive: true });
  symlinkSync(root, join(home, "node_modules/longhand"), "junction");
  cpSync(join(root, "test/package/bundlers/app.js"), app);
  if (noChromium === undefined) browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  rmSync(home, { recursive: true, force: true });
});

/** Opens the built app, and returns its result and how many workers it started. */
async function visit(folder: string, isolated: boolean): Promise<Result & { workers: number }> {
  const site = await serve({ files: { "/index.html": PAGE, ...filesOf(folder) }, isolated });
  const page = await browser!.newPage();
  let workers = 0;
  page.on("worker", () => workers++);
  try {
    await page.goto(`${site.origin}/index.html`);
    const result = await page.waitForFunction(() => (window as { result?: Result }).result, undefined, {
      timeout: 100_000,
    });
    return { ...((await result.jsonValue()) as Result), workers };
  } finally {
    await page.close();
    await site.close();
  }
}

describe.each(Object.keys(bundlers))("an app built by %s", (name) => {
  const out = join(home, `built-${name}`);

  it("is built without a warning", async () => {
    expect(await bundlers[name]!(out)).toEqual([]);
  });

  it("trains on two threads in an isolated page and on one elsewhere, to the same model", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const isolated = await visit(out, true);
    expect(isolated).toMatchObject({ windows: 60, notices: [], isolated: true });
    expect(isolated.workers).toBeGreaterThan(0);
    const plain = await visit(out, false);
    expect(plain).toMatchObject({ windows: 60, text: isolated.text, isolated: false, workers: 0 });
    expect(plain.notices).toEqual([expect.stringMatching(/^One thread computes: .*cross-origin isolated/)]);
  });
});

describe("an app whose worker's file is missing", () => {
  it("trains on one thread, and says so once", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const out = join(home, "built-alone");
    await esbuild.build({ ...bundled(out), entryPoints: { app } });
    const result = await visit(out, true);
    expect(result).toMatchObject({ windows: 60, isolated: true });
    expect(result.notices).toEqual([expect.stringContaining("pool-worker.js, could not be loaded")]);
  });
});
