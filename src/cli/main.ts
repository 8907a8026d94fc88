#!/usr/bin/env node
// The command line: a table of commands. Each is a file in commands/, which is read only where its command is asked for.

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { ioError } from "../checkpoint/io-error.js";
import { fail } from "./failure.js";

const commands = {
  train: { summary: "train a model on a text", load: () => import("./commands/train.js") },
  resume: { summary: "go on with a run that was stopped", load: () => import("./commands/resume.js") },
  generate: { summary: "let a model write", load: () => import("./commands/generate.js") },
  score: { summary: "how surprising is each line of a text", load: () => import("./commands/score.js") },
  evaluate: { summary: "a model's loss, beside uniform and n-gram", load: () => import("./commands/evaluate.js") },
  show: { summary: "a page that shows what goes on inside", load: () => import("./commands/show.js") },
  compare: { summary: "which of two runs is better, and how sure", load: () => import("./commands/compare.js") },
  copied: { summary: "does a text copy what a run was trained on", load: () => import("./commands/copied.js") },
  ablate: { summary: "what changes of a training are worth", load: () => import("./commands/ablate.js") },
  advise: { summary: "bptt, lanes and clip for a text", load: () => import("./commands/advise.js") },
  info: { summary: "what a run is and how far it came", load: () => import("./commands/info.js") },
  doctor: { summary: "what computes here, and why", load: () => import("./commands/doctor.js") },
  build: { summary: "compile the native engine for this machine", load: () => import("./commands/build.js") },
  start: { summary: "a minute's training, then a passage", load: () => import("./commands/start.js") },
} as const;

const EXAMPLES = `
Examples:
  longhand start                             see it work, on a bundled text
  longhand train my.txt                      make a model of it, in runs/my
  longhand resume runs/my                    go on after Ctrl-C or a crash
  longhand generate runs/my --prompt "the "  let it write
  longhand score runs/my other.txt           how surprising is each line
  longhand evaluate runs/my other.txt        its loss, beside counting alone
  longhand show runs/my --text other.txt     see inside while it reads
  longhand compare runs/a runs/b other.txt   which is better, and how sure
  longhand copied runs/my out.txt            is it copying its training text
  longhand ablate recipe.json                what changes are worth
  longhand advise my.txt                     which bptt, lanes and clip suit it
  longhand info runs/my                      what a run is and how far it came
  longhand doctor                            what computes here, and why
  longhand build                             compile the native engine

longhand COMMAND --help shows a command's flags and examples.`;

process.stdout.on("error", (error) => {
  if ("code" in error && error.code === "EPIPE") process.exit(0); // the reader has had enough
  process.exit(fail(ioError("write", "standard output", error)));
});

// What is thrown beside the chain that is awaited below: in a listener, say, or by a promise that nobody awaits.
for (const name of ["uncaughtException", "unhandledRejection"]) {
  process.on(name, (error: unknown) => process.exit(fail(error)));
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.exitCode = fail(error);
}

async function run(words: readonly string[]): Promise<number> {
  const program = new Command("longhand")
    .description("Stateful recurrent language models of your own text.")
    .version(ownVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print a command's help")
    .showHelpAfterError("Add --help to see what there is.")
    .exitOverride()
    .addHelpText("after", EXAMPLES);
  let exitCode = 0;
  const [first, second] = words.filter((word) => !word.startsWith("-"));
  const wanted = first === "help" ? second : first;
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).summary(summary).helpOption("-h, --help", "print this help");
    if (name !== wanted) continue;
    const { define } = await load();
    define(command, (code) => {
      exitCode = code;
    });
  }
  await program.parseAsync(words, { from: "user" });
  return exitCode;
}

function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
