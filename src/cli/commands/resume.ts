// longhand resume: goes on with a run as if it had never stopped.

import type { Command } from "commander";
import { resumeRun } from "../../node/runs/runs.js";
import { continuationSettings } from "../../training/run/resume.js";
import { settingRows } from "../../training/settings/table.js";
import { requireFolder } from "../folders.js";
import { showSettings } from "../help.js";
import { addSettings, gather } from "../options.js";
import { givenSettings } from "../settings.js";
import { JSON_HELP } from "../show/json.js";
import { showRun } from "../train.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Goes on with a run after Ctrl-C, a crash or a power cut. The result is bit for bit that of a run that " +
        "never stopped. --epochs, --steps or --minutes make a run longer, also a finished one.",
    )
    .argument("<run>", "the run's folder")
    .option("--training-text <path>", "the text's place, where the tokens are damaged; may be repeated", gather)
    .option("--valid <path>", "the same for a validation text of its own; may be repeated", gather)
    .option("--profile", "print at the end where the time went")
    .option("--json", JSON_HELP)
    .option("--quiet", "print nothing")
    .addHelpText(
      "after",
      "\nExamples:\n  npx longhand resume runs/my\n  npx longhand resume runs/my --epochs 20    20 epochs in all\n" +
        "  npx longhand resume runs/my --minutes 5    five minutes more\n",
    );
  addSettings(command, settingRows);
  showSettings(command, settingRows, ({ name }) => continuationSettings.includes(name));
  command.action(async (folder: string, options: Record<string, unknown>) => {
    await requireFolder(folder);
    const given = givenSettings(options);
    const show = { json: options.json === true, quiet: options.quiet === true, profile: options.profile === true };
    const { trainingText, valid } = options as Record<string, string[] | undefined>;
    exit(await showRun((control) => resumeRun(folder, { ...control, trainingText, valid, settings: given }), show));
  });
}
