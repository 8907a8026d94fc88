// Setting rows: one row for each setting of a run. Flags, help, the type `Settings`, the check of a saved config and
// docs/settings.md are all made from the rows; nothing else lists settings.

import { keyword, nearest, shown, usageError } from "./errors.js";

export type SettingGroup = "text" | "model" | "lanes and windows" | "augmentation" | "training" | "run";

/** What every setting row has. */
export interface SettingBase {
  /** camelCase; the flag is its kebab-case. */
  readonly name: string;
  readonly group: SettingGroup;
  /** A noun phrase or an imperative, without the full stop. */
  readonly help: string;
  readonly unit?: string;
  /** One of the dozen settings that people use first: `--help` shows only these. */
  readonly common?: true;
}

export type SettingRow = SettingBase &
  (
    | {
        readonly type: "number" | "integer";
        readonly default: number | undefined;
        readonly min: number;
        readonly max: number;
        /** The bound itself is not allowed. */
        readonly open?: "min" | "max" | "both";
      }
    | { readonly type: "choice"; readonly default: string | undefined; readonly choices: readonly string[] }
    | { readonly type: "flag"; readonly default: boolean | undefined }
    | { readonly type: "text"; readonly default: string | undefined; readonly form: string }
  );

export type SettingValue = number | string | boolean;
/** Settings by name, whatever their rows are. */
export type SettingValues = Readonly<Record<string, SettingValue | undefined>>;

/** The type that a row's value has. */
export type ValueOf<Row extends SettingRow> = Row extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Row extends { readonly type: "number" | "integer" }
    ? number
    : Row extends { readonly type: "flag" }
      ? boolean
      : string;

/** Checked values of some rows, by name: defaults filled in, and what has no default may be undefined. */
export type ValuesOf<Rows extends readonly SettingRow[]> = {
  readonly [Row in Rows[number] as Row["name"]]: Row extends { readonly default: undefined }
    ? ValueOf<Row> | undefined
    : ValueOf<Row>;
};

/** "1 to 65536", "above 0, at most 1", "rnn | gru | lstm", "on | off". */
export function rangeOf(setting: SettingRow): string {
  switch (setting.type) {
    case "number":
    case "integer": {
      const openMin = setting.open === "min" || setting.open === "both";
      const openMax = setting.open === "max" || setting.open === "both";
      const low = Number.isFinite(setting.min) ? `${openMin ? "above" : "from"} ${setting.min}` : "";
      const high = Number.isFinite(setting.max) ? `${openMax ? "below" : "to"} ${setting.max}` : "";
      return [low, high].filter((part) => part !== "").join(" ");
    }
    case "choice":
      return setting.choices.join(" | ");
    case "flag":
      return "on | off";
    case "text":
      return setting.form;
    default:
      return setting satisfies never;
  }
}

/** Checks a value that came from a config file or a caller; returns it, or throws what was wanted and what came. */
export function checkSetting<Row extends SettingRow>(row: Row, value: unknown): ValueOf<Row>;
export function checkSetting(row: SettingRow, value: unknown): SettingValue {
  const { name } = row;
  switch (row.type) {
    case "number":
    case "integer": {
      if (typeof value === "number" && isWithin(row, value)) return value;
      const kind = row.type === "integer" ? "a whole number" : "a number";
      throw usageError(`${name} wants ${kind} ${rangeOf(row)}; got ${shown(value)}.`, undefined, name);
    }
    case "choice":
      return keyword(name, value, row.choices);
    case "flag":
      if (typeof value === "boolean") return value;
      throw usageError(`${name} wants true or false; got ${shown(value)}.`, undefined, name);
    case "text":
      if (typeof value === "string") return value;
      throw usageError(`${name} wants ${row.form}; got ${shown(value)}.`, undefined, name);
    default:
      return row satisfies never;
  }
}

function isWithin(row: Extract<SettingRow, { type: "number" | "integer" }>, value: number): boolean {
  const { min, max, open } = row;
  if (Number.isNaN(value) || (row.type === "integer" && !Number.isSafeInteger(value))) return false;
  const aboveMin = open === "min" || open === "both" ? value > min : value >= min;
  const belowMax = open === "max" || open === "both" ? value < max : value <= max;
  return aboveMin && belowMax;
}

/** The values of all `rows`, each checked or its default; other names in `values` are left out. */
export function checkRows<const Rows extends readonly SettingRow[]>(
  rows: Rows,
  values: Readonly<Record<string, unknown>>,
): ValuesOf<Rows>;
export function checkRows(rows: readonly SettingRow[], values: Readonly<Record<string, unknown>>): SettingValues {
  const entries = rows.map((row) => [row.name, values[row.name] ?? row.default] as const);
  const checked: Record<string, SettingValue | undefined> = {};
  for (const [i, [name, value]] of entries.entries()) {
    checked[name] = value === undefined ? undefined : checkSetting(rows[i]!, value);
  }
  return checked;
}

/** Refuses a name in `values` that is not in `known`, with the nearest one. */
export function refuseUnknown(values: object, known: readonly string[]): void {
  const name = Object.keys(values).find((each) => !known.includes(each));
  if (name === undefined) return;
  const near = nearest(name, known);
  throw usageError(`There is no setting ${shown(name)}.`, near && `Did you mean ${near}?`, name);
}

/** Reads a flag's word into the setting's type, then checks it. */
export function parseSetting(row: SettingRow, word: string): SettingValue {
  switch (row.type) {
    case "number":
    case "integer":
      return checkSetting(row, word.trim() === "" || Number.isNaN(Number(word)) ? word : Number(word));
    case "flag":
      return keyword(row.name, word, ["on", "off"]) === "on";
    case "choice":
    case "text":
      return checkSetting(row, word);
    default:
      return row satisfies never;
  }
}
