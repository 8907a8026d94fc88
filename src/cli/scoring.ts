// The options that evaluate and compare share.

import { type Command, Option } from "commander";
import { checkRows, type SettingRow } from "../base/setting.js";
import { type EngineName, engineNames } from "../compute/engines.js";
import { stateForms } from "../evaluation/scoring/states.js";
import type { ScoringOptions } from "../node/scoring/evaluate.js";
import type { SourceOptions } from "../text/reading/rules.js";
import { readingFlags } from "../text/reading/settings.js";
import { threadsSetting } from "../training/settings/table.js";
import { addSettings } from "./options.js";
import { JSON_HELP } from "./show/json.js";
import { tell } from "./show/terminal.js";

const batch = {
  name: "batch",
  group: "run",
  type: "integer",
  default: undefined,
  min: 1,
  max: 65536,
  help: "lanes that the text is read in; unset: as in training",
} as const satisfies SettingRow;

const rows = [batch, threadsSetting, ...readingFlags] as const;

export function addScoring(command: Command): Command {
  command
    .option("--json", JSON_HELP)
    .option("--state <way>", `where the state is reset: ${stateForms}`)
    .option("--force", "score a text even if a run was trained on it")
    .addOption(new Option("--engine <name>", "the engine that computes").choices(engineNames).default("auto"));
  return addSettings(command, rows);
}

/** How a text to score is read. */
export function readingOptions(options: Readonly<Record<string, unknown>>): SourceOptions {
  return checkRows(readingFlags, options);
}

export function scoringOptions(options: Readonly<Record<string, unknown>>): ScoringOptions {
  const { batch: lanes, threads, ...reading } = checkRows(rows, options);
  return {
    engine: options.engine as EngineName,
    lanes,
    threads,
    ...reading,
    state: options.state as string | undefined,
    force: options.force === true,
    withoutBaseline: options.modelOnly === true,
    notice: (text) => tell(text),
  };
}
