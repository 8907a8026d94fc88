// Flags out of the knob table, and back into values. Nothing here knows what a knob does.

import { type Command, Option } from "commander";
import {
  flagOf,
  type Knob,
  type KnobGroup,
  type KnobValue,
  type KnobValues,
  parseKnob,
  rangeOf,
} from "../base/setting.js";

/** Adds a flag for every row, in its group's part of the help. */
export function addKnobs(command: Command, rows: readonly Knob[]): Command {
  for (const knob of rows) {
    const option = new Option(`${flagOf(knob)} <${placeholder(knob)}>`, describe(knob));
    option.helpGroup(groups[knob.group]);
    command.addOption(option.argParser((word: string): KnobValue => parseKnob(knob, word)));
  }
  return command;
}

/** The values of those rows that were given. */
export function knobValues(options: Readonly<Record<string, unknown>>, rows: readonly Knob[]): KnobValues {
  const given = rows.filter(({ name }) => options[name] !== undefined);
  return Object.fromEntries(given.map(({ name }) => [name, options[name] as KnobValue]));
}

const groups: Readonly<Record<KnobGroup, string>> = {
  text: "Text:",
  model: "Model:",
  "lanes and windows": "Lanes and windows:",
  augmentation: "Augmentation:",
  training: "Training:",
  run: "Run:",
};

function placeholder(knob: Knob): string {
  switch (knob.type) {
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
      return knob satisfies never;
  }
}

function describe(knob: Knob): string {
  const unit = knob.unit === undefined ? "" : `, in ${knob.unit}`;
  const range = knob.type === "choice" ? `: ${rangeOf(knob)}` : "";
  const start = knob.default === undefined ? "" : ` (default ${shown(knob.default)})`;
  return `${knob.help}${unit}${range}${start}`;
}

function shown(value: KnobValue): string {
  return value === true ? "on" : value === false ? "off" : String(value);
}
