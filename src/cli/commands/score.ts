// longhand score: prints how surprising each line of a text is to a model.

import type { Command } from "commander";
import { Option } from "commander";
import { type LonghandError, usageError } from "../../base/errors.js";
import { checkSetting, type SettingRow } from "../../base/setting.js";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { score } from "../../evaluation/scoring/evaluate.js";
import { comesLineByLine, lineSurprisals } from "../../evaluation/scoring/line-surprisal.js";
import { type LineSurprisal, surprisal } from "../../evaluation/scoring/surprisal.js";
import { createSession } from "../../generation/create-session.js";
import type { StoredModel } from "../../model/file/model-file.js";
import type { LanguageModel } from "../../model/language-model.js";
import { nodeEngine } from "../../node/engine/engine.js";
import { gunzip } from "../../node/files/gunzip.js";
import { findSources, readWhole, toInput } from "../../node/files/inputs.js";
import { loadModel } from "../../node/files/models.js";
import { type DocumentRule, END } from "../../text/encoding/documents.js";
import { type Field, readingOf } from "../../text/encoding/field.js";
import { tokenSize } from "../../text/encoding/sizes.js";
import { newOriginal, type OriginalSizes } from "../../text/reading/original.js";
import { readAs, wholeAsRead } from "../../text/reading/reading.js";
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
    .argument("<text>", "a file, or - for standard input, whose lines are answered as they come")
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
        "tail -f new.log | npx longhand score runs/log -\n  " +
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
    const { lines, original } = await linesOf(stored, model, text, options);
    await printLines(lines, stored.field, original, options.json === true);
    exit(0);
  });
}

/** The lines of a text, scored: those of standard input as they come, where no document is longer than a line. */
async function linesOf(
  stored: StoredModel,
  model: LanguageModel,
  text: string,
  options: Record<string, unknown>,
): Promise<{ readonly lines: Lines; readonly original: OriginalSizes }> {
  const original = newOriginal();
  const reading = readingOf(stored.field, options);
  if (text === "-" && comesLineByLine(stored.field)) {
    const [source] = readAs((await findSources(["-"], notice)).map(toInput), reading, { notice, gunzip, original });
    return { lines: lineSurprisals(model, stored, source!.bytes, source!.name, notice), original };
  }
  const name = text === "-" ? "standard input" : text;
  const bytes = await wholeAsRead([{ name, bytes: [await readWhole(text)] }], reading, { notice, gunzip, original });
  const { lines } = await surprisal(model, stored, bytes, name, notice);
  if (lines.length === 0) throw nothingIn(name, stored.field.documents !== "none" && bytes.length > 0);
  return { lines, original };
}

type Lines = AsyncIterable<LineSurprisal> | readonly LineSurprisal[];

/** Prints each line as it comes, then the total, by the sizes of the original where the text is no documents. */
async function printLines(lines: Lines, field: Field, original: OriginalSizes, json: boolean): Promise<void> {
  const sums = { spelling: 0, unknown: 0, characters: 0, bytes: 0 };
  const unscored = { characters: 0, bytes: 0 };
  let nats = 0;
  let tokens = 0;
  let count = 0;
  let marked = 0;
  const width = Math.max(20, (process.stdout.columns ?? 100) - 32);
  if (!json) await print("  line   bits/char    nats   text\n");
  for await (const line of lines) {
    count += 1;
    for (const token of line.tokens) {
      if (token.nats === undefined) {
        const size = tokenSize(token.token, field);
        unscored.characters += size.characters;
        unscored.bytes += size.bytes;
        continue;
      }
      nats += token.nats; // in reading order, as evaluate adds
      tokens += 1;
    }
    for (const key of ["spelling", "unknown", "characters", "bytes"] as const) sums[key] += line[key];
    if (line.unknown > 0) marked += 1;
    await print(json ? jsonLine("line", lineData(line)) : `${humanLine(line, width)}\n`);
  }
  if (count === 0) throw nothingIn("standard input", false);
  if (field.documents === "none" && original.bytes > 0) {
    sums.characters = original.characters - unscored.characters;
    sums.bytes = original.bytes - unscored.bytes;
  }
  const total = score(nats, { tokens, ...sums });
  if (json) return printResult({ ...total, totalNats: nats, ...sums });
  const means =
    `${total.nats.toFixed(4)} nats/token, ${total.bpc.toFixed(3)} bits/char, perplexity ` +
    `${total.perplexity.toFixed(2)}`;
  const summary = tokens === 0 ? "its only token is the first, which is not predicted" : means;
  await print(
    `total ${(nats + sums.spelling).toFixed(2)} nats over ${counted(sums.characters, "character")}: ${summary}\n`,
  );
  const unknown = unknownLine(sums.unknown, tokens);
  if (unknown !== undefined) await print(`${unknown} ? marks ${counted(marked, "line")} with unknown tokens.\n`);
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
