// longhand evaluate: a model's loss on a text, beside what counting and compressing reach, and how sure it is.

import type { Command } from "commander";
import { exp } from "../../base/math.js";
import { binarySize } from "../../base/size.js";
import type { Compressed } from "../../evaluation/baseline/compressor.js";
import type { Score } from "../../evaluation/scoring/evaluate.js";
import type { Evaluated } from "../../face/evaluate.js";
import { evaluateText } from "../../node/scoring/evaluate.js";
import { addScoring, scoringOptions } from "../scoring.js";
import { counted, grouped, print } from "../show/terminal.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Scores every token of a text once and prints nats, bits per character and byte, and perplexity, with 95% intervals, beside a uniform guess, an n-gram and a compressor. A text that the run was trained on is refused.",
    )
    .argument("<run>", "the run's folder")
    .argument("[text...]", "files, folders, or - for standard input; without any, the run's own validation part")
    .option("--alone", "the model only: no n-gram and no compressor")
    .addHelpText(
      "after",
      "\nExamples:\n  longhand evaluate runs/my                         its own validation part\n  longhand evaluate runs/my other.txt\n  longhand evaluate runs/my other.txt --batch 1     one lane: the total that score prints\n  longhand evaluate runs/my --state cold:256        windows of 256 from zero, nearly as nanoGPT tells it\n",
    );
  addScoring(command).action(async (folder: string, texts: string[], options: Record<string, unknown>) => {
    const found = await evaluateText(folder, texts, scoringOptions(options));
    await print(options.json === true ? `${JSON.stringify(found)}\n` : table(found));
    exit(0);
  });
}

type Row = readonly [name: string, score: Omit<Score, "nats" | "tokens" | "perplexity"> & Partial<Score>];

function table(e: Evaluated): string {
  const { compressor: c } = e;
  const rows: readonly Row[] = [
    ["this model", e.model],
    ...(e.baseline ? ([[`${e.baseline.order}-gram`, e.baseline.ngram]] as const) : []),
    ["uniform", e.uniform],
    ...(c?.afterTraining ? ([[`${c.name} after`, c.afterTraining]] as const) : []),
    ...(c ? ([[`${c.name} alone`, c.alone]] as const) : []),
  ];
  const total = e.model.nats * e.model.tokens;
  const perWord = (bpb: number) => exp(((total / e.model.bpb) * bpb) / e.words);
  const numbers = rows.map(
    ([name, s]) =>
      `  ${name.padEnd(14)}${cell(s.nats, 4, 9)}${cell(s.bpc, 4, 12)}${cell(s.bpb, 4, 12)}${cell(s.perplexity, 3, 13)}${cell(perWord(s.bpb), 1, 15)}`,
  );
  const unknown = e.unknown > 0 ? `, ${grouped(e.unknown)} of them unknown` : "";
  return [
    `${e.text}: ${counted(e.model.tokens, "token")} scored once each${unknown}; the state is ${e.stateSays}, in ${counted(e.lanes, "lane")}`,
    `  ${"".padEnd(14)}${"nats".padStart(9)}${"bits/char".padStart(12)}${"bits/byte".padStart(12)}${"perplexity".padStart(13)}${"per word".padStart(15)}`,
    ...numbers,
    intervals(e),
    ...(c ? [compressorNote(c.alone, c.given)] : []),
    ...(e.noBaseline === undefined ? [] : [`  The n-gram is left out: ${e.noBaseline}`]),
    ...(e.noCompressor === undefined ? [] : [`  The compressor is left out: ${e.noCompressor}`]),
    "",
  ].join("\n");
}

function cell(value: number | undefined, digits: number, width: number): string {
  if (value === undefined) return "".padStart(width);
  const text = value >= 1e7 ? value.toExponential(2) : value.toFixed(digits);
  return (Number.isFinite(value) ? text : "–").padStart(width); // of a text without a word
}

function intervals({ intervals: each, stretches }: Evaluated): string {
  if (!Number.isFinite(each.nats.low)) return "  The text is too short for an interval.";
  const words = Object.entries(labels).flatMap(([key, [name, digits]]) => {
    const { low, high } = each[key as keyof typeof labels];
    return Number.isFinite(high) ? [`${name} ${cell(low, digits, 0)} to ${cell(high, digits, 0)}`] : [];
  });
  return `  95% of this model, from ${stretches} stretches: ${words.join(", ")}`;
}
const labels = {
  nats: ["nats", 4],
  bpc: ["bits/char", 4],
  bpb: ["bits/byte", 4],
  perplexity: ["perplexity", 3],
  perWord: ["per word", 1],
} as const;

function compressorNote({ size }: Compressed, given: number | undefined): string {
  const after = given === undefined ? "" : `; "after": what the text adds behind ${binarySize(given)} of training text`;
  return `  brotli, quality 11, window of the whole text: ${binarySize(size)} alone${after}`;
}
