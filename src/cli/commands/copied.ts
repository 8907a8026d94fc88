// longhand copied: how much of a text is copied from a run's training text, compared with text that people wrote.

import type { Command } from "commander";
import { checkSetting, type SettingRow } from "../../base/setting.js";
import { copiedText } from "../../node/scoring/copied.js";
import { readingFlags } from "../../text/reading/settings.js";
import { addSettings, gather } from "../options.js";
import { readingOptions } from "../scoring.js";
import { copyTable } from "../show/copying.js";
import { JSON_HELP, printResult } from "../show/json.js";
import { print, tell } from "../show/terminal.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Prints the share of a text's 5-, 10- and 20-grams that do not occur in the run's training text, and " +
        "the longest copied spans with file and line. For comparison it prints the same of the run's validation " +
        "part, which people wrote.",
    )
    .argument("<run>", "the run's folder")
    .argument("<text...>", "files, folders, or - for standard input")
    .option("--training-text <path>", "the training text's place, for file and line; may be repeated", gather)
    .option("--json", JSON_HELP)
    .addHelpText(
      "after",
      "\nExamples:\n  npx longhand copied runs/my out.txt\n  npx longhand generate runs/my --length 20000 | " +
        "npx longhand copied runs/my -\n  npx longhand copied runs/my out.txt --spans 100 --json | jq " +
        ".text.spans\n",
    );
  addSettings(command, rows).action(async (run: string, texts: string[], options: Record<string, unknown>) => {
    const report = await copiedText(run, texts, {
      trainingText: options.trainingText as string[] | undefined,
      spans: Number(checkSetting(spans, options.spans ?? spans.default)),
      ...readingOptions(options),
      notice: (text) => tell(text),
    });
    await (options.json === true ? printResult(report) : print(copyTable(report, process.stdout.columns ?? 100)));
    exit(0);
  });
}

const spans: SettingRow = {
  name: "spans",
  group: "run",
  type: "integer",
  default: 10,
  min: 0,
  max: 1e6,
  help: "number of longest copied spans to print",
};

const rows = [spans, ...readingFlags];
