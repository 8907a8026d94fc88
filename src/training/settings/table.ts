// Every setting of a run, collected: the text's, the model's, the lanes', the training's, each kind of cell, optimizer and schedule
// giving its own rows. Flags, help, the saved config's check and docs/settings.md are all drawn from `settings`.

import type { SettingRow } from "../../base/setting.js";
import { engineNames } from "../../compute/engines.js";
import { cells } from "../../model/cells/index.js";
import { modelSettings } from "../../model/layout/spec.js";
import { laneChanges } from "../../model/layout/state.js";
import { corpusSettings } from "../../text/encoding/corpus.js";
import { fieldSettings } from "../../text/encoding/field.js";
import { windowSettings } from "../../text/windows/windows.js";
import { cureSettings } from "../divergence/recovery.js";
import { augmentationSettings } from "./augmentation.js";
import { optimizers } from "./optimizer.js";
import { readingSettings } from "./reading.js";
import { schedules } from "./schedule.js";
import { statePolicies } from "./state-policy.js";

const specialsSetting: SettingRow = {
  name: "specials",
  group: "text",
  type: "text",
  default: undefined,
  form: "names with commas between, like <unk>,<pad>",
  help: "first entries of the vocabulary; unset: <unk>, and none for bytes",
};

const cellSetting: SettingRow = {
  name: "cell",
  group: "model",
  type: "choice",
  default: "gru",
  choices: cells.map((cell) => cell.kind),
  help: "the recurrent unit",
};

const laneSettings: readonly SettingRow[] = [
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
  ...windowSettings,
  ...readingSettings,
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
    choices: Object.keys(statePolicies),
    help: "when the carried state starts again from zero: at each epoch, never, in every window; lesson: never, and validation hands its state on",
  },
  {
    name: "validState",
    group: "lanes and windows",
    type: "choice",
    default: undefined,
    choices: ["zero", "copy"],
    help: "what validation starts from: zero, or a copy of training's state; unset: copy where --state is never or lesson",
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

const trainingSettings: readonly SettingRow[] = [
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
  ...unique(optimizers.flatMap((each) => each.settings)),
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
  ...unique(schedules.flatMap((each) => each.settings)),
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

export const threadsSetting: SettingRow = {
  name: "threads",
  group: "run",
  type: "integer",
  default: undefined,
  min: 1,
  max: 256,
  help: "threads that compute, no more than lanes; unset: all cores, fewer for a small model. No bit depends on it",
};

const runSettings: readonly SettingRow[] = [
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
    choices: engineNames,
    help: "what computes: auto is the fastest that works here",
  },
  threadsSetting,
];

/** All of them, in the order in which they are shown. */
export const settingRows: readonly SettingRow[] = [
  ...fieldSettings,
  specialsSetting,
  ...corpusSettings,
  cellSetting,
  ...modelSettings,
  ...unique(cells.flatMap((cell) => cell.settings)),
  ...laneSettings,
  ...augmentationSettings,
  ...trainingSettings,
  ...cureSettings,
  ...runSettings,
];

function unique(rows: readonly SettingRow[]): SettingRow[] {
  return [...new Map(rows.map((row) => [row.name, row])).values()];
}
