// Scope of settings: a call refuses what it cannot heed, by its name.

import { expect, test } from "vitest";
import { refuseBesideText, refuseForTrainer } from "../../src/training/settings/scope.js";
import type { Settings } from "../../src/training/settings/settings.js";
import { messageOf } from "../text/helpers.js";

test("readText heeds the text's settings alone", async () => {
  expect(() => refuseBesideText({ unit: "byte", validFraction: 0.2, bptt: undefined }, "readText")).not.toThrow();
  expect(await messageOf(() => refuseBesideText({ unit: "byte", bptt: 8 }, "readText"))).toBe(
    "LonghandError: bptt does nothing in readText.\nGive it where the model is trained.",
  );
});

test.each([
  [{ minutes: 3 }, "minutes does nothing in createTrainer.\nSet `steps` or `epochs`."],
  [{ unit: "byte" }, "unit does nothing in createTrainer.\nGive it where the text is read."],
  [{ saveEvery: 1 }, "saveEvery does nothing in createTrainer.\nA run in a folder heeds it."],
] as const)("a bare trainer over a corpus refuses %j", async (settings: Settings, says) => {
  expect(await messageOf(() => refuseForTrainer({ hidden: 8, ...settings }, "createTrainer"))).toBe(
    `LonghandError: ${says}`,
  );
});
