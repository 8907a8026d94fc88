// The files of the project, for the tests that hold the house's rules: what git tracks or would track, and what a
// source imports. Not a parser: comments are cut out and the four forms of an import are found by pattern.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Paths from the root, with "/", sorted: what git tracks and what it would add. Needs a clone, as the tests do anyway.
 */
export function projectFiles(): string[] {
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr}`);
  const paths = listed.stdout.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
  return [...new Set(paths)].sort();
}

export const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Sources below src/, from "src/": "base/errors.ts". */
export function sourceFiles(): string[] {
  return projectFiles()
    .filter((path) => path.startsWith("src/") && path.endsWith(".ts"))
    .map((path) => path.slice("src/".length));
}

/** The text without comments. A "//" after a colon is taken for an address and kept. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
}

/** What a source names in `from "…"`, `import "…"`, `import("…")` and `new URL("./x.js"`, types included. */
export function importsOf(text: string): string[] {
  const form = /\b(?:(?:from|import)\s*\(?\s*|new\s+URL\(\s*(?="\.[^"]*\.js"))["']([\w@./:-]+)["']/g;
  return [...withoutComments(text).matchAll(form)].map((match) => match[1] ?? "");
}

/** "./errors.js" named by base/setting.ts is base/errors.ts. Undefined for a package. */
export function resolveImport(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, ".ts");
}
