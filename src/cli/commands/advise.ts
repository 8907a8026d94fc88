// longhand advise: which bptt, how many lanes and which clip for a text, this machine and a budget, and why.

import type { Command } from "commander";
import { usageError } from "../../base/errors.js";
import type { SettingRow } from "../../base/setting.js";
import { writeAtomic } from "../../checkpoint/atomic-write.js";
import { adviseText } from "../../node/runs/advise.js";
import { nodeFileSystem } from "../../node/system/filesystem.js";
import type { Advice } from "../../training/adviser/adviser.js";
import type { Settings } from "../../training/settings/settings.js";
import { settingRows } from "../../training/settings/table.js";
import { refuseStepsAndMinutes } from "../../training/settings/values.js";
import { flagOf, flagValue, withFlags } from "../flags.js";
import { addSettings } from "../options.js";
import { givenSettings } from "../settings.js";
import { adviceLines } from "../show/advice.js";
import { advicePicture } from "../show/advice-picture.js";
import { createTerminal, print } from "../show/terminal.js";

const memory: SettingRow = {
  name: "memory",
  group: "run",
  type: "number",
  default: undefined,
  min: 0,
  max: 2 ** 30,
  open: "min",
  unit: "MiB",
  help: "what the run may hold; unset: what there is room for",
};

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Measures on your text and machine how far gradients reach, how much context helps and what a token costs, and says which --bptt, --batch and --clip suit the model and the budget. It takes a fifth of the run's time, about 10 seconds at least and 3 minutes at most. What you set yourself stays as it is.",
    )
    .argument("<text...>", "files, folders, or - for standard input")
    .option("--svg <file>", "draw what was measured")
    .option("--json <file>", "write what was measured and advised as one JSON object; - for standard output")
    .addHelpText("after", EXAMPLES);
  addSettings(command, [...settingRows, memory]).action(async (paths: string[], options: Record<string, unknown>) => {
    const given = givenSettings(options);
    refuseStepsAndMinutes(given);
    const toOutput = options.json === "-";
    const terminal = createTerminal(process.stdout, toOutput);
    const notice = (text: string) => void process.stderr.write(`${withFlags(text)}\n`);
    const bytes = typeof options.memory === "number" ? options.memory * 2 ** 20 : undefined;
    if (typeof options.svg === "string" && options.svg === options.json) {
      throw usageError("--svg and --json name the same file.", "Give each a file of its own.");
    }
    const found = await adviseText(paths, {
      ...{ settings: given, memory: bytes, notice },
      stage: (text) => terminal.status(`${text} …`),
    }).finally(() => terminal.done());
    if (typeof options.svg === "string") await save(options.svg, advicePicture(found));
    if (toOutput) await print(`${JSON.stringify(found)}\n`);
    else if (typeof options.json === "string") await save(options.json, `${JSON.stringify(found)}\n`);
    for (const line of adviceLines(found)) terminal.line(line);
    terminal.line("");
    terminal.line(`next         longhand train ${paths.join(" ")} ${wordsOf(found, given)}`);
    exit(0);
  });
}

function save(path: string, content: string): Promise<void> {
  return writeAtomic(nodeFileSystem(), path, [new TextEncoder().encode(content)]);
}

/** The flags of the run that was advised. */
function wordsOf({ advised, budget }: Advice, given: Settings): string {
  const length = (["minutes", "epochs", "steps"] as const).some((name) => given[name] !== undefined);
  const all = { ...given, ...advised, ...(!length && { minutes: budget.seconds / 60 }) };
  return Object.entries(all)
    .map(([name, value]) => `${flagOf({ name })} ${flagValue(value)}`)
    .join(" ");
}

const EXAMPLES = `
Examples:
  longhand advise my.txt                                for five minutes of training
  longhand advise my.txt --minutes 60 --memory 512 --cell lstm --hidden 512
  longhand advise my.txt --bptt 64 --svg advice.svg     how many lanes go with 64
  longhand train my.txt --minutes 30 --advise           advises, then trains so
`;
