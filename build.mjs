// `npm run build`: compiles src/ into dist/. `tsc -b` alone is quick and incremental, but it keeps the outputs of a
// source that was removed, and does not notice an output that is missing; this script mends both. With --addon it also
// builds the native engine's addon, where a C compiler is found. It builds no WebAssembly module.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const dist = join(root, "dist");

/** Paths of the files below `folder`, with "/" on every platform. */
function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join("/"),
    );
}

/** What the compiler makes of one source: code and declarations, each with its map. */
function outputsOf(source) {
  return ["js", "js.map", "d.ts", "d.ts.map"].map((ending) => source.replace(/ts$/, ending));
}

const sources = filesOf(join(root, "src")).filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"));
const wanted = new Set(sources.flatMap(outputsOf));
const present = filesOf(dist).filter((path) => !path.endsWith(".tsbuildinfo"));
for (const path of present) if (!wanted.has(path)) rmSync(join(dist, path));

const whole = [...wanted].every((path) => present.includes(path));
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const args = [tsc, "-b", ...(whole ? [] : ["--force"])];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

if (process.argv.includes("--addon")) {
  const { buildAddon, sayOutcome } = await import(pathToFileURL(join(dist, "node", "engine", "build-addon.js")));
  console.log(sayOutcome(buildAddon(join(root, "prebuilds"))));
}
