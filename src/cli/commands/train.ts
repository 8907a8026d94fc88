// longhand train: trains a model on a text.

import type { Command } from "commander";
import { usageError } from "../../base/errors.js";
import { startRun } from "../../node/runs/runs.js";
import { settingRows } from "../../training/settings/table.js";
import { layUpon, refuseStepsAndMinutes } from "../../training/settings/values.js";
import { requireFolderFree } from "../folders.js";
import { shortHelp } from "../help.js";
import { addSettings, gather } from "../options.js";
import { readRecipe } from "../recipe.js";
import { givenSettings } from "../settings.js";
import { showAdvice } from "../show/advice.js";
import { JSON_HELP } from "../show/json.js";
import { showRun } from "../train.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description("Trains a model on a text: files, folders, or standard input.")
    .argument("[text...]", "files, folders, or - for standard input")
    .option("--out <folder>", "the run's folder (default: runs/ and the text's name)")
    .option("--from <run>", "begin from the weights of a run or of a .safetensors file")
    .option("--force", "replace the run in that folder")
    .option("--valid <file>", "validation text (default: the last part of the text); may be repeated", gather)
    .option("--recipe <file>", "take text and settings from a recipe; other flags override it")
    .option("--advise", "measure first, and choose --bptt, --batch and --clip that are unset")
    .option("--profile", "print at the end where the time went")
    .option("--json", JSON_HELP)
    .option("--quiet", "print nothing")
    .addHelpText("after", EXAMPLES);
  addSettings(command, settingRows);
  shortHelp(command, settingRows);
  command.action(async (texts: string[], options: Record<string, unknown>) => {
    const recipe = typeof options.recipe === "string" ? await readRecipe(options.recipe) : undefined;
    const paths = texts.length > 0 ? texts : (recipe?.text ?? []);
    if (paths.length === 0) {
      throw usageError(
        "train needs a text: a file, a folder, or - for standard input.",
        "For example: npx longhand train my.txt",
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
          ...(typeof options.from === "string" && { from: options.from }),
          force: options.force === true,
          ...(options.advise === true && { advise: showAdvice(quiet) }),
        }),
      {
        json: options.json === true,
        quiet: options.quiet === true,
        profile: options.profile === true,
        again: process.argv.slice(2),
      },
    );
    exit(code);
  });
}

const EXAMPLES = `
Examples:
  npx longhand train my.txt                        a model in runs/my
  npx longhand train my.txt --minutes 5            for about five minutes
  npx longhand train my.txt --minutes 5 --advise   with measured bptt, batch and clip
  npx longhand train other.txt --from runs/my      begins from the weights of runs/my
  npx longhand train poems/ --cell lstm --layers 2 --hidden 512 --dropout 0.3
  npx longhand train logs.txt --out runs/logs --unit byte
`;
