// The command line as a user has it: dist/cli/main.js in a process of its own, in a folder of its own. It tests nothing
// itself.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard output holds `text` (or, `again` times, more of it). */
  until(text: string): Promise<void>;
}

/** What vitest and CI set is left out, and so is what would colour. */
function environment(): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(
    ([name]) => !/^(CI|NODE_OPTIONS|NODE_ENV|VITEST.*|TEST|FORCE_COLOR|NO_COLOR|DEBUG)$/.test(name),
  );
  return { ...Object.fromEntries(ours), TERM: "xterm" };
}

export interface StartOptions {
  readonly input?: string | Uint8Array;
  /** Standard input stays open. */
  readonly hold?: boolean;
  /** Another program than this Node with main.js. */
  readonly program?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export function start(cwd: string, words: readonly string[], o: StartOptions = {}): Running {
  const [program, args] = o.program === undefined ? [process.execPath, [main, ...words]] : [o.program, [...words]];
  const child = spawn(program, args, { cwd, env: { ...environment(), ...o.env }, timeout: 60_000 });
  let out = "";
  let err = "";
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdin.on("error", () => {}); // it may end without reading
  if (o.hold !== true) child.stdin.end(o.input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, out, err }));
  });
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!out.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended without ${JSON.stringify(text)}:\n${out}\n${err}`)));
    });
  return { child, ended, until };
}

export function longhand(cwd: string, words: string | readonly string[], o: StartOptions = {}): Promise<Ended> {
  return start(cwd, typeof words === "string" ? words.split(" ") : words, o).ended;
}

/** On a terminal of so many columns, which `script` makes (util-linux; each Debian has it). */
export function onTerminal(cwd: string, words: string, columns: number, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const command = `stty cols ${columns} rows 24; exec "${process.execPath}" "${main}" ${words}`;
  return start(cwd, ["-qec", command, "/dev/null"], { program: "script", env }).ended;
}

const made: string[] = [];
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

/** A new folder with these files, gone after the last test of the file that asks for it. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "longhand-cli-"));
  made.push(path);
  return fill(path, files);
}

export function fill(path: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

/** Words in lines, the same every time; `times` 40 is about 5 KB. */
export function someText(times = 40): string {
  const lines = [
    "The owl and the cat went out to sea,",
    "in a boat as green as a pea;",
    "they took some honey, and plenty of 1234.",
  ];
  return Array.from({ length: times }, (_, i) => `${lines[(i * 7 + (i >> 2)) % 3]} ${i * 37}\n`).join("");
}

/** Flags of a model that trains in a blink. */
export const tiny = "--hidden 8 --embedding 8 --batch 4 --bptt 16 --sample-length 20";

export function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

export function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** What must be the same in two runs: weights, and the log without clocks and without what tells of the process. */
export function outcome(run: string): { model: string; log: unknown[] } {
  const log = lines(readFileSync(join(run, "log.jsonl"), "utf8"))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((event) => event.process !== true)
    .map(({ clock: _, ...rest }) => rest);
  return { model: digest(join(run, "model.safetensors")), log };
}
