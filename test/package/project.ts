// A copy of the project in a temporary folder, to build and pack without disturbing the clone's own dist/, which other
// tests are reading at the same time.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectFiles, root } from "../house/tree.js";

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script by this very Node, no shell between, so that Windows runs it too. What vitest and CI set is left out.
 */
export function node(cwd: string, ...args: string[]): Outcome {
  const ours = Object.entries(process.env).filter(([name]) => !/^(CI|NODE_OPTIONS|NODE_ENV|VITEST.*|TEST)$/.test(name));
  return spawnSync(process.execPath, args, {
    cwd,
    encoding: "utf8",
    // No addon that the user has built: each project has the addons of the package alone.
    env: { XDG_CACHE_HOME: join(cwd, "no-cache"), ...Object.fromEntries(ours), NO_COLOR: "1" },
  });
}

/** npm's own script: named by npm where it started us, else beside this Node. */
function npmScript(): string {
  const here = dirname(process.execPath);
  const places = [
    process.env.npm_execpath ?? "",
    join(here, "node_modules/npm/bin/npm-cli.js"),
    join(here, "../lib/node_modules/npm/bin/npm-cli.js"),
    "/usr/share/nodejs/npm/bin/npm-cli.js",
  ];
  const found = places.find((path) => path.endsWith("npm-cli.js") && existsSync(path));
  if (found === undefined) throw new Error(`npm was not found beside ${process.execPath}.`);
  return found;
}

export function npm(cwd: string, ...args: string[]): Outcome {
  const outcome = node(cwd, npmScript(), ...args);
  if (outcome.status !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${outcome.stdout}\n${outcome.stderr}`);
  return outcome;
}

export const emptyFolder = (name: string): string => mkdtempSync(join(tmpdir(), `longhand-${name}-`));

/** The files git would hold, and a link to the installed development packages. */
export function copyOfProject(): string {
  const folder = emptyFolder("project");
  for (const path of projectFiles()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}
