// longhand generate: prints text that a model generates, as it comes. Nothing else goes to standard output.

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
import type { UnknownRule } from "../../text/encoding/field.js";
import { encodePrompt } from "../../text/encoding/prompt.js";
import { addSettings, LAST_HELP } from "../options.js";
import { feedPrompt, promptAs, readPrompt } from "../prompt.js";
import { collectSamples, copyTable } from "../show/copying.js";
import { JSON_HELP, printResult } from "../show/json.js";
import { createOutput } from "../show/output.js";
import { formOf, inOrder } from "../show/samples.js";
import { tell } from "../show/terminal.js";

const writing = [
  {
    name: "length",
    group: "run",
    type: "integer",
    default: 500,
    min: 0,
    max: 1e12,
    unit: "tokens",
    help: "length of a sample; a document may end earlier",
  },
  {
    name: "seed",
    group: "run",
    type: "integer",
    default: 1,
    min: 0,
    max: 2 ** 53 - 1,
    help: "the same seed gives the same text",
  },
  {
    name: "count",
    group: "run",
    type: "integer",
    default: 1,
    min: 1,
    max: 1e9,
    help: "number of samples",
  },
  {
    name: "lines",
    group: "run",
    type: "integer",
    default: undefined,
    min: 1,
    max: 1e9,
    help: "end each sample after this many lines",
  },
] as const;

/** Samples that are generated together. */
const AT_ONCE = 64;
/** Tokens that may wait in memory until their sample is printed. */
const WAITING = 2 ** 24;

export function define(command: Command, exit: (code: number) => void): void {
  const rows = [...writing, ...filterSettings] as const;
  command
    .description(
      "Generates text with a trained model. Without a prompt it begins as after a newline. A model trained " +
        "with --documents generates one document.",
    )
    .argument("<run>", "the run's folder, or a model.safetensors")
    .option("--prompt <text>", "text that the model reads first; -: standard input")
    .option("--prompt-file <file>", "read the prompt from a file, without its last line end")
    .option("--echo", "print the prompt before the text (default: only on a terminal)")
    .option("--stop <text>", "end each sample before this text; may be repeated (\\n: a line end)", gatherStops)
    .option("--lesson-sampling", "feed the last eight tokens again for each new one (fastai lesson 6)")
    .option("--greedy", "always take the most probable token")
    .option("--log-probs", "print each token on a line, with its log-probability in nats")
    .option("--json", JSON_HELP)
    .option("--copied", "afterwards print on standard error what was copied from training text")
    .option("--raw", "print control characters unescaped, even on a terminal")
    .addOption(
      new Option("--unknown <rule>", "what to do with prompt characters outside the vocabulary")
        .choices(["error", "skip", "unk"])
        .default("error"),
    )
    .option("--last", LAST_HELP)
    .addOption(new Option("--engine <name>", "the engine that computes").choices(engineNames).default("auto"))
    .addHelpText("after", EXAMPLES);
  addSettings(command, rows).action(async (path: string, options: Record<string, unknown>) => {
    const k = checkRows(rows, options);
    const stored = await loadModel(path, [], options.last === true);
    const notice = (text: string) => tell(text);
    const copying = options.copied === true ? await import("../../node/scoring/copied.js") : undefined;
    const trained = await copying?.openTrainedText(path, stored, notice);
    const samples = copying && collectSamples(k.length, k.count);
    const first = createSession(stored, nodeEngine(options.engine as EngineName).engine);
    const prompt = await readPrompt(options, stored.vocab.kind === "bytes");
    const unknown = options.unknown as UnknownRule;
    const lesson = options.lessonSampling === true;
    const ids = prompt.bytes ?? encodePrompt(stored.field, stored.vocab, prompt.text, unknown).ids;
    if (!lesson) feedPrompt(first, prompt, unknown);

    const terminal = process.stdout.isTTY === true;
    const binary = stored.vocab.kind === "bytes" && !terminal && options.json !== true && options.logProbs !== true;
    const stop = options.stop as readonly string[] | undefined;
    const settings = { ...k, stop, greedy: options.greedy === true, binary };
    const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(WAITING / settings.length)));
    const output = createOutput(binary ? "latin1" : "utf8");
    const echo = options.echo === true || terminal ? promptAs(prompt, binary) : "";
    const form = formOf(options, { stored, prompt: prompt.text, echo, binary, seed: k.seed, count: k.count });
    const pieces = lesson ? lessonSamples(first, ids, settings) : writeSamplePieces(first, { ...settings, atOnce });
    for (const text of inOrder(samples?.collect(pieces) ?? pieces, form)) {
      const written = output.put(text);
      if (written) await written;
    }
    await output.flush();
    if (copying && trained && samples) {
      const report = await copying.copiedIds(trained, "The generated text", samples.ids());
      if (options.json === true) await printResult({ samples: k.count, copied: report });
      else
        tell(
          "",
          ...copyTable(report, process.stderr.columns ?? 100)
            .split("\n")
            .slice(0, -1),
        );
    } else if (options.json === true) await printResult({ samples: k.count });
    exit(0);
  });
}

/** A stop string in which \\n, \\t and \\\\ stand for a line end, a tab and a backslash. */
function gatherStops(word: string, before: readonly string[] = []): readonly string[] {
  const meanings: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\" };
  return [...before, word.replace(/\\([nt\\])/g, (_, letter: string) => meanings[letter]!)];
}

const EXAMPLES = `
Examples:
  npx longhand generate runs/my --prompt "the " --length 500 --temperature 0.8 --seed 1
  npx longhand generate runs/my --count 5 --top-p 0.9
  npx longhand generate runs/my --prompt-file start.txt --echo --stop "." --stop "!"
  npx longhand generate runs/my --greedy --log-probs --length 20
  npx longhand generate runs/my --length 20000 --copied > out.txt
`;
