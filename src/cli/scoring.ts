// The flags that evaluate and compare share, and their words as options.

import { type Command, Option } from "commander";
import { checkSetting, type SettingRow } from "../base/setting.js";
import { type EngineName, engineNames } from "../compute/engines.js";
import { stateForms } from "../evaluation/scoring/states.js";
import type { ScoringOptions } from "../node/scoring/evaluate.js";
import { threadsSetting } from "../training/settings/table.js";
import { addSettings } from "./options.js";

const batch: SettingRow = {
  name: "batch",
  group: "run",
  type: "integer",
  default: undefined,
  min: 1,
  max: 65536,
  unit: "lanes",
  help: "lanes the text is read in, each from a state of zeros; unset: as in training",
};

export function addScoring(command: Command): Command {
  command
    .option("--json", "print one JSON object")
    .option("--state <way>", `how the state goes through the text: ${stateForms}`)
    .option("--anyway", "also a text that a run was trained on")
    .addOption(new Option("--engine <name>", "what computes").choices(engineNames).default("auto"));
  return addSettings(command, [batch, threadsSetting]);
}

export function scoringOptions(options: Readonly<Record<string, unknown>>): ScoringOptions {
  return {
    engine: options.engine as EngineName,
    lanes: options.batch === undefined ? undefined : Number(checkSetting(batch, options.batch)),
    threads: options.threads === undefined ? undefined : Number(checkSetting(threadsSetting, options.threads)),
    state: options.state as string | undefined,
    force: options.anyway === true,
    alone: options.alone === true,
    notice: (text) => void process.stderr.write(`${text}\n`),
  };
}
