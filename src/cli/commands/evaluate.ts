// longhand evaluate: a model's loss on a text, beside what counting alone reaches.

import type { Command } from "commander";
import { Option } from "commander";
import { checkKnob, type Knob } from "../../base/knob.js";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { type Evaluated, evaluateText } from "../../node/evaluate.js";
import { threadsKnob } from "../../training/knobs.js";
import { addKnobs } from "../options.js";
import { grouped } from "../terminal.js";
import { print } from "../train.js";

const batch: Knob = {
  name: "batch",
  group: "run",
  type: "integer",
  default: undefined,
  min: 1,
  max: 65536,
  unit: "lanes",
  help: "lanes the text is read in, each from a state of zeros; unset: as in training",
};

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Scores every token of a text once and prints nats, bits per character and perplexity, beside a uniform guess and an n-gram.",
    )
    .argument("<run>", "the run's folder")
    .argument("<text...>", "files, folders, or - for standard input")
    .option("--json", "print one JSON object")
    .addOption(new Option("--engine <name>", "what computes").choices(engineNames).default("auto"))
    .addHelpText(
      "after",
      "\nExamples:\n  longhand evaluate runs/my other.txt\n  longhand evaluate runs/my other.txt --batch 1     one lane: the total that score prints\n",
    );
  addKnobs(command, [batch, threadsKnob]).action(
    async (folder: string, texts: string[], options: Record<string, unknown>) => {
      const notice = (text: string) => void process.stderr.write(`${text}\n`);
      const lanes = options.batch === undefined ? undefined : Number(checkKnob(batch, options.batch));
      const threads = options.threads === undefined ? undefined : Number(checkKnob(threadsKnob, options.threads));
      const engine = options.engine as EngineName;
      const found = await evaluateText(folder, texts, { engine, lanes, threads, notice });
      await print(options.json === true ? `${JSON.stringify(found)}\n` : table(texts.join(", "), found));
      exit(0);
    },
  );
}

function table(what: string, e: Evaluated): string {
  const rows = [
    ["this model", e.model],
    ...(e.baseline ? ([[`${e.baseline.order}-gram`, e.baseline.ngram]] as const) : []),
    ["uniform", e.uniform],
  ] as const;
  const numbers = rows.map(
    ([name, s]) =>
      `  ${name.padEnd(12)}${s.nats.toFixed(4).padStart(9)}${s.bpc.toFixed(4).padStart(12)}${s.bpb.toFixed(4).padStart(12)}${s.perplexity.toFixed(3).padStart(13)}`,
  );
  const missing = e.baseline ? [] : [`  The n-gram is left out: ${e.noBaseline}`];
  const unknown = e.unknown > 0 ? `, ${grouped(e.unknown)} of them unknown` : "";
  return [
    `${what}: ${grouped(e.model.tokens)} tokens scored once each${unknown}; the state is carried, from zero, in ${e.lanes} lane${e.lanes === 1 ? "" : "s"}`,
    `  ${"".padEnd(12)}${"nats".padStart(9)}${"bits/char".padStart(12)}${"bits/byte".padStart(12)}${"perplexity".padStart(13)}`,
    ...numbers,
    ...missing,
    "",
  ].join("\n");
}
