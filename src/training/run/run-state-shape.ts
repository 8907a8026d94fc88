// What the JSON of a run state must look like. A seal tells that no bit was changed, not that the right things were sealed: so
// each part is looked at before anybody trusts it. Whether its numbers fit the model is trainer-state.ts'.

import { LonghandError } from "../../base/errors.js";
import { checkSetting } from "../../base/setting.js";
import { settingRows } from "../settings/table.js";

/** Where a value is not what was wanted (`.position.at`); undefined where it is. */
type Shape = (value: unknown) => string | undefined;

const when =
  (good: (value: unknown) => boolean): Shape =>
  (value) =>
    good(value) ? undefined : "";
const number = when(Number.isFinite);
const whole = when((value) => Number.isSafeInteger(value) && (value as number) >= 0);
const boolean = when((value) => typeof value === "boolean");
const string = when((value) => typeof value === "string");
const oneOf = (...words: readonly unknown[]) => when((value) => words.includes(value));
const list =
  (each: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every((one) => each(one) === undefined) ? undefined : "";
const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined ? undefined : shape(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const object =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value) => {
    if (!isObject(value)) return "";
    for (const [name, shape] of Object.entries(fields)) {
      const wrong = shape(Object.hasOwn(value, name) ? value[name] : undefined);
      if (wrong !== undefined) return `.${name}${wrong}`;
    }
    return undefined;
  };

/** A setting that no row knows is a cell's of one's own; which cells there are, nobody here can tell. */
const settings: Shape = (value) => {
  if (!isObject(value)) return "";
  for (const [name, one] of Object.entries(value)) {
    const row = name === "cell" ? undefined : settingRows.find((each) => each.name === name);
    if (!(name === "cell" ? ["string"] : ["string", "number", "boolean"]).includes(typeof one)) return `.${name}`;
    try {
      if (row) checkSetting(row, one);
    } catch (error) {
      if (!(error instanceof LonghandError)) throw error;
      return `.${name}`;
    }
  }
  return undefined;
};

const text = object({
  names: list(string),
  bytes: whole,
  sha256: string,
  chunks: object({ complete: boolean, prints: optional(list(whole)) }),
  trained: whole,
});

const config = object({
  format: oneOf(2),
  settings: settings,
  text,
  valid: optional(text),
  transform: optional(string),
  vocabulary: string,
  warmup: whole,
  engine: string,
});

/** What older versions did not write is optional. */
const moment = object({
  position: object({ window: whole, epoch: whole, at: whole, tokens: whole }),
  settled: boolean,
  ended: boolean,
  events: whole,
  epochEnds: boolean,
  began: optional(number),
  running: object({ value: number, weight: number }),
  epochLoss: object({ nats: number, tokens: whole }),
  best: optional(object({ window: whole, nats: number })),
  baselineTold: boolean,
  hyperparameters: optional(
    object({
      rate: optional(number),
      scale: optional(number),
      bptt: optional(whole),
      clip: optional(number),
      clipBy: optional(oneOf("norm", "value")),
    }),
  ),
  history: optional(object({ first: optional(number), losses: list(number), norms: list(number) })),
  tries: optional(whole),
  brokeAt: optional(whole),
});

const about = object({ config, trainer: moment, lastGood: optional(moment) });

/** The first part of a run's JSON that is missing or of another kind: `config.text.bytes`; undefined where all is well. */
export function wrongPart(value: unknown): string | undefined {
  return about(value)?.slice(1);
}
