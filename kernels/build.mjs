// Compiles the kernels to WebAssembly, and writes the modules as text to src/compute/wasm/modules/. They are committed,
// so that only a change of a kernel needs the compiler. The same sources and compiler give the same bytes.
//
//   npm install --prefix kernels        the compiler (clang as an npm package), once
//   node kernels/build.mjs              builds, and writes the changed files
//   node kernels/build.mjs --check      builds, and fails if a committed file differs

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";

const here = new URL("./", import.meta.url);
const modules = new URL("../src/compute/wasm/modules/", here);
const bench = new URL("../bench/peak/", here);

/** The levels: instruction sets, each with its fastest register tile (bench/kernels.mjs). */
const levels = [
  { name: "relaxed-simd", flags: ["-msimd128", "-mrelaxed-simd"], rows: 4, panel: 8 },
  { name: "simd", flags: ["-msimd128"], rows: 4, panel: 8 },
];

const compile = [
  "--target=wasm32",
  "-std=c17",
  "-O3",
  "-ffreestanding",
  "-fno-builtin",
  "-ffp-contract=off", // fused multiply-add only where the source says madd
  "-Wall",
  "-Wextra",
  "-Werror",
];
// Without loop strength reduction a tile addresses its sums by one pointer and constants; with it, by more pointers
// than V8 has registers.
const ofTiles = ["-mllvm", "-disable-lsr"];
const link = [
  "--import-memory",
  "--max-memory=4294967296", // shared memory needs a maximum; with it the same module works for both kinds of memory
  "--stack-first", // a stack overflow traps and does not overwrite the arena
  "-z",
  "stack-size=262144",
  "--export=__stack_pointer",
  "--export=__heap_base",
  "--strip-all",
];

const { runLLVM } = await import("@yowasp/clang").catch(() => {
  console.error("The compiler is not installed. Run: npm install --prefix kernels");
  process.exit(1);
});
const version = JSON.parse(readFileSync(new URL("node_modules/@yowasp/clang/package.json", here), "utf8")).version;

const texts = {};
for (const file of readdirSync(here).sort()) {
  if (/\.[ch]$/.test(file)) texts[file] = readFileSync(new URL(file, here), "utf8");
}
const others = ["peak.c", "addon.c", "level.c"]; // the peak measurement, and files of the native engine only
const kernels = Object.keys(texts).filter((file) => file.endsWith(".c") && !others.includes(file));

/** Compiles the files one by one, then links them. */
async function make(level, files, link) {
  const tile = [`-DROWS=${level.rows}`, `-DPANEL=${level.panel}`];
  const objects = {};
  for (const file of files) {
    const more = texts[file].includes('"tile.h"') ? ofTiles : [];
    objects[`${file}.o`] = await run(
      ["clang", ...compile, ...level.flags, ...more, ...tile, "-c", file, "-o", "made"],
      texts,
    );
  }
  return run(["wasm-ld", "--no-entry", ...link, ...Object.keys(objects), "-o", "made"], objects);
}

async function run(words, files) {
  try {
    return (await runLLVM(words, files, { fetchProgress: () => {} })).made;
  } catch (exit) {
    console.error(`Failed (${exit.code ?? exit}): ${words.join(" ")}`);
    process.exit(1);
  }
}

/** Offset of the flags of the imported memory's limits: 1 = with a maximum, 3 = shared. */
function limitsAt(bytes) {
  const name = Buffer.from("\x03env\x06memory\x02", "latin1");
  const at = Buffer.from(bytes).indexOf(name);
  if (at < 0 || bytes[at + name.length] !== 1) throw new Error("The memory is not imported with a maximum.");
  return at + name.length;
}

/** The first byte after the module's stack and data. */
function heapBase(bytes) {
  if (!WebAssembly.validate(bytes)) setFlagsFromString("--experimental-wasm-relaxed-simd"); // Node 20
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16 });
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports.__heap_base.value;
}

function moduleText(level, bytes) {
  const base64 = Buffer.from(bytes)
    .toString("base64")
    .replace(/.{1,120}/g, "$&\n");
  return `// Made by kernels/build.mjs from the C in kernels/: do not edit. ${bytes.length} bytes.

export const level = ${JSON.stringify(level.name)};
/** Columns of a panel of a packed operand. */
export const panel = ${level.panel};
/** The memory's first byte after the module's own stack and data. */
export const heapBase = ${heapBase(bytes)};
/** SHA-256 of the C sources. */
export const sources = "${digest}";
export const compiler = "@yowasp/clang ${version}";
/** The byte of the memory's limits: 1 = unshared; with 3 there the module takes a shared memory. */
export const limitsAt = ${limitsAt(bytes)};
export const base64: string = \`
${base64}\`;
`;
}

const hash = createHash("sha256");
for (const [file, text] of Object.entries(texts)) if (file !== "peak.c") hash.update(`${file}\0${text}\0`);
const digest = hash.digest("hex");

const sourcesText = `// Made by kernels/build.mjs: do not edit. The digest of the C sources, by which an addon of other sources is detected.

/** SHA-256 of the C in kernels/. */
export const sources = "${digest}";
`;

const check = process.argv.includes("--check");
let differ = 0;
function keep(url, content) {
  let old;
  try {
    old = readFileSync(url);
  } catch {}
  if (old?.equals(Buffer.from(content))) return;
  differ += 1;
  const path = url.pathname.split("/").slice(-5).join("/");
  console.log(`${check ? "differs" : "written"}: ${path}`);
  if (check) return;
  mkdirSync(new URL("./", url), { recursive: true });
  writeFileSync(url, content);
}

keep(new URL("../../sources.ts", modules), sourcesText);
for (const level of levels) {
  keep(new URL(`${level.name}.ts`, modules), moduleText(level, await make(level, kernels, link)));
  keep(new URL(`${level.name}.wasm`, bench), await make(level, ["peak.c"], []));
}
if (check && differ > 0) {
  console.error("The committed modules differ from the sources. Run: npm run kernels");
  process.exit(1);
}
