// The settings of recovery from broken numbers.

import type { SettingRow } from "../../base/setting.js";

export const recoverySettings = [
  {
    name: "tries",
    group: "training",
    type: "integer",
    default: 6,
    min: 0,
    max: 1000,
    help: "after divergence, retry from the last good snapshot at most this many times; 0 stops at once",
  },
  {
    name: "keepEvery",
    group: "training",
    type: "integer",
    default: 100,
    min: 1,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "interval between snapshots that a run can go back to",
  },
  {
    name: "explosion",
    group: "training",
    type: "number",
    default: 10,
    min: 0,
    max: 1e12,
    help: "treat a loss or gradient norm above this multiple of its running median as divergence; 0: only non-finite numbers",
  },
] as const satisfies readonly SettingRow[];
