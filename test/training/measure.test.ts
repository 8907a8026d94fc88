// Tests of the measurement that turns minutes into windows: a trial that diverges gives the time of what it did, or the
// reason; never a run of one update.

import { expect, test } from "vitest";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { measureWindows, windowsIn } from "../../src/training/measure.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { secondsPerWindow } from "../../src/training/trial.js";
import { fastest } from "../helpers/engines.js";
import { tinySettings, tinyText } from "../helpers/run.js";
import { input } from "../text/helpers.js";

const corpus = await readCorpus([input(tinyText(2000))], { field: createField() });
const wild = checkSettings({
  ...tinySettings,
  epochs: undefined,
  ...{ cell: "rnn", nonlinearity: "relu", optimizer: "sgd", momentum: 0.9, schedule: "constant" },
  ...{ lr: 1e5, clip: 0, bptt: 20, hidden: 12, tries: 0 },
});
const options = { engine: fastest, cell: undefined };

test("minutes hold as many windows as their seconds, by the median; at least one", () => {
  expect(windowsIn(180, [0.5, 0.02, 0.03])).toBe(6000);
  expect(windowsIn(0.001, [1])).toBe(1);
});

test("a measurement of no window ends with the reason, and the setting to change", () => {
  expect(() => windowsIn(180, [Number.POSITIVE_INFINITY])).toThrow(
    expect.objectContaining({ code: "usage", setting: "minutes", message: expect.stringContaining("diverged") }),
  );
});

test("a trial that diverges before all is timed gives the time of its windows, where that is asked", async () => {
  const timing = () => {
    let now = 0;
    return { clock: () => (now += 0.01), warm: 1, measured: 1 };
  };
  expect(await secondsPerWindow(corpus, wild, options, timing())).toBe(Number.POSITIVE_INFINITY);
  const seconds = await secondsPerWindow(corpus, wild, options, { ...timing(), partial: true });
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan(5);
  expect(await measureWindows(corpus, wild, options, 3)).toBeGreaterThan(20);
});
