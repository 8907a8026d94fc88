// Every knob of a run, collected: the text's, the model's, the lanes', the training's, each kind of cell, optimizer and schedule
// giving its own rows. Flags, help, the saved config's check and docs/knobs.md are all drawn from `knobs`.

import { nearest, usageError } from "../base/errors.js";
import { checkKnob, flagOf, type Knob, type KnobValues } from "../base/knob.js";
import type { Cell } from "../model/cell.js";
import { cells } from "../model/cells.js";
import { modelKnobs } from "../model/spec.js";
import { laneChanges } from "../model/state.js";
import { corpusKnobs } from "../text/corpus.js";
import { fieldKnobs } from "../text/field.js";
import { windowKnobs } from "../text/windows.js";
import { optimizers } from "./optimizer.js";
import { schedules } from "./schedule.js";

const cellKnob: Knob = {
  name: "cell",
  group: "model",
  type: "choice",
  default: "gru",
  choices: cells.map((cell) => cell.kind),
  help: "the recurrent unit",
};

const laneKnobs: readonly Knob[] = [
  {
    name: "batch",
    group: "lanes and windows",
    type: "integer",
    default: 32,
    min: 1,
    max: 65536,
    unit: "lanes",
    help: "contiguous streams the text is cut into, read side by side",
  },
  {
    name: "bptt",
    group: "lanes and windows",
    type: "integer",
    default: 64,
    min: 1,
    max: 65536,
    unit: "tokens",
    help: "length of a window: how far back a gradient reaches",
  },
  ...windowKnobs,
  {
    name: "lrRescale",
    group: "lanes and windows",
    type: "flag",
    default: undefined,
    help: "a window's rate is in proportion to its length; unset: on for the window rule awd",
  },
  {
    name: "state",
    group: "lanes and windows",
    type: "choice",
    default: "epoch",
    choices: ["epoch", "never"],
    help: "when the carried state starts again from zero: at each epoch, or never",
  },
  {
    name: "validState",
    group: "lanes and windows",
    type: "choice",
    default: undefined,
    choices: ["zero", "copy"],
    help: "what validation starts from: zero, or a copy of training's state; unset: copy where --state is never",
  },
  {
    name: "laneChange",
    group: "lanes and windows",
    type: "choice",
    default: "zero",
    choices: laneChanges,
    help: "what becomes of a carried state when the number of lanes changes",
  },
];

const trainingKnobs: readonly Knob[] = [
  {
    name: "optimizer",
    group: "training",
    type: "choice",
    default: "adam",
    choices: optimizers.map((each) => each.kind),
    help: "how gradients move the weights",
  },
  {
    name: "lr",
    group: "training",
    type: "number",
    default: 0.003,
    min: 0,
    max: 1e12,
    help: "learning rate, the schedule's highest",
  },
  ...unique(optimizers.flatMap((each) => each.knobs)),
  {
    name: "schedule",
    group: "training",
    type: "choice",
    default: "cosine",
    choices: schedules.map((each) => each.kind),
    help: "how the rate goes from the first window to the last",
  },
  {
    name: "warmup",
    group: "training",
    type: "number",
    default: 0,
    min: 0,
    max: 1,
    open: "max",
    unit: "share of all windows",
    help: "over this part the rate grows to the schedule's",
  },
  ...unique(schedules.flatMap((each) => each.knobs)),
  {
    name: "clip",
    group: "training",
    type: "number",
    default: 1,
    min: 0,
    max: 1e12,
    help: "largest norm (or value) of the mean gradient; 0 is off",
  },
  {
    name: "clipBy",
    group: "training",
    type: "choice",
    default: "norm",
    choices: ["norm", "value"],
    help: "clip the gradient as a whole, or each of its elements",
  },
  {
    name: "epochs",
    group: "training",
    type: "integer",
    default: undefined,
    min: 1,
    max: 1e9,
    help: "times the training part is read; unset: 10, or as --rates says",
  },
  {
    name: "steps",
    group: "training",
    type: "integer",
    default: undefined,
    min: 1,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "stop after so many windows, whatever the epoch",
  },
  {
    name: "minutes",
    group: "training",
    type: "number",
    default: undefined,
    min: 0,
    max: 1e6,
    open: "min",
    help: "about how long to train: a short measurement turns it into --steps, which is recorded",
  },
];

const runKnobs: readonly Knob[] = [
  {
    name: "seed",
    group: "run",
    type: "integer",
    default: 1,
    min: 0,
    max: 2 ** 53 - 1,
    help: "where all randomness comes from",
  },
  {
    name: "validateEvery",
    group: "run",
    type: "integer",
    default: 0,
    min: 0,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "how often to validate; 0 is at each epoch's end",
  },
  {
    name: "sampleEvery",
    group: "run",
    type: "integer",
    default: 0,
    min: 0,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "how often to write a sample of text; 0 is with each validation",
  },
  {
    name: "sampleLength",
    group: "run",
    type: "integer",
    default: 200,
    min: 0,
    max: 1e6,
    unit: "tokens",
    help: "length of such a sample; 0 is none",
  },
  {
    name: "logEvery",
    group: "run",
    type: "integer",
    default: 10,
    min: 1,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "every how many windows one is written to the log",
  },
  {
    name: "saveEvery",
    group: "run",
    type: "number",
    default: 30,
    min: 0,
    max: 1e6,
    unit: "seconds",
    help: "how often the run's state is saved; 0 is after every window",
  },
  {
    name: "engine",
    group: "run",
    type: "choice",
    default: "auto",
    choices: ["auto", "wasm", "wasm-simd", "reference"],
    help: "what computes: auto is the fastest that works here",
  },
];

/** All of them, in the order in which they are shown. */
export const knobs: readonly Knob[] = [
  ...fieldKnobs,
  ...corpusKnobs,
  cellKnob,
  ...modelKnobs,
  ...unique(cells.flatMap((cell) => cell.knobs)),
  ...laneKnobs,
  ...trainingKnobs,
  ...runKnobs,
];

/** Knobs that may differ between a run and its continuation: they change no bit of it, or only add to its end. */
export const freeKnobs: readonly string[] = ["saveEvery", "engine", "minutes", "epochs"];

/**
 * Checks values that came from a caller or a config and fills in the defaults. An unknown name is refused with the nearest
 * known one. A cell of one's own brings its knobs, and its kind is allowed.
 */
export function checkKnobs(values: KnobValues, own?: Cell): KnobValues {
  const rows = own ? [...knobs.map((row) => allowCell(row, own)), ...own.knobs] : knobs;
  const byName = new Map(rows.map((row) => [row.name, row]));
  for (const name of Object.keys(values)) {
    if (byName.has(name)) continue;
    const near = nearest(name, [...byName.keys()]);
    throw usageError(`There is no setting ${JSON.stringify(name)}.`, near && `Did you mean ${near}?`);
  }
  const checked: Record<string, KnobValues[string]> = {};
  for (const row of byName.values()) {
    const value = values[row.name] ?? row.default;
    if (value !== undefined) checked[row.name] = checkKnob(row, value);
  }
  refuseIdle(checked, own);
  return checked;
}

/** A knob of another kind than the chosen one, turned from its default, is a mistake worth telling. */
function refuseIdle(values: KnobValues, own: Cell | undefined): void {
  const families = [
    { name: "cell", kinds: own ? [...cells, own] : cells },
    { name: "optimizer", kinds: optimizers },
    { name: "schedule", kinds: schedules },
  ];
  for (const { name, kinds } of families) {
    const chosen = kinds.find((each) => each.kind === values[name]);
    const its = new Set(chosen?.knobs.map((row) => row.name));
    for (const row of kinds.flatMap((each) => each.knobs)) {
      if (its.has(row.name) || values[row.name] === undefined || values[row.name] === row.default) continue;
      const owners = kinds.filter((each) => each.knobs.some((k) => k.name === row.name)).map((each) => each.kind);
      throw usageError(
        `${flagOf(row)} does nothing with --${name} ${values[name]}.`,
        `Leave it out, or say --${name} ${owners.join(" or ")}.`,
      );
    }
  }
}

/** The differences between two sets of values, each as a line for a person. `free` names are passed over. */
export function knobDifferences(was: KnobValues, now: KnobValues, free: readonly string[] = []): string[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter((name) => !free.includes(name));
  return names
    .filter((name) => was[name] !== now[name])
    .map((name) => `${flagOf({ name })} was ${show(was[name])} and is now ${show(now[name])}`);
}

function show(value: KnobValues[string]): string {
  return value === undefined ? "unset" : typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

function allowCell(row: Knob, own: Cell): Knob {
  return row.name === "cell" && row.type === "choice" ? { ...row, choices: [...row.choices, own.kind] } : row;
}

function unique(rows: readonly Knob[]): Knob[] {
  return [...new Map(rows.map((row) => [row.name, row])).values()];
}
