// longhand evaluate: a model's loss on a text with its 95% interval, and the losses of an n-gram and a compressor.

import type { Command } from "commander";
import { exp } from "../../base/math.js";
import { binarySize } from "../../base/size.js";
import type { Compressed } from "../../evaluation/baseline/compressor.js";
import type { Evaluated } from "../../face/evaluate.js";
import { evaluateText } from "../../node/scoring/evaluate.js";
import { LAST_HELP } from "../options.js";
import { addScoring, scoringOptions } from "../scoring.js";
import { printResult } from "../show/json.js";
import { counted, grouped, print } from "../show/terminal.js";
import { unknownLine } from "../show/unknown.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Scores every token of a text once. Prints nats, bits per character and byte, and perplexity, with 95% " +
        "intervals, and for comparison those of a uniform guess, an n-gram and a compressor. A text that the " +
        "run was trained on is refused.",
    )
    .argument("<run>", "the run's folder")
    .argument("[text...]", "files, folders, or - for standard input (default: the run's validation part)")
    .option("--last", LAST_HELP)
    .option("--model-only", "leave out the n-gram and the compressor")
    .addHelpText(
      "after",
      "\nExamples:\n  npx longhand evaluate runs/my                        its validation part\n  npx " +
        "longhand evaluate runs/my other.txt\n  npx longhand evaluate runs/my other.txt --batch 1    one lane, " +
        "as score reads it\n  npx longhand evaluate runs/my --state cold:256       a zero state every 256 " +
        "tokens\n",
    );
  addScoring(command).action(async (folder: string, texts: string[], options: Record<string, unknown>) => {
    const result = await evaluateText(folder, texts, {
      ...scoringOptions(options),
      last: options.last === true,
    });
    await (options.json === true ? printResult(result) : print(table(result)));
    exit(0);
  });
}

/** Numbers of one line of the table; those that a line lacks are undefined. */
type Numbers = Partial<Record<"nats" | "bpc" | "bpb" | "perplexity" | "perWord", number>>;

function table(e: Evaluated): string {
  const { compressor, baseline, intervals, model } = e;
  const withWords = (score: Numbers & { readonly bpb: number }) => ({
    ...score,
    perWord: exp((score.bpb * Math.LN2 * e.bytes) / e.words),
  });
  const end = (which: "low" | "high"): Numbers => ({
    nats: intervals.nats[which],
    bpc: intervals.bpc[which],
    bpb: intervals.bpb[which],
    perplexity: intervals.perplexity[which],
    perWord: intervals.perWord[which],
  });
  const hasInterval = Number.isFinite(intervals.nats.low);
  const unknown = unknownLine(e.unknown, model.tokens);
  return [
    `${e.text}: ${counted(model.tokens, "token")}, each scored once`,
    ...(unknown === undefined ? [] : [unknown]),
    `The state is ${e.stateSays}; ${counted(e.lanes, "lane")}.`,
    HEAD,
    row("this model", withWords(model)),
    ...(hasInterval ? [row("  95% from", end("low")), row("  95% to", end("high"))] : []),
    ...(baseline ? [row(`${baseline.order}-gram`, withWords(baseline.ngram))] : []),
    row("uniform guess", withWords(e.uniform)),
    ...(compressor ? [row(compressor.name, withWords(compressor.withoutTraining))] : []),
    ...(compressor?.afterTraining ? [row(`${compressor.name} + training`, withWords(compressor.afterTraining))] : []),
    hasInterval
      ? `  The 95% interval comes from ${e.blocks} blocks of the text.`
      : "  The text is too short for an interval.",
    ...(compressor ? compressorNotes(compressor.withoutTraining, compressor.given) : []),
    ...(e.noBaseline === undefined ? [] : [`  The n-gram is left out: ${e.noBaseline}`]),
    ...(e.noCompressor === undefined ? [] : [`  The compressor is left out: ${e.noCompressor}`]),
    "",
  ].join("\n");
}

const HEAD = line("", ["nats", "bits/char", "bits/byte", "perplexity", "per word"]);

function row(name: string, n: Numbers): string {
  return line(name, [fixed(n.nats, 4), fixed(n.bpc, 4), fixed(n.bpb, 4), fixed(n.perplexity, 3), large(n.perWord)]);
}

function line(name: string, cells: readonly string[]): string {
  const widths = [9, 11, 11, 12, 14];
  return `  ${name.padEnd(18)}${cells.map((cell, i) => cell.padStart(widths[i]!)).join("")}`.trimEnd();
}

/** "" for a number that the line lacks, "–" for one that the text does not give. */
function fixed(value: number | undefined, digits: number): string {
  if (value === undefined) return "";
  if (!Number.isFinite(value)) return "–";
  return value >= 1e7 ? value.toExponential(2) : value.toFixed(digits);
}

/** Perplexity per word is often large: 769,931 and not 769931.0. */
function large(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value) || value < 1000) return fixed(value, 1);
  return value < 1e9 ? grouped(value) : value.toExponential(2);
}

function compressorNotes({ size }: Compressed, given: number | undefined): string[] {
  return [
    `  brotli at quality 11 compresses the text to ${binarySize(size)}.`,
    ...(given === undefined
      ? []
      : [`  "+ training": it has compressed ${binarySize(given)} of the training text first.`]),
  ];
}
