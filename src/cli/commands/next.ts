// longhand next: prints the likeliest next tokens after a prompt.

import type { Command } from "commander";
import { Option } from "commander";
import { checkRows } from "../../base/setting.js";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { createSession } from "../../generation/create-session.js";
import { type LikelyToken, likeliestTokens } from "../../generation/likeliest.js";
import { nodeEngine } from "../../node/engine/engine.js";
import { loadModel } from "../../node/files/models.js";
import type { UnknownRule } from "../../text/encoding/field.js";
import { showToken } from "../../text/encoding/vocab.js";
import { addSettings, LAST_HELP } from "../options.js";
import { feedPrompt, readPrompt } from "../prompt.js";
import { JSON_HELP, printResult } from "../show/json.js";
import { print } from "../show/terminal.js";
import { columnsOf } from "../show/width.js";

const rows = [
  {
    name: "top",
    group: "run",
    type: "integer",
    default: 20,
    min: 1,
    max: 1e9,
    help: "number of tokens to print",
  },
] as const;

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Prints the likeliest next tokens after a prompt, with their probabilities. Without a prompt it begins as " +
        "after a newline.",
    )
    .argument("<run>", "the run's folder, or a model.safetensors")
    .argument("[prompt]", "text that the model reads first; -: standard input")
    .option("--prompt-file <file>", "read the prompt from a file, without its last line end")
    .option("--json", JSON_HELP)
    .addOption(
      new Option("--unknown <rule>", "what to do with prompt characters outside the vocabulary")
        .choices(["error", "skip", "unk"])
        .default("error"),
    )
    .option("--last", LAST_HELP)
    .addOption(new Option("--engine <name>", "the engine that computes").choices(engineNames).default("auto"))
    .addHelpText(
      "after",
      '\nExamples:\n  npx longhand next runs/my "the "\n  npx longhand next runs/my --top 5 --json\n',
    );
  addSettings(command, rows).action(async (path: string, words: string | undefined, o: Record<string, unknown>) => {
    const { top } = checkRows(rows, o);
    const stored = await loadModel(path, [], o.last === true);
    const prompt = await readPrompt({ ...o, prompt: words }, stored.vocab.kind === "bytes");
    const session = createSession(stored, nodeEngine(o.engine as EngineName).engine);
    feedPrompt(session, prompt, o.unknown as UnknownRule);
    const tokens = likeliestTokens(session, top);
    await (o.json === true ? printResult({ prompt: prompt.text, tokens }) : print(table(tokens)));
    exit(0);
  });
}

function table(tokens: readonly LikelyToken[]): string {
  const names = tokens.map(({ token }) => showToken(token));
  const width = Math.max(5, ...names.map(columnsOf));
  const padded = (name: string) => name + " ".repeat(width - columnsOf(name));
  const lines = tokens.map(({ probability }, i) => {
    const percent = (100 * probability).toFixed(probability < 0.001 ? 4 : 2);
    return `${String(i + 1).padStart(4)}  ${padded(names[i]!)}  ${percent.padStart(7)}%`;
  });
  return `${[`rank  ${padded("token")}  probability`, ...lines].join("\n")}\n`;
}
