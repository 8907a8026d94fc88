// Peak memory of a run on a text larger than memory: random blocks of the bundled texts, encoded and trained for 1,000
// updates. Runs on Linux, whose /proc gives the peak, and needs twice the text's size on disk.
//
//   node bench/large.mjs [GiB]

import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const gib = Number(process.argv[2] ?? 10);
const folder = mkdtempSync(join(tmpdir(), "longhand-large-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "large.txt");

const source = Buffer.concat(
  ["nietzsche", "tinyshakespeare"].map((name) => readFileSync(new URL(`../data/${name}.txt`, import.meta.url))),
);
const lines = source.toString("latin1").split("\n");
const file = openSync(path, "w");
let seed = 1;
let piece = [];
for (let done = 0, size = 0; done < gib * 2 ** 30; ) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  const from = (seed >>> 4) % lines.length;
  const block = Buffer.from(`${lines.slice(from, from + 40).join("\n")}\n`, "latin1");
  piece.push(block);
  size += block.length;
  if (size < 2 ** 22) continue;
  writeSync(file, Buffer.concat(piece));
  done += size;
  [piece, size] = [[], 0];
}
closeSync(file);

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const flags = "--valid-fraction 0.00002 --steps 1000 --json".split(" ");
const begun = performance.now();
const child = spawn(process.execPath, [main, "train", path, ...flags, "--out", join(folder, "run")]);
let out = "";
let most = 0;
child.stdout.on("data", (text) => (out += text));
child.stderr.pipe(process.stderr);
const watch = setInterval(() => {
  try {
    most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) / 1024);
  } catch {} // the process has ended
}, 200);
child.on("close", (code) => {
  clearInterval(watch);
  const events = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { bytes } = events.find(({ kind }) => kind === "start");
  const { nats } = events.findLast(({ kind }) => kind === "validation");
  const seconds = (performance.now() - begun) / 1e3;
  const plan = bytes.total / 2 ** 20;
  const result = { code, gib, seconds, most_mib: most, plan_mib: plan, beyond_plan_mib: most - plan, nats };
  console.log(JSON.stringify(result));
});
