// The shape of a run state's JSON. A checksum proves that no bit has changed, not that the contents are right, so each
// part is checked before it is used. trainer-state.ts checks whether the numbers fit the model.

import { LonghandError } from "../../base/errors.js";
import { checkSetting } from "../../base/setting.js";
import { settingRows } from "../settings/table.js";

/** The path of the first wrong value (`.position.at`); undefined where all is right. */
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
/** The first of two shapes that fits. */
const either =
  (a: Shape, b: Shape): Shape =>
  (value) =>
    a(value) === undefined ? undefined : b(value);
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

/** A setting without a row belongs to a cell of the user's own; which cells there are is not known here. */
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
  format: oneOf(3),
  settings: settings,
  text,
  valid: optional(text),
  transform: optional(string),
  from: optional(object({ name: string, digest: string, matched: whole, added: whole, dropped: whole })),
  vocabulary: string,
  warmup: whole,
  lengthened: optional(list(either(object({ steps: whole }), object({ epochs: whole })))),
  engine: string,
});

const trainer = object({
  position: object({ window: whole, epoch: whole, at: whole, tokens: whole }),
  settled: boolean,
  ended: boolean,
  events: whole,
  epochEnds: boolean,
  began: number,
  running: object({ value: number, weight: number }),
  epochLoss: object({ nats: number, tokens: whole }),
  best: optional(object({ window: whole, nats: number })),
  baselineEmitted: boolean,
});

const history = object({ first: optional(number), losses: list(number), norms: list(number) });

const recovery = object({
  hyperparameters: object({ rate: number, scale: number, bptt: whole, clip: number, clipBy: oneOf("norm", "value") }),
  history,
  attempts: whole,
  brokeAt: whole,
  lastGood: optional(object({ trainer, history })),
});

const about = object({ config, trainer, recovery });

/**
 * The first part of a run's JSON that is missing or of another kind: `config.text.bytes`; undefined where all is well.
 */
export function wrongPart(value: unknown): string | undefined {
  return about(value)?.slice(1);
}
