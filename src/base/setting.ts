// A setting is a row of a table: one setting a user may turn. Flags, help, the saved config's validation and docs/settings.md are
// drawn from these rows; nothing else lists settings.

import { keyword, usageError } from "./errors.js";

export type SettingGroup = "text" | "model" | "lanes and windows" | "augmentation" | "training" | "run";

interface SettingBase {
  /** camelCase; the flag is its kebab-case. */
  readonly name: string;
  readonly group: SettingGroup;
  /** One sentence, without the full stop. */
  readonly help: string;
  readonly unit?: string;
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
export type SettingValues = Readonly<Record<string, SettingValue | undefined>>;

/** The flag of a setting: `minFreq` → `--min-freq`. */
export function flagOf(setting: { name: string }): string {
  return `--${setting.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

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

/** As a person would write it; JSON has no NaN and no Infinity. */
function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** Checks a value that came from a config file or a caller; returns it, or throws what was wanted and what came. */
export function checkSetting(setting: SettingRow, value: unknown): SettingValue {
  const name = flagOf(setting);
  switch (setting.type) {
    case "number":
    case "integer": {
      const openMin = setting.open === "min" || setting.open === "both";
      const openMax = setting.open === "max" || setting.open === "both";
      const whole = setting.type === "integer" ? "a whole number" : "a number";
      if (
        typeof value !== "number" ||
        Number.isNaN(value) ||
        (setting.type === "integer" && !Number.isSafeInteger(value)) ||
        value < setting.min ||
        value > setting.max ||
        (openMin && value === setting.min) ||
        (openMax && value === setting.max)
      ) {
        throw usageError(`${name} wants ${whole} ${rangeOf(setting)}; got ${shown(value)}.`);
      }
      return value;
    }
    case "choice":
      return keyword(name, String(value), setting.choices);
    case "flag":
      if (typeof value !== "boolean") throw usageError(`${name} wants on or off; got ${JSON.stringify(value)}.`);
      return value;
    case "text":
      if (typeof value !== "string") throw usageError(`${name} wants ${setting.form}; got ${JSON.stringify(value)}.`);
      return value;
    default:
      return setting satisfies never;
  }
}

/** Reads a flag's word into the setting's type, then checks it. */
export function parseSetting(setting: SettingRow, word: string): SettingValue {
  switch (setting.type) {
    case "number":
    case "integer":
      return checkSetting(setting, word.trim() === "" || Number.isNaN(Number(word)) ? word : Number(word));
    case "flag":
      return keyword(flagOf(setting), word, ["on", "off"]) === "on";
    case "choice":
    case "text":
      return checkSetting(setting, word);
    default:
      return setting satisfies never;
  }
}
