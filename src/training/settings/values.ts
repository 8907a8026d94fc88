// Values for the settings: checked, completed with the defaults, compared. The rows themselves are in settings.ts.

import { nearest, usageError } from "../../base/errors.js";
import { checkSetting, flagOf, type SettingRow, type SettingValues } from "../../base/setting.js";
import type { Cell } from "../../model/cells/cell.js";
import { cells } from "../../model/cells/index.js";
import { checkAugmentation } from "./augmentation.js";
import { optimizers } from "./optimizer.js";
import { checkReading } from "./reading.js";
import { schedules } from "./schedule.js";
import { settingRows } from "./table.js";

/**
 * Checks values that came from a caller or a config and fills in the defaults. An unknown name is refused with the nearest
 * known one. A cell of one's own brings its settings, and its kind is allowed.
 */
export function checkSettings(values: SettingValues, own?: Cell): SettingValues {
  const rows = own ? [...settingRows.map((row) => allowCell(row, own)), ...own.settings] : settingRows;
  const byName = new Map(rows.map((row) => [row.name, row]));
  for (const name of Object.keys(values)) {
    if (byName.has(name)) continue;
    const near = nearest(name, [...byName.keys()]);
    throw usageError(`There is no setting ${JSON.stringify(name)}.`, near && `Did you mean ${near}?`);
  }
  const checked: Record<string, SettingValues[string]> = {};
  for (const row of byName.values()) {
    const value = values[row.name] ?? row.default;
    if (value !== undefined) checked[row.name] = checkSetting(row, value);
  }
  refuseIdle(checked, own);
  checkReading(checked);
  checkAugmentation(checked);
  refuseTwoLengths(checked);
  return checked;
}

/** A run has one length. (Minutes become steps, and stay beside them.) */
function refuseTwoLengths(values: SettingValues): void {
  const other = ["steps", "minutes"].find((name) => values[name] !== undefined);
  if (values.epochs === undefined || other === undefined) return;
  throw usageError(
    `--epochs does nothing with ${flagOf({ name: other })} ${values[other]}: each says how long to train.`,
    "Leave one of them out.",
  );
}

/** Of what a person says. (A run that was given minutes has both: they became its steps.) */
export function refuseStepsAndMinutes({ steps, minutes }: SettingValues): void {
  if (steps === undefined || minutes === undefined) return;
  throw usageError(
    `--minutes does nothing with --steps ${steps}: each says how long to train.`,
    "Leave one of them out.",
  );
}

/** `over` laid upon `under`: where it says how long to train, what `under` says of that goes. */
export function layUpon(under: SettingValues, over: SettingValues): SettingValues {
  const lengths = ["epochs", "steps", "minutes"];
  const said = lengths.some((name) => over[name] !== undefined);
  const kept = Object.entries(under).filter(([name]) => !(said && lengths.includes(name)));
  return { ...Object.fromEntries(kept), ...over };
}

/** A setting of another kind than the chosen one, turned from its default, is a mistake worth telling. */
function refuseIdle(values: SettingValues, own: Cell | undefined): void {
  const families = [
    { name: "cell", kinds: own ? [...cells, own] : cells },
    { name: "optimizer", kinds: optimizers },
    { name: "schedule", kinds: schedules },
  ];
  for (const { name, kinds } of families) {
    const chosen = kinds.find((each) => each.kind === values[name]);
    const inside: readonly string[] = chosen && "within" in chosen ? (chosen.within?.(values) ?? []) : [];
    const used = kinds.filter((each) => each === chosen || inside.includes(each.kind));
    const its = new Set(used.flatMap((each) => each.settings.map((row) => row.name)));
    for (const row of kinds.flatMap((each) => each.settings)) {
      if (its.has(row.name) || values[row.name] === undefined || values[row.name] === row.default) continue;
      const owners = kinds.filter((each) => each.settings.some((k) => k.name === row.name)).map((each) => each.kind);
      throw usageError(
        `${flagOf(row)} does nothing with --${name} ${values[name]}.`,
        `Leave it out, or say --${name} ${owners.join(" or ")}.`,
      );
    }
  }
}

/** The differences between two sets of values, each as a line for a person. `free` names are passed over. */
export function settingDifferences(was: SettingValues, now: SettingValues, free: readonly string[] = []): string[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter((name) => !free.includes(name));
  return names
    .filter((name) => was[name] !== now[name])
    .map((name) => `${flagOf({ name })} was ${show(was[name])} and is now ${show(now[name])}`);
}

function show(value: SettingValues[string]): string {
  return value === undefined ? "unset" : typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

function allowCell(row: SettingRow, own: Cell): SettingRow {
  return row.name === "cell" && row.type === "choice" ? { ...row, choices: [...row.choices, own.kind] } : row;
}
