// Values of the settings: checked, completed with the defaults, compared. The rows themselves are in table.ts.

import { shown, usageError } from "../../base/errors.js";
import {
  checkRows,
  checkSetting,
  refuseUnknown,
  type SettingRow,
  type SettingValue,
  type SettingValues,
} from "../../base/setting.js";
import type { Cell } from "../../model/cells/cell.js";
import { cells } from "../../model/cells/index.js";
import { checkSource } from "../../text/reading/settings.js";
import { checkAugmentation } from "./augmentation.js";
import { optimizers } from "./optimizer.js";
import { checkReading } from "./reading.js";
import { schedules } from "./schedule.js";
import type { CheckedSettings, OpenSettings, Settings } from "./settings.js";
import { settingRows } from "./table.js";

/**
 * Checks settings that come from a caller or a file and fills in the defaults. An unknown name is refused with the
 * nearest known one. A user's own cell is given as `own`: `cell` may then be its kind, and its settings stand beside
 * the others.
 */
export function checkSettings(values: Settings): CheckedSettings;
export function checkSettings(values: OpenSettings, own: Cell | undefined): CheckedSettings;
export function checkSettings(values: OpenSettings, own?: Cell): CheckedSettings {
  const rows = own ? [...settingRows.map((row) => allowCell(row, own)), ...own.settings] : settingRows;
  const known = rows.map((row) => row.name);
  refuseUnknown(values, known);
  const all: SettingValues = checkRows(rows, values);
  const given = known.filter((name) => all[name] !== undefined); // a saved config holds no undefined
  const checked: unknown = Object.fromEntries(given.map((name) => [name, all[name]]));
  requireChecked(checked);
  refuseIdle(checked, own);
  checkSource(checked);
  checkReading(checked);
  checkAugmentation(checked);
  refuseTwoLengths(checked);
  return checked;
}

/** Settings out of a file or a command line: each is checked, and no default is filled in. */
export function readSettings(values: unknown): Settings {
  if (typeof values !== "object" || values === null) throw usageError(`Settings are an object; got ${shown(values)}.`);
  const known = settingRows.map((row) => row.name);
  refuseUnknown(values, known);
  const all: Readonly<Record<string, unknown>> = { ...values };
  const rows = settingRows.filter((row) => all[row.name] !== undefined);
  const given: unknown = Object.fromEntries(rows.map((row) => [row.name, checkSetting(row, all[row.name])]));
  requireGiven(given);
  return given;
}

// The types are generated from the rows (a test compares them), so values that passed the rows have the types.
function requireChecked(_: unknown): asserts _ is CheckedSettings {}
function requireGiven(_: unknown): asserts _ is Settings {}

/** A run has one length. (Minutes become steps, and stay beside them.) */
function refuseTwoLengths({ epochs, steps, minutes }: CheckedSettings): void {
  const other = steps !== undefined ? `steps: ${steps}` : minutes !== undefined ? `minutes: ${minutes}` : undefined;
  if (epochs === undefined || other === undefined) return;
  throw usageError(`epochs does nothing with \`${other}\`: both say how long to train.`, LEAVE_ONE, "epochs");
}

/** Of what a person says. (A run that was given minutes has both: they became its steps.) */
export function refuseStepsAndMinutes({ steps, minutes }: OpenSettings): void {
  if (steps === undefined || minutes === undefined) return;
  throw usageError(`minutes does nothing with \`steps: ${steps}\`: both say how long to train.`, LEAVE_ONE, "minutes");
}

const LEAVE_ONE = "Leave one of them out.";

const lengths = ["epochs", "steps", "minutes"] as const;

/** `over` laid upon `under`: where it says how long to train, what `under` says of that goes. */
export function layUpon(under: Settings, over: Settings): Settings;
export function layUpon(under: OpenSettings, over: OpenSettings): OpenSettings;
export function layUpon(under: OpenSettings, over: OpenSettings): OpenSettings {
  if (lengths.every((name) => over[name] === undefined)) return { ...under, ...over };
  const { epochs: _, steps: __, minutes: ___, ...rest } = under;
  return { ...rest, ...over };
}

/** A setting of another kind than the chosen one, turned from its default, is a mistake. */
function refuseIdle(values: CheckedSettings, own: Cell | undefined): void {
  const families = [
    { name: "cell", chosen: values.cell, kinds: own ? [...cells, own] : cells },
    { name: "optimizer", chosen: values.optimizer, kinds: optimizers },
    { name: "schedule", chosen: values.schedule, kinds: schedules },
  ];
  for (const { name, chosen, kinds } of families) {
    const used = new Set(kinds.flatMap((each) => (each.kind === chosen ? settingsOf(each, values) : [])));
    for (const row of kinds.flatMap((each) => each.settings)) {
      const value = settingNamed(values, row.name);
      if (used.has(row.name) || value === undefined || value === row.default) continue;
      const owners = kinds.filter((each) => each.settings.some((its) => its.name === row.name));
      const ways = owners.map(({ kind }) => `\`${name}: "${kind}"\``).join(" or ");
      const message = `${row.name} does nothing with \`${name}: "${chosen}"\`.`;
      throw usageError(message, `Leave it out, or set ${ways}.`, row.name);
    }
  }
}

interface Kind {
  readonly kind: string;
  readonly settings: readonly SettingRow[];
  within?(values: CheckedSettings): readonly Kind[];
}

/** Names of the settings that a kind heeds, with those of the kinds within it. */
function settingsOf(kind: Kind, values: CheckedSettings): string[] {
  const parts = [kind, ...(kind.within?.(values) ?? [])];
  return parts.flatMap((each) => each.settings.map((row) => row.name));
}

/** A setting by its name. */
export function settingNamed(values: OpenSettings, name: string): SettingValue | undefined {
  return values[name];
}

/** The differences between two sets of values, each as a phrase. Names in `free` are skipped. */
export function settingDifferences(was: OpenSettings, now: OpenSettings, free: readonly string[] = []): string[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter((name) => !free.includes(name));
  return names
    .filter((name) => was[name] !== now[name])
    .map((name) => `${written(name, was[name])} is now ${written(name, now[name])}`);
}

function written(name: string, value: SettingValue | undefined): string {
  return value === undefined ? `\`${name}\` unset` : `\`${name}: ${shown(value)}\``;
}

function allowCell(row: SettingRow, own: Cell): SettingRow {
  return row.name === "cell" && row.type === "choice" ? { ...row, choices: [...row.choices, own.kind] } : row;
}
