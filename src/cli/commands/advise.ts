// longhand advise: chooses bptt, batch and clip for a text, this machine and a budget, with reasons.

import type { Command } from "commander";
import type { SettingRow } from "../../base/setting.js";
import { writeAtomic } from "../../checkpoint/atomic-write.js";
import { adviseText } from "../../node/runs/advise.js";
import { nodeFileSystem } from "../../node/system/filesystem.js";
import type { Advice } from "../../training/adviser/adviser.js";
import type { Settings } from "../../training/settings/settings.js";
import { settingRows } from "../../training/settings/table.js";
import { refuseStepsAndMinutes } from "../../training/settings/values.js";
import { flagOf, flagValue } from "../flags.js";
import { shortHelp } from "../help.js";
import { commandLine } from "../invocation.js";
import { addSettings } from "../options.js";
import { givenSettings } from "../settings.js";
import { adviceLines } from "../show/advice.js";
import { advicePicture } from "../show/advice-picture.js";
import { JSON_HELP, printResult } from "../show/json.js";
import { createTerminal, tell } from "../show/terminal.js";

const memory: SettingRow = {
  name: "memory",
  group: "run",
  type: "number",
  default: undefined,
  min: 0,
  max: 2 ** 30,
  open: "min",
  unit: "MiB",
  help: "memory of the run; unset: what is free",
};

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Measures on your text and machine how far gradients reach, how much context helps and what a token " +
        "costs. Then it prints the --bptt, --batch and --clip that suit the model and the budget. It takes a " +
        "fifth of the run's time: at least about 10 seconds, at most 3 minutes. Settings that you give stay as " +
        "they are.",
    )
    .argument("<text...>", "files, folders, or - for standard input")
    .option("--svg <file>", "write the measurements as a picture")
    .option("--json", JSON_HELP)
    .addHelpText("after", EXAMPLES);
  addSettings(command, [...settingRows, memory]);
  shortHelp(command, settingRows);
  command.action(async (paths: string[], options: Record<string, unknown>) => {
    const given = givenSettings(options);
    refuseStepsAndMinutes(given);
    const json = options.json === true;
    const terminal = createTerminal(process.stdout, json);
    const notice = (text: string) => tell(text);
    const bytes = typeof options.memory === "number" ? options.memory * 2 ** 20 : undefined;
    const advice = await adviseText(paths, {
      settings: given,
      memory: bytes,
      notice,
      stage: (text) => terminal.status(`${text} …`),
    }).finally(() => terminal.done());
    if (typeof options.svg === "string") await save(options.svg, advicePicture(advice));
    for (const line of adviceLines(advice)) terminal.line(line);
    terminal.line("");
    const next = commandLine("train", ...paths, ...flagsOf(advice, given));
    terminal.line(`next         ${next}`);
    if (json) await printResult({ ...advice, next });
    exit(0);
  });
}

function save(path: string, content: string): Promise<void> {
  return writeAtomic(nodeFileSystem(), path, [new TextEncoder().encode(content)]);
}

/** The advised run as flags. */
function flagsOf({ advised, budget }: Advice, given: Settings): string[] {
  const length = (["minutes", "epochs", "steps"] as const).some((name) => given[name] !== undefined);
  const all = { ...given, ...advised, ...(!length && { minutes: budget.seconds / 60 }) };
  return Object.entries(all).flatMap(([name, value]) => [flagOf({ name }), flagValue(value)]);
}

const EXAMPLES = `
Examples:
  npx longhand advise my.txt                              for five minutes of training
  npx longhand advise my.txt --minutes 60 --memory 512 --cell lstm --hidden 512
  npx longhand advise my.txt --bptt 64 --svg advice.svg   with bptt 64 fixed
  npx longhand train my.txt --minutes 30 --advise         advise, then train
`;
