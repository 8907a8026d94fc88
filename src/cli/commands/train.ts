// longhand train: a run from a text.

import type { Command } from "commander";
import { usageError } from "../../base/errors.js";
import { startRun } from "../../node/runs/runs.js";
import { settingRows } from "../../training/settings/table.js";
import { layUpon, refuseStepsAndMinutes } from "../../training/settings/values.js";
import { requireFolderFree } from "../folders.js";
import { addSettings } from "../options.js";
import { readRecipe } from "../recipe.js";
import { givenSettings } from "../settings.js";
import { showAdvice } from "../show/advice.js";
import { showRun } from "../train.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description("Trains a model on a text: one file, several, a folder, or - for standard input.")
    .argument("[text...]", "files, folders, or - for standard input")
    .option("--out <folder>", "the run's folder (default runs/ and the text's name)")
    .option("--force", "replace the run that is in that folder")
    .option("--valid <file>", "text to validate on, in place of the text's own last part; may be said again", gather)
    .option("--recipe <file>", "take text and settings from a recipe; flags go before it")
    .option("--advise", "ask the adviser first, and train with its --bptt, --batch and --clip where they are not set")
    .option("--profile", "tell at the end where the time went: phases, kernels, waiting")
    .option("--json", "print events as JSON, one a line")
    .option("--quiet", "print nothing")
    .addHelpText("after", EXAMPLES);
  addSettings(command, settingRows).action(async (texts: string[], options: Record<string, unknown>) => {
    const recipe = typeof options.recipe === "string" ? await readRecipe(options.recipe) : undefined;
    const paths = texts.length > 0 ? texts : (recipe?.text ?? []);
    if (paths.length === 0) {
      throw usageError(
        "train wants a text: a file, a folder, or - for standard input.",
        "For example: longhand train my.txt",
      );
    }
    const given = givenSettings(options);
    refuseStepsAndMinutes(given);
    const out = options.out ?? recipe?.out;
    if (typeof out === "string") await requireFolderFree(out);
    const quiet = options.json === true || options.quiet === true;
    const code = await showRun(
      (control) =>
        startRun({
          ...control,
          paths,
          settings: layUpon(recipe?.settings ?? {}, given),
          ...(typeof out === "string" && { out }),
          ...(options.valid !== undefined && { valid: options.valid as string[] }),
          force: options.force === true,
          ...(options.advise === true && { advise: showAdvice(quiet) }),
        }),
      { json: options.json === true, quiet: options.quiet === true, profile: options.profile === true },
    );
    exit(code);
  });
}

function gather(word: string, before: string[] = []): string[] {
  return [...before, word];
}

const EXAMPLES = `
Examples:
  longhand train my.txt                                a model of my.txt in runs/my, with the defaults
  longhand train my.txt --minutes 5                    for about five minutes
  longhand train my.txt --minutes 5 --advise           with the bptt, lanes and clip that suit it here
  longhand train poems/ --cell lstm --layers 2 --hidden 512 --dropout 0.3
  longhand train my.txt --batch 64 --bptt 8 --window-rule awd --reset-state never
  zcat logs.gz | longhand train - --out runs/logs --unit byte
`;
