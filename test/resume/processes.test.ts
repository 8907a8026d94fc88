// The same in real processes and a real folder, through the built package: a run stopped by one process and gone on
// with by another, which knows nothing but the folder, ends as a run in one process does.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { all, thinned } from "../helpers/random.js";
import { folderOutcome, runProcess, tinyText } from "../helpers/run.js";

const root = mkdtempSync(join(tmpdir(), "longhand-"));
afterAll(() => rmSync(root, { recursive: true }));
const text = join(root, "text.txt");
writeFileSync(text, tinyText(900));

const runs = [
  { cell: "qrnn", qrnnWindow: 2, layers: 2, windowRule: "awd", logEvery: 2 },
  { cell: "lstm", layers: 2, dropout: 0.3, windowRule: "awd", schedule: "cosine", logEvery: 3 },
  {
    cell: "gru",
    unit: "word",
    resetState: "never",
    optimizer: "sgd",
    momentum: 0.9,
    schedule: "one-cycle",
    validateEvery: 4,
  },
];
test.each(thinned(runs, 3))("a run handed from process to process ends as in one process: %o", async (settings) => {
  const life = (name: string, options: object) => runProcess({ out: join(root, name), text, ...options }).ended;
  const handed = `${settings.cell}-handed`;
  expect(await life(settings.cell, { settings })).toBe("saved");
  expect(await life(handed, { settings, stop: 3 })).toBe("interrupted");
  for (const stop of [1, 0, 5]) expect(await life(handed, { stop })).toBe("interrupted");
  expect(await life(handed, {})).toBe("saved");
  expect(folderOutcome(join(root, handed))).toEqual(folderOutcome(join(root, settings.cell)));
});

test("a run whose every window is another process's ends as in one process", async () => {
  const steps = all ? 10 : 5;
  const settings = { cell: "gru", steps, validateEvery: 4, sampleEvery: 3 };
  const life = (name: string, options: object) => runProcess({ out: join(root, name), text, ...options }).ended;
  expect(await life("whole", { settings })).toBe("saved");
  let processes = 1;
  for (let last = await life("shared", { settings, stop: 1 }); last !== "saved"; processes++) {
    expect(last).toBe("interrupted");
    last = await life("shared", { stop: 1 });
  }
  expect(processes).toBeGreaterThanOrEqual(steps);
  expect(folderOutcome(join(root, "shared"))).toEqual(folderOutcome(join(root, "whole")));
});
