// longhand resume: a run goes on as if it had never stopped.

import type { Command } from "commander";
import { resumeRun } from "../../node/runs/runs.js";
import { settingRows } from "../../training/settings/table.js";
import { wantFolder } from "../folders.js";
import { addSettings } from "../options.js";
import { givenSettings } from "../settings.js";
import { showRun } from "../train.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Goes on with a run after Ctrl-C, a crash or a power cut: the rest is bit for bit what it would have been.",
    )
    .argument("<run>", "the run's folder")
    .option("--profile", "tell at the end where the time went: phases, kernels, waiting")
    .option("--json", "print events as JSON, one a line")
    .option("--quiet", "print nothing")
    .addHelpText(
      "after",
      "\nExamples:\n  longhand resume runs/my\n  longhand resume runs/my --epochs 20      longer, with --schedule constant or piecewise\n",
    );
  addSettings(command, settingRows).action(async (folder: string, options: Record<string, unknown>) => {
    await wantFolder(folder);
    const given = givenSettings(options);
    const show = { json: options.json === true, quiet: options.quiet === true, profile: options.profile === true };
    exit(await showRun((control) => resumeRun(folder, { ...control, settings: given }), show));
  });
}
