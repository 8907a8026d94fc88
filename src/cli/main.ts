#!/usr/bin/env node
// The command line: a table of commands. Each command is a file in commands/, loaded only when its command is called.

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { fail, TERMINAL_CLOSED } from "./failure.js";
import { onOutputLoss, send, watchStreams } from "./show/streams.js";
import { tell, visible } from "./show/terminal.js";

const commands = {
  train: { summary: "train a model on a text", load: () => import("./commands/train.js") },
  resume: { summary: "go on with a run that was stopped", load: () => import("./commands/resume.js") },
  generate: { summary: "generate text with a model", load: () => import("./commands/generate.js") },
  next: { summary: "print the likeliest next tokens", load: () => import("./commands/next.js") },
  score: { summary: "print how surprising each line of a text is", load: () => import("./commands/score.js") },
  evaluate: { summary: "measure a model's loss on a text", load: () => import("./commands/evaluate.js") },
  show: { summary: "write a page that shows a model's inside", load: () => import("./commands/show.js") },
  compare: { summary: "compare two runs on one text", load: () => import("./commands/compare.js") },
  copied: { summary: "find what a text copies from training text", load: () => import("./commands/copied.js") },
  ablate: { summary: "measure what changes of settings are worth", load: () => import("./commands/ablate.js") },
  advise: { summary: "choose bptt, batch and clip for a text", load: () => import("./commands/advise.js") },
  info: { summary: "print a run's settings and progress", load: () => import("./commands/info.js") },
  doctor: { summary: "print which engine computes here, and why", load: () => import("./commands/doctor.js") },
  build: { summary: "compile the native engine for this machine", load: () => import("./commands/build.js") },
  completion: { summary: "print a script that completes commands", load: () => import("./commands/completion.js") },
  start: { summary: "train for a minute on a bundled text, and generate", load: () => import("./commands/start.js") },
} as const;

const EXAMPLES = `
Examples:
  npx longhand start                             see it work, in a minute
  npx longhand train my.txt                      train a model, in runs/my
  npx longhand resume runs/my                    go on after Ctrl-C or a crash
  npx longhand generate runs/my --prompt "the "  generate text
  npx longhand next runs/my "the "               the likeliest next tokens
  npx longhand evaluate runs/my other.txt        loss and its interval
  npx longhand score runs/my other.txt           surprisal of each line
  npx longhand show runs/my --text other.txt     a page, in show.html
  npx longhand compare runs/a runs/b other.txt   difference and its interval
  npx longhand copied runs/my out.txt            copies from training text
  npx longhand ablate recipe.json                settings against a base
  npx longhand advise my.txt                     bptt, batch and clip
  npx longhand info runs/my                      settings and progress
  npx longhand doctor                            engines on this machine
  npx longhand build                             compile the native engine
  npx longhand completion bash                   completion for a shell

npx longhand COMMAND --help prints a command's options and examples.`;

// A command that only prints ends with its output. (A run decides for itself: signals.ts.)
watchStreams();
onOutputLoss(({ kind, error }) => {
  if (kind === "terminal closed") process.exit(TERMINAL_CLOSED);
  process.exit(kind === "reader gone" ? (process.exitCode ?? 0) : fail(error));
});

// Errors that the `await` below does not see: thrown in a listener, or by a promise that nobody awaits.
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
    .showHelpAfterError("Add --help to see the commands and options.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void send(process.stdout, text),
      writeErr: (text) => void send(process.stderr, visible(text)),
      outputError: (text) => tell(...text.trimEnd().split(/\n(?=\(Did you mean)/)),
    })
    .addHelpText("after", EXAMPLES);
  let exitCode = 0;
  const [first, second] = words.filter((word) => !word.startsWith("-"));
  const wanted = first === "help" ? second : first;
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).summary(summary).helpOption("-h, --help", "print this help");
    if (name !== wanted && wanted !== "completion") continue; // completion reads the options of every command
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
