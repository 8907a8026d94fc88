// The help of commands with many settings: --help shows the settings that people use first, --help-all shows every one.

import { type Command, Option } from "commander";
import type { SettingRow } from "../base/setting.js";

/** Shows only the common settings in --help, and adds --help-all. */
export function shortHelp(command: Command, rows: readonly SettingRow[]): void {
  const option = new Option("--help-all", `print this help with all ${rows.length} settings`);
  let all = false;
  command.addOption(option).on("option:help-all", () => {
    all = true;
    option.hideHelp();
    command.help();
  });
  showSettings(command, rows, ({ common }) => all || common === true);
}

/**
 * Shows only some settings in the help. The command still takes the others. They are hidden only while help is printed,
 * since commander suggests no hidden option for a misspelt one.
 */
export function showSettings(
  command: Command,
  rows: readonly SettingRow[],
  isShown: (row: SettingRow) => boolean,
): void {
  command.on("beforeHelp", () => {
    for (const row of rows) {
      command.options.find((option) => option.attributeName() === row.name)?.hideHelp(!isShown(row));
    }
  });
}
