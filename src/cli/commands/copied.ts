// longhand copied: what of a text stands in the text that a run was trained on, beside what people wrote.

import type { Command } from "commander";
import { checkSetting, type SettingRow } from "../../base/setting.js";
import { copiedText } from "../../node/scoring/copied.js";
import { withFlags } from "../flags.js";
import { addSettings } from "../options.js";
import { copyTable } from "../show/copying.js";
import { print } from "../show/terminal.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Tells whether a text copies what a run was trained on: which share of its 5-, 10- and 20-grams is new, and its longest stretches that stand in the training text, each with its place there. Beside it stands as much of the run's validation part, which people wrote.",
    )
    .argument("<run>", "the run's folder")
    .argument("<text...>", "files, folders, or - for standard input")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  longhand copied runs/my out.txt\n  longhand generate runs/my --length 20000 | longhand copied runs/my -\n  longhand copied runs/my out.txt --spans 100 --json | jq .text.spans\n",
    );
  addSettings(command, [spans]).action(async (run: string, texts: string[], options: Record<string, unknown>) => {
    const found = await copiedText(run, texts, {
      spans: Number(checkSetting(spans, options.spans ?? spans.default)),
      notice: (text) => void process.stderr.write(`${withFlags(text)}\n`),
    });
    await print(options.json === true ? `${JSON.stringify(found)}\n` : copyTable(found, process.stdout.columns ?? 100));
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
  help: "how many of the longest stretches are shown",
};
