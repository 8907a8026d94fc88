// longhand show: writes a page in which a text is coloured by surprisal, or by the values of a model's units.

import type { Command } from "commander";
import { Option } from "commander";
import { usageError } from "../../base/errors.js";
import { checkRows, type SettingRow } from "../../base/setting.js";
import { writeAtomic } from "../../checkpoint/atomic-write.js";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { GENERATOR } from "../../node/show/html.js";
import { LENGTH, pageSize, showText } from "../../node/show/look.js";
import { nodeFileSystem } from "../../node/system/filesystem.js";
import { withFlags } from "../flags.js";
import { addSettings } from "../options.js";
import { createTerminal, tell } from "../show/terminal.js";

const length = {
  name: "length",
  group: "run",
  type: "integer",
  default: LENGTH.default,
  min: 1,
  max: LENGTH.most,
  unit: "tokens",
  help: "number of tokens to show",
} as const satisfies SettingRow;

const from = {
  name: "from",
  group: "run",
  type: "integer",
  default: 0,
  min: 0,
  max: 1e6,
  unit: "tokens",
  help: "number of tokens to skip before the first one shown",
} as const satisfies SettingRow;

const seconds = {
  name: "seconds",
  group: "run",
  type: "number",
  default: 6,
  min: 0,
  max: 3600,
  unit: "seconds",
  help: "time to measure gradient and context; 0: no curves",
} as const satisfies SettingRow;

const rows = [from, length, seconds] as const;

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Writes one HTML page that works offline: the text coloured by the surprisal of each token, or by the " +
        "value of a hidden unit or gate; the tokens that the model expected; units correlated with a plain feature " +
        "of the text; and how far back the model uses its text.",
    )
    .argument("<run>", "the run's folder, or a model.safetensors")
    .option("--text <file>", "file, folder, or - for standard input (default: the validation part)")
    .option("--out <file>", "the page's file", "show.html")
    .addOption(new Option("--engine <name>", "the engine that computes").choices(engineNames).default("auto"))
    .addHelpText(
      "after",
      "\nExamples:\n  npx longhand show runs/my                             on its validation part\n  npx " +
        "longhand show runs/my --text other.txt --out my.html\n  npx longhand show runs/my --text other.txt " +
        "--from 5000 --length 10000\n",
    );
  addSettings(command, rows).action(async (path: string, options: Record<string, unknown>) => {
    const out = String(options.out);
    await requirePageFree(out);
    const terminal = createTerminal(process.stdout);
    const { html, facts, cuts } = await showText(path, {
      text: options.text as string | undefined,
      ...checkRows(rows, options),
      engine: options.engine as EngineName,
      notice: (text) => tell(text),
      stage: (text) => terminal.status(`${text[0]!.toUpperCase()}${text.slice(1)} …`),
    }).finally(() => terminal.done());
    await writeAtomic(nodeFileSystem(), out, [new TextEncoder().encode(html)]);
    for (const [name, fact] of facts) terminal.line(`${name.padEnd(5)}  ${fact}`);
    terminal.line(`page   ${out} (${pageSize(html)}): open it in a browser`);
    for (const cut of cuts) terminal.line(`       ${withFlags(cut)}`);
    exit(0);
  });
}

/** Throws where another file stands at the page's path. */
async function requirePageFree(out: string): Promise<void> {
  const fs = nodeFileSystem();
  const entry = await fs.stat(out);
  if (entry === undefined) return;
  if (entry.kind === "folder") throw usageError(`--out ${out} is a folder.`, `Name a file: --out ${out}/show.html`);
  const head = new TextDecoder().decode((await fs.read(out)).subarray(0, 4096));
  if (head.includes(GENERATOR)) return;
  throw usageError(`${out} exists, and longhand show did not write it.`, "Name another file with --out.");
}
