// longhand score: prints how surprising each line of a text is to a model.

import type { Command } from "commander";
import { Option } from "commander";
import { type LonghandError, usageError } from "../../base/errors.js";
import { checkSetting, type SettingRow } from "../../base/setting.js";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { score } from "../../evaluation/scoring/evaluate.js";
import { type LineSurprisal, surprisal, type TextSurprisal } from "../../evaluation/scoring/surprisal.js";
import { createSession } from "../../generation/create-session.js";
import type { StoredModel } from "../../model/file/model-file.js";
import { nodeEngine } from "../../node/engine/engine.js";
import { gunzip } from "../../node/files/gunzip.js";
import { readWhole } from "../../node/files/inputs.js";
import { loadModel } from "../../node/files/models.js";
import { type DocumentRule, END } from "../../text/encoding/documents.js";
import { readingOf } from "../../text/encoding/field.js";
import { newOriginal } from "../../text/reading/original.js";
import { wholeAsRead } from "../../text/reading/reading.js";
import { readingFlags } from "../../text/reading/settings.js";
import { addSettings, LAST_HELP } from "../options.js";
import { JSON_HELP, jsonLine, printResult } from "../show/json.js";
import { type Measure, measures, ranked, rankingJson, rankingTable, ruleWarning } from "../show/ranking.js";
import { counted, oneLine, print, tell } from "../show/terminal.js";
import { unknownLine } from "../show/unknown.js";
import { shorten } from "../show/width.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Prints the surprisal of each line of a text, and the total. The state is carried from the first line " +
        "to the last.",
    )
    .argument("<run>", "the run's folder, or a model.safetensors")
    .argument("<text>", "a file, or - for standard input")
    .option("--json", JSON_HELP)
    .addOption(
      new Option("--documents <rule>", "score each document from a zero state, the most surprising first").choices([
        "line",
        "blank-line",
      ]),
    )
    .addOption(
      new Option("--by <measure>", "rank documents by total nats, or by nats per character (default: total)").choices(
        Object.keys(measures),
      ),
    )
    .option("--last", LAST_HELP)
    .addOption(new Option("--engine <name>", "the engine that computes").choices(engineNames).default("auto"))
    .addHelpText(
      "after",
      "\nExamples:\n  npx longhand score runs/my other.txt\n  npx longhand score runs/my other.txt --json\n  " +
        "npx longhand score runs/log new.log --documents line --top 20    the 20 most surprising lines\n",
    );
  addSettings(command, rows).action(async (path: string, text: string, options: Record<string, unknown>) => {
    const stored = await loadModel(path, [], options.last === true);
    if (options.documents !== undefined) {
      await rank(stored, text, options);
      return exit(0);
    }
    for (const flag of ["top", "by"]) {
      if (options[flag] === undefined) continue;
      throw usageError(
        `--${flag} works only together with --documents.`,
        "Add --documents line, or --documents blank-line.",
      );
    }
    const { model } = createSession(stored, nodeEngine(options.engine as EngineName).engine, 256);
    const name = text === "-" ? "standard input" : text;
    const input = { name, bytes: [await readWhole(text)] };
    const original = newOriginal();
    const bytes = await wholeAsRead([input], readingOf(stored.field, options), { notice, gunzip, original });
    const scored = await surprisal(model, stored, bytes, name, notice, original.bytes > 0 ? original : undefined);
    if (scored.lines.length === 0) throw nothingIn(name, stored.field.documents !== "none" && bytes.length > 0);
    const total = score(scored.nats, scored);
    if (options.json === true) {
      for (const line of scored.lines) await print(jsonLine("line", lineData(line)));
      await printResult({ ...total, totalNats: scored.nats, ...sumsOf(scored) });
    } else {
      await print("  line   bits/char    nats   text\n");
      const width = (process.stdout.columns ?? 100) - 32;
      for (const line of scored.lines) await print(`${humanLine(line, Math.max(20, width))}\n`);
      const means =
        `${total.nats.toFixed(4)} nats/token, ${total.bpc.toFixed(3)} bits/char, perplexity ` +
        `${total.perplexity.toFixed(2)}`;
      const summary = scored.tokens === 0 ? "its only token is the first, which is not predicted" : means;
      const sum = (scored.nats + scored.spelling).toFixed(2);
      await print(`total ${sum} nats over ${counted(scored.characters, "character")}: ${summary}\n`);
      const unknown = unknownLine(scored.unknown, scored.tokens);
      const lines = scored.lines.filter((line) => line.unknown > 0).length;
      if (unknown !== undefined) await print(`${unknown} ? marks ${counted(lines, "line")} with unknown tokens.\n`);
    }
    exit(0);
  });
}

const notice = (sentence: string) => tell(sentence);

async function rank(stored: StoredModel, text: string, options: Record<string, unknown>): Promise<void> {
  const rule = options.documents as DocumentRule;
  const mismatch = ruleWarning(stored.field, rule);
  if (mismatch !== undefined) notice(mismatch);
  const { rankText } = await import("../../node/scoring/rank.js");
  const all = await rankText(stored, rule, text, { ...options, engine: options.engine as EngineName, notice });
  const most = options.top === undefined ? all.length : Number(checkSetting(top, options.top));
  if (all.length === 0) throw nothingIn(text === "-" ? "standard input" : text, true);
  const rows = ranked(all, (options.by ?? "total") as Measure, most);
  const width = Math.max(20, (process.stdout.columns ?? 100) - 40);
  await print(options.json === true ? rankingJson(rows) : rankingTable(rows, width));
  if (options.json === true) await printResult({ documents: all.length });
}

function nothingIn(name: string, documents: boolean): LonghandError {
  return usageError(`${name} ${documents ? "has no document" : "is empty"}.`, "Give a text with something in it.");
}

const top: SettingRow = {
  name: "top",
  group: "run",
  type: "integer",
  default: undefined,
  min: 1,
  max: 1e9,
  help: "number of documents to print; unset: all",
};

const rows = [top, ...readingFlags];

function sumsOf({ spelling, unknown, characters, bytes }: TextSurprisal) {
  return { spelling, unknown, characters, bytes };
}

function humanLine(line: LineSurprisal, width: number): string {
  const nats = line.nats + line.spelling;
  const each = line.characters > 0 ? (nats / Math.LN2 / line.characters).toFixed(2) : "–";
  const text = line.tokens
    .map(({ token }) => (token === "<eos>" || token === END ? "" : token))
    .join("")
    .replace(/\n$/, "");
  return (
    `${String(line.line).padStart(6)}  ${each.padStart(10)}  ${nats.toFixed(1).padStart(7)} ${line.unknown > 0 ? "?" : " "} ` +
    `${shorten(oneLine(text), width)}`
  );
}

function lineData(line: LineSurprisal) {
  const { tokens, ...sums } = line;
  const rows = tokens.map(({ token, nats, unknown, spelling }) => ({
    token,
    nats: nats ?? null,
    ...(unknown && { unknown }),
    ...(spelling > 0 && { spelling }),
  }));
  const bits = (line.nats + line.spelling) / Math.LN2;
  return { ...sums, bpc: line.characters > 0 ? bits / line.characters : null, tokens: rows };
}
