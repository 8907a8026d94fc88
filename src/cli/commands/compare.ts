// longhand compare: the difference of two runs on one text, with its 95% interval.

import type { Command } from "commander";
import { verdict } from "../../evaluation/intervals/compare.js";
import { type Compared, compareRuns } from "../../node/scoring/compare.js";
import { addScoring, scoringOptions } from "../scoring.js";
import { printResult } from "../show/json.js";
import { counted, grouped, print } from "../show/terminal.js";
import { CHARGED } from "../show/unknown.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Compares two runs on one text, block by block, and prints the difference with its 95% interval. The " +
        "runs may differ in unit and vocabulary. A text that one of them was trained on is refused.",
    )
    .argument("<run-a>", "a run's folder, or a model.safetensors")
    .argument("<run-b>", "the other run")
    .argument("[text...]", "files, folders, or - for standard input (default: the first run's validation part)")
    .addHelpText(
      "after",
      "\nExamples:\n  npx longhand compare runs/gru runs/lstm\n  npx longhand compare runs/gru runs/lstm other.txt\n",
    );
  addScoring(command).action(async (a: string, b: string, texts: string[], options: Record<string, unknown>) => {
    const comparison = await compareRuns(a, b, texts, scoringOptions(options));
    const sentence = verdict(comparison, { a, b });
    await (options.json === true
      ? printResult({ a, b, ...comparison, verdict: sentence })
      : print(table(a, b, comparison, sentence)));
    exit(0);
  });
}

function table(a: string, b: string, c: Compared, sentence: string): string {
  const width = Math.max(a.length, b.length, 10) + 4;
  const { perCharacter: nats, perByte: bits } = c;
  const row = (name: string, x: number, y: number) =>
    `  ${name.padEnd(width)}${x.toFixed(4).padStart(10)}${y.toFixed(4).padStart(12)}`;
  const unknown = c.unknown.a + c.unknown.b;
  return [
    `${c.text}: ${counted(Math.round(c.characters), "character")}; the state is ${c.stateSays}, in ` +
      `${counted(c.lanes, "lane")}`,
    `  ${"".padEnd(width)}${"nats/char".padStart(10)}${"bits/byte".padStart(12)}`,
    row(a, nats.a, bits.a),
    row(b, nats.b, bits.b),
    row("difference", nats.difference, bits.difference),
    ...(unknown > 0 ? [`  Unknown tokens: ${grouped(c.unknown.a)} and ${grouped(c.unknown.b)}; ${CHARGED}.`] : []),
    ...(c.leftOut > 0
      ? [
          `  Left out for both runs: ${grouped(c.leftOut)} bytes that one of them does not predict (the first ` +
            "token, line ends that it drops, letters that it lower-cases).",
        ]
      : []),
    sentence,
    "",
  ].join("\n");
}
