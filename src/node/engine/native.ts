// Finds and loads the native engine's addon: the one that `longhand build` made for this user, else the package's. It
// skips a broken, foreign or outdated one and gives the reason; it never throws and compiles nothing.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type AddonFound, addonObstacle, type NativeAddon } from "../../compute/native/engine.js";
import { sources } from "../../compute/sources.js";
import { addonName, cacheFolder, digestOfFile, packageFolder, readLabel } from "./addon-files.js";

/** An addon that was found, in the order of the search. */
export interface AddonPlace {
  readonly path: string;
  /** Why it was skipped; absent for the one in use. */
  readonly obstacle?: string;
}
export type AddonSearch = AddonFound & { readonly places: readonly AddonPlace[] };

let found: AddonSearch | undefined;

/** The addon of this process; searched once. */
export function loadAddon(): AddonSearch {
  found ??= searchAddon([cacheFolder(), packageFolder]);
  return found;
}

/** Searches folders in order for an addon that can be used. */
export function searchAddon(folders: readonly string[]): AddonSearch {
  const places: AddonPlace[] = [];
  for (const folder of folders) {
    const path = join(folder, addonName());
    if (!existsSync(path)) continue;
    const loaded = tryAddon(path);
    if (typeof loaded !== "string") return { kind: "loaded", addon: loaded, places: [...places, { path }] };
    places.push({ path, obstacle: loaded });
  }
  const reason =
    places.length === 0
      ? `no addon for ${addonName().replace(/\.node$/, "")} (npx longhand build makes one)`
      : `${places.map(({ path, obstacle }) => `${path}: ${obstacle}`).join("; ")} (npx longhand build makes a new one)`;
  return { kind: "absent", reason, places };
}

/** The addon, or why it cannot be used. Checks the bytes first, since the system's loader crashes on half a file. */
function tryAddon(path: string): NativeAddon | string {
  try {
    const label = readLabel(path);
    if (label === undefined) return "the .json file beside it is missing or broken";
    if (label.sources !== sources) return "it was built from other sources than this version's";
    if (label.sha256 !== digestOfFile(path)) return "its bytes are not the ones that were built";
    const loaded: unknown = createRequire(import.meta.url)(path);
    return addonObstacle(loaded, sources) ?? (loaded as NativeAddon);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return `it cannot be loaded (${message.split("\n")[0]})`;
  }
}
