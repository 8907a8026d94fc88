// The doors as a page meets them: dist/ as it was built, over plain HTTP, with no bundler between.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaintsOf, launch, noChromium, type Site, serve } from "../helpers/chromium.js";

const page = "<!doctype html><title>longhand</title>";

describe("in a page", () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    if (noChromium !== undefined) return;
    site = await serve({ files: { "/page.html": page }, isolated: true });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  /** The names that a module exports, imported by a page; and what the page complained of. */
  async function namesInPage(path: string): Promise<{ names: string[]; complaints: string[]; isolated: boolean }> {
    const tab = await browser.newPage();
    const complaints = complaintsOf(tab);
    await tab.goto(`${site.origin}/page.html`);
    const names = await tab.evaluate<string[]>(`import("${path}").then((door) => Object.keys(door).sort())`);
    const isolated = await tab.evaluate(() => globalThis.crossOriginIsolated);
    await tab.close();
    return { names, complaints, isolated };
  }

  it("the portable door opens in a page with the same names as in Node", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const url = new URL("../../dist/advanced.js", import.meta.url).href;
    const here = Object.keys(await import(/* @vite-ignore */ url)).sort();
    const { names, complaints } = await namesInPage("/dist/advanced.js");
    expect(complaints).toEqual([]);
    expect(names).toEqual(here);
    expect(names.length).toBeGreaterThan(0);
  });

  it("the browser's door opens in a page, and the page may share memory", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const { complaints, isolated } = await namesInPage("/dist/advanced-browser.js");
    expect(complaints).toEqual([]);
    expect(isolated).toBe(true);
  });

  it("nothing outside of dist, data and test is served", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const statusOf = async (path: string): Promise<number> => (await fetch(site.origin + path)).status;
    expect(await statusOf("/package.json")).toBe(404);
    expect(await statusOf("/dist/%2e%2e/package.json")).toBe(404);
    expect(await statusOf("/dist/..%2fpackage.json")).toBe(404);
    expect(await statusOf("/data/nietzsche.txt")).toBe(200);
  });
});
