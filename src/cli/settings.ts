// The settings of a run out of a command's flags.

import type { Settings } from "../training/settings/settings.js";
import { settingRows } from "../training/settings/table.js";
import { readSettings } from "../training/settings/values.js";

/** The run's settings that were given. */
export function givenSettings(options: Readonly<Record<string, unknown>>): Settings {
  const given = settingRows.filter(({ name }) => options[name] !== undefined);
  return readSettings(Object.fromEntries(given.map(({ name }) => [name, options[name]])));
}
