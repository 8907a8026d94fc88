// Files of the native engine's addon: folders, names, and the label with the digests of its sources and bytes. A file
// that does not match its label is never loaded, since a damaged one crashes the process. This module loads nothing.

import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sources } from "../../compute/sources.js";

export interface AddonLabel {
  /** SHA-256 of the C sources. */
  readonly sources: string;
  /** SHA-256 of sources and flags. */
  readonly recipe: string;
  /** SHA-256 of the addon's bytes. */
  readonly sha256: string;
  readonly compiler: string;
  /** Best first. */
  readonly levels: readonly string[];
}

/** Folder of the package's prebuilt addons; in a clone, of the one that npm built. */
export const packageFolder = fileURLToPath(new URL("../../../prebuilds/", import.meta.url));

/** Folder in which `longhand build` puts its addon: in the user's cache, one for each version of the sources. */
export function cacheFolder(): string {
  const given = process.env.XDG_CACHE_HOME;
  const home = process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
  return join(given || home, "longhand", sources.slice(0, 16));
}

/** linux-x64.node, linux-x64-musl.node, darwin-arm64.node … */
export function addonName(): string {
  return `${process.platform}-${process.arch}${process.platform === "linux" && isMusl() ? "-musl" : ""}.node`;
}

/** Whether Node uses musl, as on Alpine: the executable names its C library in its first page. */
function isMusl(): boolean {
  const page = Buffer.alloc(4096);
  try {
    const file = openSync(process.execPath, "r");
    readSync(file, page);
    closeSync(file);
  } catch {
    return false;
  }
  return page.includes("ld-musl");
}

/** Undefined if there is no readable label. */
export function readLabel(path: string): AddonLabel | undefined {
  try {
    return JSON.parse(readFileSync(labelOf(path), "utf8")) as AddonLabel;
  } catch {
    return undefined;
  }
}

export function writeLabel(path: string, label: AddonLabel): void {
  writeFileSync(labelOf(path), `${JSON.stringify(label, null, 2)}\n`);
}

export function digestOfFile(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function labelOf(path: string): string {
  return path.replace(/node$/, "json");
}
