// A setting's rows: flags, ranges, and what a wrong value is told.

import { expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import {
  checkRows,
  checkSetting,
  parseSetting,
  rangeOf,
  refuseUnknown,
  type SettingRow,
} from "../../src/base/setting.js";
import { fc } from "../helpers/random.js";

const row = { group: "training", help: "a row for tests" } as const;
const rate: SettingRow = { ...row, name: "learningRate", type: "number", default: 0.001, min: 0, max: 10, open: "min" };
const share: SettingRow = { ...row, name: "share", type: "number", default: 0, min: 0, max: 1, open: "max" };
const lanes: SettingRow = { ...row, name: "batch", type: "integer", default: 64, min: 1, max: 65536 };
const cell: SettingRow = { ...row, name: "cell", type: "choice", default: "gru", choices: ["rnn", "gru", "lstm"] };
const lower: SettingRow = { ...row, name: "lower", type: "flag", default: false };
const out: SettingRow = { ...row, name: "out", type: "text", default: undefined, form: "a path" };
const free: SettingRow = { ...row, name: "free", type: "number", default: 0, min: -Infinity, max: Infinity };

/** What `act` throws; it must be an error for a user. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof LonghandError && error.code === "usage") return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("a range reads as words", () => {
  expect([rate, share, lanes, cell, lower, out, free].map(rangeOf)).toEqual([
    "above 0 to 10",
    "from 0 below 1",
    "from 1 to 65536",
    "rnn | gru | lstm",
    "on | off",
    "a path",
    "",
  ]);
});

test("a word is read into its setting's type", () => {
  expect(parseSetting(rate, "1e-3")).toBe(0.001);
  expect(parseSetting(lanes, "64")).toBe(64);
  expect(parseSetting(cell, "lstm")).toBe("lstm");
  expect([parseSetting(lower, "on"), parseSetting(lower, "off")]).toEqual([true, false]);
  expect(parseSetting(out, "runs/a b")).toBe("runs/a b");
});

test("bounds are allowed where closed and refused where open", () => {
  expect([checkSetting(rate, 10), checkSetting(share, 0), checkSetting(lanes, 1), checkSetting(lanes, 65536)]).toEqual([
    10, 0, 1, 65536,
  ]);
  for (const [setting, value] of [
    [rate, 0],
    [share, 1],
    [lanes, 0],
    [lanes, 65537],
  ] as const) {
    expect(refusal(() => checkSetting(setting, value))).toContain(`got ${value}.`);
  }
});

test("a wrong value is told what was wanted and what came", () => {
  expect(refusal(() => parseSetting(lanes, "6.5"))).toBe("batch wants a whole number from 1 to 65536; got 6.5.");
  expect(refusal(() => parseSetting(lanes, ""))).toBe('batch wants a whole number from 1 to 65536; got "".');
  expect(refusal(() => parseSetting(rate, "fast"))).toBe('learningRate wants a number above 0 to 10; got "fast".');
  expect(refusal(() => parseSetting(rate, "1e999"))).toContain("got Infinity.");
  expect(refusal(() => checkSetting(rate, NaN))).toContain("got NaN.");
  expect(refusal(() => checkSetting(rate, undefined))).toContain("got undefined.");
  expect(refusal(() => parseSetting(cell, "gro"))).toBe('cell wants one of rnn, gru, lstm; got "gro".');
  expect(refusal(() => parseSetting(lower, "yes"))).toBe('lower wants one of on, off; got "yes".');
  expect(refusal(() => checkSetting(lower, "on"))).toBe('lower wants true or false; got "on".');
  expect(refusal(() => checkSetting(out, 3))).toBe("out wants a path; got 3.");
});

test("rows give all their values, checked or by default, and an unknown name is refused with the nearest", () => {
  expect(checkRows([lanes, cell, out], { batch: 3, more: 1 })).toEqual({ batch: 3, cell: "gru", out: undefined });
  expect(refusal(() => checkRows([lanes], { batch: 0 }))).toContain("batch wants");
  expect(refusal(() => refuseUnknown({ batch: 1, cel: 2 }, ["batch", "cell"]))).toBe('There is no setting "cel".');
  expect(() => refuseUnknown({ batch: 1 }, ["batch"])).not.toThrow();
});

test("whatever word comes, a number setting gives a number in its range or an error for a user", () => {
  const word = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.integer().map(String),
    fc.constantFrom("0x10", "1e400", "-0"),
  );
  fc.assert(
    fc.property(word, fc.constantFrom(rate, share, lanes), (text, setting) => {
      try {
        const value = parseSetting(setting, text);
        expect(typeof value === "number" && value >= 0 && value <= 65536).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(LonghandError);
      }
    }),
  );
});
