// A knob is a row of a table: one setting a user may turn. Flags, help, the saved config's validation and docs/knobs.md are
// drawn from these rows; nothing else lists settings.

import { keyword, usageError } from "./errors.js";

export type KnobGroup = "text" | "model" | "lanes and windows" | "augmentation" | "training" | "run";

interface KnobBase {
  /** camelCase; the flag is its kebab-case. */
  readonly name: string;
  readonly group: KnobGroup;
  /** One sentence, without the full stop. */
  readonly help: string;
  readonly unit?: string;
}

export type Knob = KnobBase &
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

export type KnobValue = number | string | boolean;
export type KnobValues = Readonly<Record<string, KnobValue | undefined>>;

/** The flag of a knob: `minFreq` → `--min-freq`. */
export function flagOf(knob: { name: string }): string {
  return `--${knob.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** "1 to 65536", "above 0, at most 1", "rnn | gru | lstm", "on | off". */
export function rangeOf(knob: Knob): string {
  switch (knob.type) {
    case "number":
    case "integer": {
      const openMin = knob.open === "min" || knob.open === "both";
      const openMax = knob.open === "max" || knob.open === "both";
      const low = Number.isFinite(knob.min) ? `${openMin ? "above" : "from"} ${knob.min}` : "";
      const high = Number.isFinite(knob.max) ? `${openMax ? "below" : "to"} ${knob.max}` : "";
      return [low, high].filter((part) => part !== "").join(" ");
    }
    case "choice":
      return knob.choices.join(" | ");
    case "flag":
      return "on | off";
    case "text":
      return knob.form;
    default:
      return knob satisfies never;
  }
}

/** As a person would write it; JSON has no NaN and no Infinity. */
function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** Checks a value that came from a config file or a caller; returns it, or throws what was wanted and what came. */
export function checkKnob(knob: Knob, value: unknown): KnobValue {
  const name = flagOf(knob);
  switch (knob.type) {
    case "number":
    case "integer": {
      const openMin = knob.open === "min" || knob.open === "both";
      const openMax = knob.open === "max" || knob.open === "both";
      const whole = knob.type === "integer" ? "a whole number" : "a number";
      if (
        typeof value !== "number" ||
        Number.isNaN(value) ||
        (knob.type === "integer" && !Number.isSafeInteger(value)) ||
        value < knob.min ||
        value > knob.max ||
        (openMin && value === knob.min) ||
        (openMax && value === knob.max)
      ) {
        throw usageError(`${name} wants ${whole} ${rangeOf(knob)}; got ${shown(value)}.`);
      }
      return value;
    }
    case "choice":
      return keyword(name, String(value), knob.choices);
    case "flag":
      if (typeof value !== "boolean") throw usageError(`${name} wants on or off; got ${JSON.stringify(value)}.`);
      return value;
    case "text":
      if (typeof value !== "string") throw usageError(`${name} wants ${knob.form}; got ${JSON.stringify(value)}.`);
      return value;
    default:
      return knob satisfies never;
  }
}

/** Reads a flag's word into the knob's type, then checks it. */
export function parseKnob(knob: Knob, word: string): KnobValue {
  switch (knob.type) {
    case "number":
    case "integer":
      return checkKnob(knob, word.trim() === "" || Number.isNaN(Number(word)) ? word : Number(word));
    case "flag":
      return keyword(flagOf(knob), word, ["on", "off"]) === "on";
    case "choice":
    case "text":
      return checkKnob(knob, word);
    default:
      return knob satisfies never;
  }
}
