// A small app that imports "longhand", built by four bundlers without a warning, trains and runs a model in Chromium:
// isolated on threads, not isolated on one thread, and on one thread with a notice if the worker's file is missing.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, noChromium, serve } from "../helpers/chromium.js";
import { root } from "../house/tree.js";
import { emptyFolder, node } from "./project.js";

interface Result {
  readonly windows?: number;
  readonly text?: string;
  readonly notices?: readonly string[];
  readonly isolated?: boolean;
  readonly error?: string;
}

const home = emptyFolder("bundlers");
const PAGE = '<!doctype html><title>app</title><script type="module" src="/app.js"></script>';

/** Builds the app into a folder, in a process of its own; the bundler's warnings. */
function build(bundler: string, out: string): unknown {
  const { status, stdout, stderr } = node(home, join(root, "test/package/bundlers/build.mjs"), bundler, home, out);
  if (status !== 0) throw new Error(`${bundler} failed: ${stdout}${stderr}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!); // what a bundler prints of its progress stands before
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
  cpSync(join(root, "test/package/bundlers/app.js"), join(home, "app.js"));
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

describe.each(["esbuild", "rollup", "vite", "webpack"])("an app built by %s", (name) => {
  const out = join(home, `built-${name}`);

  it("is built without a warning", () => {
    expect(build(name, out)).toEqual([]);
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
    build("esbuild without the worker", out);
    const result = await visit(out, true);
    expect(result).toMatchObject({ windows: 60, isolated: true });
    expect(result.notices).toEqual([expect.stringContaining("pool-worker.js, could not be loaded")]);
  });
});
