// Flags in place of settings: what the command line makes of the library's messages.

import { expect, test } from "vitest";
import { flagOf, flagValue, withFlags } from "../../src/cli/flags.js";
import { settingRows } from "../../src/training/settings/table.js";

test("a flag is its setting's name in kebab case, and booleans are on and off", () => {
  expect(["minFreq", "lr", "qrnnWindow"].map((name) => flagOf({ name }))).toEqual([
    "--min-freq",
    "--lr",
    "--qrnn-window",
  ]);
  expect([true, false, 3, "gru"].map(flagValue)).toEqual(["on", "off", "3", "gru"]);
});

test("a message's first word is a flag if it is the setting at fault; names and values in backticks are flags", () => {
  expect(withFlags("hidden wants a whole number; hidden units are many.", "hidden")).toBe(
    "--hidden wants a whole number; hidden units are many.",
  );
  expect(withFlags("state wants a way.")).toBe("state wants a way.");
  expect(withFlags("Lower `batch` or `maxSize`.")).toBe("Lower --batch or --max-size.");
  expect(withFlags('Set `tied: true`, `lower: false`, `lr: 0.01` or `unit: "byte"`.')).toBe(
    "Set --tied on, --lower off, --lr 0.01 or --unit byte.",
  );
  expect(withFlags('Set `specials: "<unk>,<pad>"`.')).toBe('Set --specials "<unk>,<pad>".');
});

test("every setting's flag is named by its own refusal", () => {
  for (const { name } of settingRows)
    expect(withFlags(`${name} wants more.`, name)).toBe(`${flagOf({ name })} wants more.`);
});
