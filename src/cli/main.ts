#!/usr/bin/env node
// The command line. It names the commands; each is a file in commands/, read only when it is wanted by name or in the help.

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addEvaluate } from "./commands/evaluate.js";
import { addGenerate } from "./commands/generate.js";
import { addInfo } from "./commands/info.js";
import { addResume } from "./commands/resume.js";
import { addScore } from "./commands/score.js";
import { addStart } from "./commands/start.js";
import { addTrain } from "./commands/train.js";
import { fail } from "./failure.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("longhand")
  .description("Stateful recurrent language models of your own text.")
  .version(version, "-v, --version", "print the version")
  .helpOption("-h, --help", "print this help")
  .showSuggestionAfterError(true)
  .exitOverride()
  .addHelpText(
    "after",
    `
Examples:
  longhand train my.txt                      train a model on my.txt, in runs/my
  longhand resume runs/my                    go on after Ctrl-C, a crash or a power cut
  longhand generate runs/my --prompt "the "  let it write
  longhand score runs/my other.txt           how surprising is each line
  longhand evaluate runs/my other.txt        its loss, beside uniform and n-gram
  longhand info runs/my                      what a run is and how far it came

longhand COMMAND --help shows a command's flags and examples.`,
  );

let exitCode = 0;
const exit = (code: number) => {
  exitCode = code;
};
for (const add of [addTrain, addResume, addGenerate, addScore, addEvaluate, addInfo, addStart]) add(program, exit);

process.stdout.on("error", (error) => {
  if ("code" in error && error.code === "EPIPE") process.exit(0); // the reader has had enough
  process.exit(fail(error));
});

try {
  await program.parseAsync();
} catch (error) {
  exitCode = fail(error);
}
process.exitCode = exitCode;
