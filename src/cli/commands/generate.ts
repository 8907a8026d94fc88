// longhand generate: the model writes. Only what it wrote goes to standard output, as it comes.

import type { Command } from "commander";
import { Option } from "commander";
import type { KnobValues } from "../../base/knob.js";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { filterKnobs } from "../../generation/filter.js";
import { lessonPieces } from "../../generation/lesson.js";
import { writePieces } from "../../generation/write.js";
import { nodeEngine } from "../../node/engine.js";
import { loadModel } from "../../node/models.js";
import { encodeText, type UnknownRule } from "../../text/field.js";
import { openSession } from "../../training/prepare.js";
import { addKnobs, knobValues } from "../options.js";
import { visible } from "../terminal.js";
import { print } from "../train.js";

const writing = [
  {
    name: "length",
    group: "run",
    type: "integer",
    default: 500,
    min: 0,
    max: 1e12,
    unit: "tokens",
    help: "how much to write",
  },
  {
    name: "seed",
    group: "run",
    type: "integer",
    default: 1,
    min: 0,
    max: 2 ** 53 - 1,
    help: "the same seed writes the same text",
  },
  { name: "count", group: "run", type: "integer", default: 1, min: 1, max: 1e9, help: "how many samples" },
] as const;

export function define(command: Command, exit: (code: number) => void): void {
  const rows = [...writing, ...filterKnobs];
  command
    .description("Writes with a trained model. Without a prompt it begins after a newline.")
    .argument("<run>", "the run's folder, or a model.safetensors")
    .option("--prompt <text>", "text that is read before writing")
    .option("--lesson-sampling", "feed the last eight tokens again for each new one, as the fastai lesson does")
    .option("--greedy", "always the likeliest token")
    .option("--log-probs", "print each token with its log-probability in nats, one a line, tab between")
    .option("--json", "print one JSON line a sample")
    .option("--raw", "on a terminal too, print control characters as they are")
    .addOption(
      new Option("--unknown <rule>", "characters of the prompt that the model does not know")
        .choices(["error", "skip", "unk"])
        .default("error"),
    )
    .addOption(new Option("--engine <name>", "what computes").choices(engineNames).default("auto"))
    .addHelpText("after", EXAMPLES);
  addKnobs(command, rows).action(async (path: string, options: Record<string, unknown>) => {
    const k: KnobValues = {
      ...Object.fromEntries(rows.map((row) => [row.name, row.default])),
      ...knobValues(options, rows),
    };
    const stored = await loadModel(path);
    const first = openSession(stored, nodeEngine(options.engine as EngineName).engine);
    const prompt = typeof options.prompt === "string" ? options.prompt : "";
    const fed = encodeText(stored.field, stored.vocab, prompt, options.unknown as UnknownRule);
    const lesson = options.lessonSampling === true;
    if (!lesson) first.feedIds(fed);

    const show = process.stdout.isTTY && options.raw !== true ? visible : (text: string) => text;
    const plain = options.json !== true && options.logProbs !== true;
    for (let sample = 0; sample < Number(k.count); sample++) {
      const session = first.branch();
      const settings = {
        ...k,
        length: Number(k.length),
        seed: Number(k.seed),
        sample,
        greedy: options.greedy === true,
      };
      if (sample > 0 && plain) await print("\n");
      if (plain && process.stdout.isTTY) await print(visible(prompt));
      const tokens: { token: string; logProbability: number }[] = [];
      let text = "";
      for (const piece of lesson ? lessonPieces(session, fed, settings) : writePieces(session, settings)) {
        if (plain) await print(show(piece.text));
        else if (options.json === true) text += piece.text;
        for (const { id, logProbability } of piece.tokens) {
          const token = stored.vocab.itos[id] ?? "";
          if (options.json === true && options.logProbs === true) tokens.push({ token, logProbability });
          else if (options.logProbs === true) await print(`${JSON.stringify(token)}\t${logProbability.toFixed(6)}\n`);
        }
      }
      if (options.json === true) {
        const line = { sample, seed: settings.seed, prompt, text, ...(options.logProbs === true && { tokens }) };
        await print(`${JSON.stringify(line)}\n`);
      } else if (plain) await print("\n");
    }
    exit(0);
  });
}

const EXAMPLES = `
Examples:
  longhand generate runs/my --prompt "the " --length 500 --temperature 0.8 --seed 1
  longhand generate runs/my --count 5 --top-p 0.9
  longhand generate runs/my --greedy --log-probs --length 20
`;
