// Flags out of the setting table, and back into values. Nothing here knows what a setting does.

import { type Command, Option } from "commander";
import { parseSetting, rangeOf, type SettingGroup, type SettingRow } from "../base/setting.js";
import { flagOf, flagValue } from "./flags.js";

/** Help of the flag that takes the other weights of a run. */
export const LAST_HELP = "use the last weights, not those of the best validation";

/** Adds a flag for every row, in its group's part of the help. */
export function addSettings(command: Command, rows: readonly SettingRow[]): Command {
  for (const setting of rows) {
    const option = new Option(`${flagOf(setting)} <${placeholder(setting)}>`, describe(setting));
    option.helpGroup(groups[setting.group]);
    command.addOption(option.argParser((word: string) => parseSetting(setting, word)));
  }
  return command;
}

const groups: Readonly<Record<SettingGroup, string>> = {
  text: "Text:",
  model: "Model:",
  "lanes and windows": "Lanes and windows:",
  augmentation: "Augmentation:",
  training: "Training:",
  run: "Run:",
};

function placeholder(setting: SettingRow): string {
  switch (setting.type) {
    case "number":
      return "x";
    case "integer":
      return "n";
    case "choice":
      return "name";
    case "flag":
      return "on|off";
    case "text":
      return "text";
    default:
      return setting satisfies never;
  }
}

function describe(setting: SettingRow): string {
  const unit = setting.unit === undefined ? "" : ` [${setting.unit}]`;
  const range = setting.type === "choice" ? `: ${rangeOf(setting)}` : "";
  const start = setting.default === undefined ? "" : ` (default ${flagValue(setting.default)})`;
  return `${setting.help}${unit}${range}${start}`;
}

/** Collects the values of a flag that may be repeated. */
export function gather(word: string, before: string[] = []): string[] {
  return [...before, word];
}
