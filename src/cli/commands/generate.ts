// longhand generate: the model writes. Only what it wrote goes to standard output, as it comes.

import type { Command } from "commander";
import { Option } from "commander";
import { checkRows } from "../../base/setting.js";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { createSession } from "../../generation/create-session.js";
import { filterSettings } from "../../generation/filter.js";
import { lessonSamples } from "../../generation/lesson.js";
import { writeSamplePieces } from "../../generation/samples.js";
import { nodeEngine } from "../../node/engine/engine.js";
import { loadModel } from "../../node/files/models.js";
import { encodeText, type UnknownRule } from "../../text/encoding/field.js";
import { withFlags } from "../flags.js";
import { addSettings } from "../options.js";
import { copyTable, keepSamples } from "../show/copying.js";
import { createOutput } from "../show/output.js";
import { formOf, inOrder } from "../show/samples.js";
import { print } from "../show/terminal.js";

const writing = [
  {
    name: "length",
    group: "run",
    type: "integer",
    default: 500,
    min: 0,
    max: 1e12,
    unit: "tokens",
    help: "how much to write; the most of each document, where the model keeps them apart",
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
  {
    name: "count",
    group: "run",
    type: "integer",
    default: 1,
    min: 1,
    max: 1e9,
    help: "how many samples, or documents",
  },
] as const;

/** Samples that are written together; and tokens that may then wait for the sample that is shown first. */
const AT_ONCE = 64;
const HELD = 2 ** 24;

export function define(command: Command, exit: (code: number) => void): void {
  const rows = [...writing, ...filterSettings] as const;
  command
    .description(
      "Writes with a trained model. Without a prompt it begins after a newline; trained with --documents it writes one and ends.",
    )
    .argument("<run>", "the run's folder, or a model.safetensors")
    .option("--prompt <text>", "text that is read before writing")
    .option("--lesson-sampling", "feed the last eight tokens again for each new one, as the fastai lesson does")
    .option("--greedy", "always the likeliest token")
    .option(
      "--log-probs",
      "print each token with its log-probability in nats, one a line, tab between; of a first token drawn by its share of the training text, the log of that",
    )
    .option("--json", "print one JSON line a sample")
    .option(
      "--copied",
      "then tell, on standard error, what of it stands in the training text (with --json: a last line)",
    )
    .option("--raw", "on a terminal too, print control characters as they are")
    .addOption(
      new Option("--unknown <rule>", "characters of the prompt that the model does not know")
        .choices(["error", "skip", "unk"])
        .default("error"),
    )
    .addOption(new Option("--engine <name>", "what computes").choices(engineNames).default("auto"))
    .addHelpText("after", EXAMPLES);
  addSettings(command, rows).action(async (path: string, options: Record<string, unknown>) => {
    const k = checkRows(rows, options);
    const stored = await loadModel(path);
    const notice = (text: string) => void process.stderr.write(`${withFlags(text)}\n`);
    const copying = options.copied === true ? await import("../../node/scoring/copied.js") : undefined;
    const trained = await copying?.openTrainedText(path, stored, notice);
    const samples = copying && keepSamples(k.length, k.count);
    const first = createSession(stored, nodeEngine(options.engine as EngineName).engine);
    const prompt = typeof options.prompt === "string" ? options.prompt : "";
    const fed = encodeText(stored.field, stored.vocab, prompt, options.unknown as UnknownRule);
    const lesson = options.lessonSampling === true;
    if (!lesson) first.feed(prompt, options.unknown as UnknownRule);

    const settings = { ...k, greedy: options.greedy === true };
    const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(HELD / settings.length)));
    const output = createOutput();
    const form = formOf(options, { stored, prompt, seed: settings.seed, count: settings.count });
    const pieces = lesson ? lessonSamples(first, fed, settings) : writeSamplePieces(first, { ...settings, atOnce });
    for (const text of inOrder(samples?.keep(pieces) ?? pieces, form)) {
      const written = output.put(text);
      if (written) await written;
    }
    await output.flush();
    if (copying && trained && samples) {
      const report = await copying.copiedIds(trained, "What it wrote", samples.ids());
      if (options.json === true) await print(`${JSON.stringify({ copied: report })}\n`);
      else process.stderr.write(`\n${copyTable(report, process.stderr.columns ?? 100)}`);
    }
    exit(0);
  });
}

const EXAMPLES = `
Examples:
  longhand generate runs/my --prompt "the " --length 500 --temperature 0.8 --seed 1
  longhand generate runs/my --count 5 --top-p 0.9
  longhand generate runs/my --greedy --log-probs --length 20
  longhand generate runs/my --length 20000 --copied > out.txt
`;
