// Scope of settings: a call refuses the settings that it cannot heed, each by its name.

import { usageError } from "../../base/errors.js";
import type { Settings } from "./settings.js";
import { settingRows } from "./table.js";
import { settingNamed } from "./values.js";

/** Why a bare trainer cannot heed a setting, where its group does not say so. */
const notForTrainer: Readonly<Record<string, string>> = {
  minutes: "Set `steps` or `epochs`.",
  saveEvery: "A run in a folder heeds it.",
  logEvery: "A run in a folder heeds it.",
};

/** Throws a usage error for a setting that is given and is not of the text. */
export function refuseBesideText(given: Settings, call: string): void {
  const idle = settingRows.find((row) => row.group !== "text" && settingNamed(given, row.name) !== undefined);
  if (idle === undefined) return;
  throw usageError(`${idle.name} does nothing in ${call}.`, "Give it where the model is trained.", idle.name);
}

/**
 * Throws a usage error for a setting that is given and cannot be heeded by a trainer over a corpus that is read
 * already.
 */
export function refuseForTrainer(given: Settings, call: string): void {
  for (const { name, group } of settingRows) {
    const hint = group === "text" ? "Give it where the text is read." : notForTrainer[name];
    if (hint === undefined || settingNamed(given, name) === undefined) continue;
    throw usageError(`${name} does nothing in ${call}.`, hint, name);
  }
}
