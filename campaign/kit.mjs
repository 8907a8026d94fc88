// Tools of the campaigns: dice, longhand as a process that is watched, and what makes two runs equal.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const names = readFileSync(new URL("../data/names.txt", import.meta.url), "utf8");
/** A text of 4 KB. */
export const text = names.slice(0, 4000);

/** Flags of a small run with everything that has a state: dropout, a drawn window rule, validation, samples. */
export const small =
  "--cell lstm --layers 2 --hidden 12 --embedding 8 --batch 4 --bptt 8 --dropout 0.2 --window-rule awd --save-every 0 " +
  "--validate-every 9 --log-every 2 --sample-length 10 --engine wasm-simd --threads 1 --steps 30";

/** Numbers that a seed and a trial decide. */
export function dice(seed, trial) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(trial + 1, 0x85ebca6b)) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return { next, below, pick: (list) => list[below(list.length)] };
}

/** A folder with the text. */
export function place(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "t.txt"), text);
  return folder;
}

const LONGEST_MS = 60_000;
const MOST_MEMORY = 2 ** 30;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const OBEYED = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;

/**
 * A program in `cwd`: its exit code, signal and output. One that takes longer than a minute or more than 1 GiB is
 * killed, and says so in `excess`. `began` gets the child.
 */
export function run(cwd, program, args, { began = () => {}, stdio = "pipe", detached = false } = {}) {
  const env = { ...process.env, NODE_OPTIONS: "", TERM: "xterm" };
  const child = spawn(program, args, { cwd, env, stdio, detached });
  const seen = { out: "", err: "", excess: undefined };
  for (const [name, stream] of [
    ["out", child.stdout],
    ["err", child.stderr],
  ]) {
    stream?.setEncoding("utf8").on("data", (piece) => {
      if (seen[name].length < 1e6) seen[name] += piece;
    });
  }
  const stop = (why) => {
    seen.excess ??= why;
    child.kill("SIGKILL");
  };
  const watch = setInterval(() => {
    if (peakOf(child.pid) > MOST_MEMORY) stop("more than 1 GiB of memory");
  }, 100);
  const late = setTimeout(() => stop("more than a minute"), LONGEST_MS);
  began(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearInterval(watch);
      clearTimeout(late);
      resolve({ code, signal, ...seen });
    });
  });
}

/** longhand with these words. */
export function longhand(cwd, words, options) {
  return run(cwd, process.execPath, [main, ...(typeof words === "string" ? words.split(/ +/) : words)], options);
}

/** Peak of a process's memory in bytes, as Linux tells it. */
export function peakOf(pid) {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** What is wrong with the end of a process, or undefined. `codes` are the exit codes that are right. */
export function wrongWith({ code, signal, out = "", err = "", excess }, codes = [0, 2, 3, 4, 5]) {
  if (excess !== undefined) return excess;
  if (signal !== null && signal !== undefined && !codes.includes(signal)) return `ended by ${signal}: ${tail(err)}`;
  if (signal === null && !codes.includes(code)) return `exit code ${code}: ${tail(err)}`;
  if (/This is a bug|^\s+at |assert|Assertion/m.test(err)) return `a trace: ${tail(err)}`;
  if (OBEYED.test(err) || OBEYED.test(out.replaceAll("\r", ""))) return `a control character: ${tail(err || out)}`;
  if (code !== 0 && signal === null && err.trim() === "" && ![129, 130, 143].includes(code))
    return `exit code ${code} without a sentence`;
  return undefined;
}

function tail(words) {
  return JSON.stringify(words.slice(-300));
}

const STATE = /^state\.safetensors(\.previous)?$/;

export function hasState(folder) {
  return existsSync(folder) && readdirSync(folder).some((name) => STATE.test(name));
}

/** What must be the same in two runs: weights, and the log without clocks and without lines of the process. */
export function outcome(folder) {
  const lines = readFileSync(join(folder, "log.jsonl"), "utf8").trimEnd().split("\n");
  const own = lines.map((line) => JSON.parse(line)).filter((event) => event.process !== true);
  const model = createHash("sha256")
    .update(readFileSync(join(folder, "model.safetensors")))
    .digest("hex");
  return JSON.stringify({ model, log: own.map(({ clock: _, ...rest }) => rest) });
}

/**
 * Goes on with a run (or begins it, where it has no state), to its end; what is wrong, or undefined. `part` is what
 * must be the same of the outcomes.
 */
export async function finish(cwd, folder, whole, part = (all) => all) {
  const words = hasState(join(cwd, folder)) ? `resume ${folder}` : `train t.txt ${small} --force --out ${folder}`;
  const ended = await longhand(cwd, `${words} --quiet`);
  const wrong = wrongWith(ended, [0]);
  if (wrong !== undefined) return `cannot go on: ${wrong}`;
  if (part(outcome(join(cwd, folder))) !== part(whole)) return "resumed, it ends with other bits";
  const left = readdirSync(join(cwd, folder)).filter((name) => /\.(tmp|lock)$/.test(name));
  return left.length > 0 ? `leaves ${left.join(", ")}` : undefined;
}

/** The outcome of an undisturbed run in `root`/whole, and its milliseconds. */
export async function undisturbed(root) {
  place(root);
  const begun = performance.now();
  const ended = await longhand(root, `train t.txt ${small} --out whole --quiet`);
  const wrong = wrongWith(ended, [0]);
  if (wrong !== undefined) throw new Error(`The undisturbed run: ${wrong}`);
  return { whole: outcome(join(root, "whole")), ms: performance.now() - begun };
}

/** Why a program is missing, or undefined. */
export function lackOf(program, ...args) {
  const { status, error, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split("\n").at(-1) || `${program} ends with ${status}`);
}

export const pause = (ms) => new Promise((go) => setTimeout(go, ms));
