// Settings that say how a text is parted in training and validation.

import type { SettingRow } from "../../base/setting.js";
import { type ValidSplit, validSplits } from "./validation-split.js";

export const VALID_FRACTION = {
  name: "validFraction",
  group: "text",
  type: "number",
  default: 0.1,
  min: 0,
  max: 1,
  open: "max",
  help: "fraction of the text, at its end, held out for validation",
} as const satisfies SettingRow;

export const corpusSettings = [
  VALID_FRACTION,
  {
    name: "validSplit",
    group: "text",
    type: "choice",
    default: undefined,
    choices: validSplits,
    help: "what is held out: the end, ten blocks, or drawn documents; unset: shuffle with documents, else end",
  },
  {
    name: "vocabFrom",
    group: "text",
    type: "choice",
    default: "train",
    choices: ["train", "all"],
    help: "build the vocabulary from the training part, or from the whole text",
  },
] as const satisfies readonly SettingRow[];

/** The settings of a corpus that say how a text is parted. */
export interface PartSettings {
  readonly validFraction: number;
  readonly validSplit: ValidSplit;
  readonly seed: number;
  readonly vocabFrom: "train" | "all";
}
