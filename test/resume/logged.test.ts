// Results of a log that screens show again: lines of any content are skipped, and counted.

import { expect, test } from "vitest";
import { loggedResults } from "../../src/training/run/logged.js";

const score = { nats: 2, bpc: 3, bpb: 3, perplexity: 7.4, tokens: 10 };
const baseline = { kind: "baseline", uniform: score, ngram: score, order: 3 };
const validation = { kind: "validation", window: 9, epoch: 0, best: true, ...score };

test("the last baseline and all validations are found among other lines", () => {
  const lines = [
    { kind: "start" },
    baseline,
    validation,
    { kind: "saved", process: true },
    { ...validation, window: 18 },
  ];
  expect(loggedResults(lines, "log")).toEqual({
    baseline,
    validations: [validation, { ...validation, window: 18 }],
    warning: undefined,
  });
});

test.each([
  null,
  1,
  "\u001b[2J",
  [],
  {},
  { kind: 1 },
  { kind: "baseline" },
  { ...baseline, order: "x" },
  { ...baseline, ngram: null },
  { ...baseline, uniform: { ...score, nats: "x" } },
  { kind: "validation" },
  { ...validation, nats: "x" },
  { ...validation, bpc: null },
  { ...validation, lesson: {} },
])("%j is skipped with a warning", (line) => {
  expect(loggedResults([line, validation], "r/log.jsonl")).toEqual({
    baseline: undefined,
    validations: [validation],
    warning: "r/log.jsonl: 1 line is skipped, which longhand did not write.",
  });
});
