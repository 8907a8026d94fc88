// Every setting of a run, collected: the text's, the model's, the lanes', the training's, each kind of cell, optimizer
// and schedule giving its own rows. Flags, help, the saved config's check and docs/settings.md are all drawn from
// `settings`.

import type { SettingRow } from "../../base/setting.js";
import { engineNames } from "../../compute/engines.js";
import { cells } from "../../model/cells/index.js";
import { modelSettings } from "../../model/layout/spec.js";
import { laneChanges } from "../../model/layout/state.js";
import { fieldSettings } from "../../text/encoding/field.js";
import { corpusSettings } from "../../text/encoding/part-settings.js";
import { sourceSettings } from "../../text/reading/settings.js";
import { windowSettings } from "../../text/windows/windows.js";
import { augmentationSettings } from "./augmentation.js";
import { optimizers } from "./optimizer.js";
import { readingSettings } from "./reading.js";
import { recoverySettings } from "./recovery.js";
import { schedules } from "./schedule.js";
import { statePolicies } from "./state-policy.js";

const specialsSetting = {
  name: "specials",
  group: "text",
  type: "text",
  default: undefined,
  form: "names with commas between, like <unk>,<pad>",
  help: "first entries of the vocabulary; unset: <unk>, and none for bytes",
} as const satisfies SettingRow;

const cellSetting = {
  name: "cell",
  common: true,
  group: "model",
  type: "choice",
  default: "gru",
  choices: cells.map((cell) => cell.kind),
  help: "recurrent cell",
} as const satisfies SettingRow;

const laneSettings = [
  {
    name: "batch",
    common: true,
    group: "lanes and windows",
    type: "integer",
    default: undefined,
    min: 1,
    max: 65536,
    unit: "lanes",
    help: "batch size: lanes read in parallel; unset: 1 to 32, by the length of the text",
  },
  {
    name: "bptt",
    common: true,
    group: "lanes and windows",
    type: "integer",
    default: 64,
    min: 1,
    max: 65536,
    unit: "tokens",
    help: "window length, after which backpropagation through time is cut",
  },
  ...windowSettings,
  ...readingSettings,
  {
    name: "lrRescale",
    group: "lanes and windows",
    type: "flag",
    default: undefined,
    help: "scale the learning rate with window length; unset: with windowRule awd",
  },
  {
    name: "resetState",
    group: "lanes and windows",
    type: "choice",
    default: "epoch",
    choices: Object.keys(statePolicies),
    help: "when the carried state is reset to zero; lesson: never, validation passes it on",
  },
  {
    name: "validState",
    group: "lanes and windows",
    type: "choice",
    default: undefined,
    choices: ["zero", "copy"],
    help: "initial validation state; unset: copy with resetState never or lesson, else zero",
  },
  {
    name: "laneChange",
    group: "lanes and windows",
    type: "choice",
    default: "zero",
    choices: laneChanges,
    help: "carried state when the number of lanes changes: zero it, or keep it",
  },
] as const satisfies readonly SettingRow[];

const trainingSettings = [
  {
    name: "optimizer",
    group: "training",
    type: "choice",
    default: "adam",
    choices: optimizers.map((each) => each.kind),
    help: "optimizer",
  },
  {
    name: "lr",
    common: true,
    group: "training",
    type: "number",
    default: 0.003,
    min: 0,
    max: 1e12,
    help: "peak learning rate",
  },
  ...unique(optimizers.flatMap((each) => each.settings)),
  {
    name: "schedule",
    group: "training",
    type: "choice",
    default: "cosine",
    choices: schedules.map((each) => each.kind),
    help: "learning-rate schedule",
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
    help: "linear warm-up of the learning rate",
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
    help: "clip the norm of the whole gradient, or each element",
  },
  {
    name: "epochs",
    common: true,
    group: "training",
    type: "integer",
    default: undefined,
    min: 1,
    max: 1e9,
    help: "passes over the training text; unset: by its length, or as rates says",
  },
  {
    name: "steps",
    group: "training",
    type: "integer",
    default: undefined,
    min: 1,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "stop after this many updates, whatever the epoch",
  },
  {
    name: "minutes",
    common: true,
    group: "training",
    type: "number",
    default: undefined,
    min: 0,
    max: 1e6,
    open: "min",
    unit: "minutes",
    help: "training time, about; a short measurement turns it into steps",
  },
] as const satisfies readonly SettingRow[];

export const threadsSetting = {
  name: "threads",
  group: "run",
  type: "integer",
  default: undefined,
  min: 1,
  max: 256,
  help: "compute threads, at most batch; no bit depends on it; unset: automatic",
} as const satisfies SettingRow;

const runSettings = [
  {
    name: "seed",
    common: true,
    group: "run",
    type: "integer",
    default: 1,
    min: 0,
    max: 2 ** 53 - 1,
    help: "seed of every random choice",
  },
  {
    name: "validateEvery",
    group: "run",
    type: "integer",
    default: 0,
    min: 0,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "validation interval; 0: at the end of each epoch",
  },
  {
    name: "sampleEvery",
    group: "run",
    type: "integer",
    default: 0,
    min: 0,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "interval between samples of text; 0: with each validation",
  },
  {
    name: "sampleLength",
    group: "run",
    type: "integer",
    default: 200,
    min: 0,
    max: 1e6,
    unit: "tokens",
    help: "length of a sample; 0: none",
  },
  {
    name: "logEvery",
    group: "run",
    type: "integer",
    default: 10,
    min: 1,
    max: 2 ** 53 - 1,
    unit: "windows",
    help: "log every Nth window",
  },
  {
    name: "saveEvery",
    group: "run",
    type: "number",
    default: 30,
    min: 0,
    max: 1e6,
    unit: "seconds",
    help: "interval between saves of the run's state; 0: after every window",
  },
  {
    name: "engine",
    group: "run",
    type: "choice",
    default: "auto",
    choices: engineNames,
    help: "compute engine; auto: the fastest that works here",
  },
  threadsSetting,
] as const satisfies readonly SettingRow[];

/** All of them, in the order in which they are shown. */
export const settingRows: readonly SettingRow[] = [
  ...fieldSettings,
  specialsSetting,
  ...sourceSettings,
  ...corpusSettings,
  cellSetting,
  ...modelSettings,
  ...unique(cells.flatMap((cell) => cell.settings)),
  ...laneSettings,
  ...augmentationSettings,
  ...trainingSettings,
  ...recoverySettings,
  ...runSettings,
];

function unique(rows: readonly SettingRow[]): SettingRow[] {
  return [...new Map(rows.map((row) => [row.name, row])).values()];
}
