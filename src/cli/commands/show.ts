// longhand show: a page in which a text is coloured by what goes on inside a model that reads it.

import type { Command } from "commander";
import { Option } from "commander";
import { usageError } from "../../base/errors.js";
import { checkSetting, type SettingRow } from "../../base/setting.js";
import { writeAtomic } from "../../checkpoint/atomic-write.js";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { GENERATOR } from "../../node/show/html.js";
import { LENGTH, pageSize, showText } from "../../node/show/look.js";
import { nodeFileSystem } from "../../node/system/filesystem.js";
import { withFlags } from "../flags.js";
import { addSettings } from "../options.js";
import { createTerminal } from "../show/terminal.js";

const length: SettingRow = {
  name: "length",
  group: "run",
  type: "integer",
  default: LENGTH.default,
  min: 1,
  max: LENGTH.most,
  unit: "tokens",
  help: "how much of the text is shown, from its start",
};

const seconds: SettingRow = {
  name: "seconds",
  group: "run",
  type: "number",
  default: 6,
  min: 0,
  max: 3600,
  unit: "seconds",
  help: "time for the curves of gradient and context, about; 0: they are not measured",
};

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Writes one HTML page, which needs no network: the text coloured by how surprising each token was to the model, or by the value of any hidden unit or gate; what was expected in each place; units that follow something plain; and how far the model looks back.",
    )
    .argument("<run>", "the run's folder, or a model.safetensors")
    .option("--text <file>", "a file, a folder, or - for standard input; unset: the run's own validation part")
    .option("--out <file>", "where the page is written", "show.html")
    .addOption(new Option("--engine <name>", "what computes").choices(engineNames).default("auto"))
    .addHelpText(
      "after",
      "\nExamples:\n  longhand show runs/my                                 on its own validation part\n  longhand show runs/my --text other.txt --out my.html\n  longhand show runs/my --text other.txt --length 10000\n",
    );
  addSettings(command, [length, seconds]).action(async (path: string, options: Record<string, unknown>) => {
    const out = String(options.out);
    await wantPlace(out);
    const terminal = createTerminal(process.stdout);
    const { html, facts, cuts } = await showText(path, {
      text: options.text as string | undefined,
      length: Number(checkSetting(length, options.length ?? length.default)),
      seconds: Number(checkSetting(seconds, options.seconds ?? seconds.default)),
      engine: options.engine as EngineName,
      notice: (text) => void process.stderr.write(`${withFlags(text)}\n`),
      stage: (text) => terminal.status(`${text[0]!.toUpperCase()}${text.slice(1)} …`),
    }).finally(() => terminal.done());
    await writeAtomic(nodeFileSystem(), out, [new TextEncoder().encode(html)]);
    for (const [name, says] of facts) terminal.line(`${name.padEnd(5)}  ${says}`);
    terminal.line(`page   ${out}, ${pageSize(html)}: open it in a browser`);
    for (const cut of cuts) terminal.line(`       ${cut}`);
    exit(0);
  });
}

/** Throws where something stands in the page's place that is no page of ours. */
async function wantPlace(out: string): Promise<void> {
  const fs = nodeFileSystem();
  const found = await fs.stat(out);
  if (found === undefined) return;
  if (found.kind === "folder") throw usageError(`--out ${out} is a folder.`, `Name a file: --out ${out}/show.html`);
  const head = new TextDecoder().decode((await fs.read(out)).subarray(0, 4096));
  if (head.includes(GENERATOR)) return;
  throw usageError(`There is something at ${out} that is no page of show's.`, "Name another place with --out.");
}
