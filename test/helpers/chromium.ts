// A browser and a server for tests: Chromium as the system has it, or the engine that LONGHAND_BROWSER names (chromium,
// firefox, webkit) as playwright-core installed it; headless, with a profile of its own. The server gives the project's
// dist/ and test/ over loopback. Nothing is bundled and nothing is downloaded. A function given to
// page.evaluate may not hold an import(): vitest rewrites it before the page sees it; give a string there, or a page of
// your own in `files`.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserType, chromium, firefox, type Page, webkit } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const engines: Readonly<Record<string, BrowserType>> = { chromium, firefox, webkit };
const name = process.env.LONGHAND_BROWSER ?? "chromium";
const engine = engines[name];
if (engine === undefined)
  throw new Error(`LONGHAND_BROWSER is one of ${Object.keys(engines).join(", ")}; got "${name}"`);

const places = [
  ...(name === "chromium"
    ? [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    : []),
  engine.executablePath(),
];
const executable = places.find((path) => path !== undefined && existsSync(path));

/** Why no browser can be had, for `ctx.skip(noChromium)`; undefined where there is one. */
export const noChromium: string | undefined =
  executable === undefined ? `${name} not found: ${places.filter(Boolean).join(", ")} (${installation()})` : undefined;

function installation(): string {
  const command = `npx playwright-core install ${name}`;
  return name === "chromium" ? `${command}, or set CHROMIUM to its path` : command;
}

const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Starts the browser with a fresh profile; the caller closes it. `more` are further flags of Chromium's command line.
 */
export function launch(...more: string[]): Promise<Browser> {
  if (executable === undefined || engine === undefined) throw new Error(noChromium);
  const args = name === "chromium" ? [...chromiumFlags, ...more] : [];
  return engine.launch({ executablePath: executable, headless: true, timeout: 100_000, args });
}

/** What a page complains of while it lives: uncaught errors, console errors, requests that failed. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Chromium says so of an answer too that was read to its end by a stream's reader and then let go of.
    if (reason !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${reason}`);
  });
  return complaints;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".jsonl": "application/x-ndjson",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

export interface Site {
  /** "http://127.0.0.1:port", without a slash at the end. */
  readonly origin: string;
  close(): Promise<void>;
}

export interface SiteOptions {
  /** Pages and files of the test itself, by path: { "/page.html": "<!doctype html>…", "/model.safetensors": bytes }. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Send COOP and COEP, so that pages are cross-origin isolated and have SharedArrayBuffer. */
  readonly isolated?: boolean;
}

/** Serves `files`, and the project's dist/, data/ and test/, to this machine alone, on a free port. */
export async function serve({ files = {}, isolated = false }: SiteOptions = {}): Promise<Site> {
  const isolation = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  };
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    const body = files[path] ?? (await projectFile(path));
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": types[extname(path)] ?? "application/octet-stream",
      "cache-control": "no-store",
      ...(isolated ? isolation : {}),
    });
    response.end(body);
  };
  const server = createServer((request, response) => {
    // Decoded and flattened before use: no ".." is left in it.
    const path = posix.normalize(decodeURIComponent(new URL(request.url ?? "/", "http://loopback").pathname));
    answer(path, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function projectFile(path: string): Promise<Uint8Array | undefined> {
  if (path === "/favicon.ico") return new Uint8Array();
  if (!/^\/(dist|data|test)\//.test(path)) return undefined;
  return readFile(join(root, path)).catch(() => undefined);
}
