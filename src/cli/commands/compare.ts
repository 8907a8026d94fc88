// longhand compare: which of two runs is better on a text, by how much, and how sure that is.

import type { Command } from "commander";
import { verdict } from "../../evaluation/intervals/compare.js";
import { type Compared, compareRuns } from "../../node/scoring/compare.js";
import { addScoring, scoringOptions } from "../scoring.js";
import { counted, grouped, print } from "../show/terminal.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Compares two runs on one text, stretch by stretch, and prints the difference with its 95% interval. They may differ in unit and vocabulary. A text that either was trained on is refused.",
    )
    .argument("<run-a>", "a run's folder, or a model.safetensors")
    .argument("<run-b>", "the other")
    .argument("[text...]", "files, folders, or - for standard input; without any, the first run's validation part")
    .addHelpText(
      "after",
      "\nExamples:\n  longhand compare runs/gru runs/lstm\n  longhand compare runs/gru runs/lstm other.txt\n",
    );
  addScoring(command).action(async (a: string, b: string, texts: string[], options: Record<string, unknown>) => {
    const found = await compareRuns(a, b, texts, scoringOptions(options));
    const sentence = verdict(found, { a, b });
    await print(
      options.json === true
        ? `${JSON.stringify({ a, b, ...found, verdict: sentence })}\n`
        : table(a, b, found, sentence),
    );
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
    `${c.text}: ${counted(Math.round(c.characters), "character")}; the state is ${c.stateSays}, in ${counted(c.lanes, "lane")}`,
    `  ${"".padEnd(width)}${"nats/char".padStart(10)}${"bits/byte".padStart(12)}`,
    row(a, nats.a, bits.a),
    row(b, nats.b, bits.b),
    row("difference", nats.difference, bits.difference),
    ...(unknown > 0
      ? [
          `  Unknown tokens: ${grouped(c.unknown.a)} and ${grouped(c.unknown.b)}; where the two differ in their units or vocabularies, each is spelled out at 8 bits a byte.`,
        ]
      : []),
    ...(c.leftOut > 0
      ? [
          `  Left out on both sides: ${grouped(c.leftOut)} bytes that one of the two does not have to tell (letters it lower-cases, line ends it drops, a first token).`,
        ]
      : []),
    sentence,
    "",
  ].join("\n");
}
