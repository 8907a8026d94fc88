// Compiles the native engine's addon from the C sources in kernels/ with the system's compiler. It needs no header and
// downloads nothing. `longhand build` and npm in a clone call it; native.ts loads the addon.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AddonLabel, addonName, readLabel, writeLabel } from "./addon-files.js";

const kernels = fileURLToPath(new URL("../../../kernels/", import.meta.url));

interface Level {
  readonly name: string;
  readonly flags: readonly string[];
  /** Floats of a vector; rows of the register tile, and columns of a panel. */
  readonly lanes: number;
  readonly rows: number;
  readonly panel: number;
}

/**
 * Best first. A tile fills the registers except for one row of the panel and one broadcast: of 16, or of 32 with
 * AVX-512 and NEON.
 */
const levels: Readonly<Record<string, readonly Level[]>> = {
  x64: [
    {
      name: "avx512",
      flags: ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma", "-mprefer-vector-width=512"],
      lanes: 16,
      rows: 12,
      panel: 32,
    },
    { name: "avx2", flags: ["-mavx2", "-mfma"], lanes: 8, rows: 6, panel: 16 },
    { name: "sse2", flags: ["-msse2"], lanes: 4, rows: 6, panel: 8 },
  ],
  arm64: [{ name: "neon", flags: [], lanes: 4, rows: 6, panel: 12 }],
};

const compile = [
  "-std=gnu17",
  "-O3",
  "-fPIC",
  "-fvisibility=hidden",
  "-ffp-contract=off", // a fused multiply-add only where the source says madd
  "-fno-math-errno",
  "-Wall",
  "-Wextra",
];

export type BuildOutcome =
  | { readonly kind: "built"; readonly path: string; readonly label: AddonLabel }
  /** An addon of the same sources and flags is there already. */
  | { readonly kind: "present"; readonly path: string; readonly label: AddonLabel }
  | { readonly kind: "skipped"; readonly reason: string };

/** Builds this machine's addon into a folder, unless it is there. Does not throw if there is no compiler. */
export function buildAddon(folder: string, force = false): BuildOutcome {
  const mine = levels[process.arch];
  if (process.platform === "win32") return skipped("Windows' compilers lack the vector extensions it is written in");
  if (mine === undefined) return skipped(`it does not support ${process.arch} processors`);
  const texts = kernelTexts();
  const sources = digestOf(texts);
  const recipe = createHash("sha256")
    .update(JSON.stringify([sources, compile, mine]))
    .digest("hex");
  const path = join(folder, addonName());
  const old = readLabel(path);
  if (!force && old?.recipe === recipe) return { kind: "present", path, label: old };

  const compiler = findCompiler();
  if (compiler === undefined) return skipped("no C compiler was found (cc, gcc or clang)");
  const work = mkdtempSync(join(tmpdir(), "longhand-addon-"));
  try {
    writeFileSync(join(work, "table.h"), tableOf(texts.get("kernels.h") ?? ""));
    writeFileSync(join(work, "levels.h"), mine.map(({ name }) => `LEVEL(level_${name})\n`).join(""));
    const objects = mine.map(({ name, flags, lanes, rows, panel }) => {
      const sizes = [`-DLANES=${lanes}`, `-DROWS=${rows}`, `-DPANEL=${panel}`];
      const names = [`-DLEVEL=level_${name}`, `-DNAME="${name}"`];
      return { name, args: [...flags, ...sizes, ...names, "-c", join(kernels, "level.c")] };
    });
    objects.push({ name: "addon", args: [`-DSOURCES="${sources}"`, "-c", join(kernels, "addon.c")] });
    for (const { name, args } of objects) {
      const failure = run(compiler.command, [...compile, "-I", work, ...args, "-o", join(work, `${name}.o`)]);
      if (failure !== undefined) return skipped(`${compiler.name} could not compile it: ${failure}`);
    }
    const made = join(work, "addon.node");
    const link = process.platform === "darwin" ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared", "-s"];
    const failure = run(compiler.command, [...link, ...objects.map(({ name }) => join(work, `${name}.o`)), "-o", made]);
    if (failure !== undefined) return skipped(`${compiler.name} could not link it: ${failure}`);
    const bytes = readFileSync(made);
    const label: AddonLabel = {
      sources,
      recipe,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      compiler: compiler.name,
      levels: mine.map(({ name }) => name),
    };
    mkdirSync(folder, { recursive: true });
    // Renamed into place, so that a process that has loaded the old one keeps it.
    writeFileSync(`${path}.${process.pid}`, bytes);
    renameSync(`${path}.${process.pid}`, path);
    writeLabel(path, label);
    return { kind: "built", path, label };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The outcome as a sentence. */
export function sayOutcome(outcome: BuildOutcome): string {
  switch (outcome.kind) {
    case "built":
      return (
        `The native engine was built (${outcome.label.levels.join(", ")}; ${outcome.label.compiler}): ` +
        `${outcome.path}`
      );
    case "present":
      return `The native engine is already built (${outcome.label.levels.join(", ")}): ${outcome.path}`;
    case "skipped":
      return `The native engine was not built: ${outcome.reason}. The WebAssembly engine computes instead.`;
    default:
      return outcome satisfies never;
  }
}

function skipped(reason: string): BuildOutcome {
  return { kind: "skipped", reason };
}

/** C sources of the kernels by file name, in byte order. */
function kernelTexts(): Map<string, string> {
  const files = readdirSync(kernels).filter((file) => /\.[ch]$/.test(file));
  return new Map(files.sort().map((file) => [file, readFileSync(join(kernels, file), "utf8")]));
}

/** The same digest as in kernels/build.mjs: of all sources except peak.c. */
function digestOf(texts: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const [file, text] of texts) if (file !== "peak.c") hash.update(`${file}\0${text}\0`);
  return hash.digest("hex");
}

/** A ROW for each kernel that kernels.h declares: its name, the letters of its operands, and how each is passed. */
function tableOf(header: string): string {
  const letters: Readonly<Record<string, string>> = { u32: "u", float: "f", double: "d" };
  const rows = [...header.matchAll(/^KERNEL\((\w+)\)\(handle h, ([^)]*)\);/gm)].map(([, name, operands = ""]) => {
    const kinds = operands.split(",").map((each) => letters[each.trim().split(/\s+/)[0] ?? ""] ?? "?");
    return `ROW(${name}, "${kinds.join("")}", ${kinds.map((kind, i) => `${kind.toUpperCase()}(${i})`).join(", ")})\n`;
  });
  return rows.join("");
}

function findCompiler(): { command: string; name: string } | undefined {
  const asked = process.env.CC?.trim();
  for (const command of asked ? [asked] : ["cc", "gcc", "clang"]) {
    const { status, stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
    if (status === 0) return { command, name: stdout.split("\n")[0]?.trim() || command };
  }
  return undefined;
}

/** Undefined after success, else the first line of the error. */
function run(command: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return undefined;
  const lines = (stderr ?? "").split("\n");
  return lines.find((line) => line.includes("error")) ?? lines[0] ?? error?.message ?? `exit status ${status}`;
}
