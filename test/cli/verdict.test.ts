// Tests of the last line of a training run: what it says and what it says to try.

import { expect, test } from "vitest";
import { againWith } from "../../src/cli/invocation.js";
import { type Ended, verdictOf } from "../../src/cli/show/verdict.js";

const score = (nats: number) => ({ nats, bpc: 0, bpb: 0, perplexity: 0, tokens: 1000 });
const baseline = { kind: "baseline", uniform: score(4), ngram: score(1.5), order: 6 } as const;

/** A run whose validations have these losses, ten windows apart. */
function ended(losses: readonly number[], rest: Partial<Ended> = {}) {
  const validations = losses.map((nats, i) => {
    return { kind: "validation", window: 10 * (i + 1), epoch: i, best: false, ...score(nats) } as const;
  });
  return verdictOf({ baseline, validations, kept: "best", settings: { epochs: 10, batch: 8 }, ...rest });
}

test.each([
  ["below the n-gram and level", ended([1.8, 1.5, 1.41, 1.4, 1.4])],
  ["a little above it", ended([1.8, 1.56, 1.54, 1.54, 1.54])],
  ["without a validation", ended([])],
])("nothing is said of a run that ends %s", (_, verdict) => expect(verdict).toBeUndefined());

test("above the n-gram and still falling: twice as long, in fewer lanes if there are many", () => {
  const falling = [3, 2.6, 2.4, 2.2, 2, 1.9];
  expect(ended(falling)).toEqual({
    text: "The network is 0.40 nats above the 6-gram; the validation loss was still falling.",
    flags: ["--epochs", "20"],
  });
  expect(ended(falling, { settings: { epochs: 10, batch: 32 } })?.flags).toEqual(["--epochs", "20", "--batch", "16"]);
  expect(ended(falling, { settings: { minutes: 1.5, steps: 77, batch: 8 } })?.flags).toEqual(["--minutes", "3"]);
  expect(ended(falling, { settings: { steps: 77, epochs: 10, batch: 8 } })?.flags).toEqual(["--steps", "154"]);
});

test("without an n-gram a loss that still falls is told", () => {
  expect(ended([2, 1.9, 1.8, 1.7, 1.6, 1.5], { baseline: undefined })?.text).toBe(
    "The validation loss was still falling.",
  );
});

test("long past the best: shorter, and which weights are kept", () => {
  const past = [2, 1.4, 1.5, 1.6, 1.7, 1.8, 1.8];
  const text = "The validation loss was lowest at window 20 and 0.40 nats higher at the end";
  expect(ended(past)).toEqual({ text: `${text}.`, flags: ["--epochs", "4"] });
  expect(ended(past, { kept: "last" })?.text).toBe(
    "The network is 0.30 nats above the 6-gram; the validation loss was lowest at window 20 and 0.40 nats higher at " +
      "the end, whose weights are kept.",
  );
});

test("by a validation part of a few tokens nothing is judged", () => {
  const { text, flags } = ended([2, 1.4, 1.8, 1.9, 2.2], { validTokens: 8 })!;
  expect(text).toBe("The validation part has 8 tokens, too few to judge the model by. Give a longer text, or --valid.");
  expect(flags).toEqual([]);
});

test("the command of another try has each flag once", () => {
  const words = ["train", "a b.txt", "--epochs", "3", "--lr=1", "--out=x", "--quiet"];
  expect(againWith(words, ["--epochs", "6", "--out", "x-2"])).toBe(
    "npx longhand train 'a b.txt' --lr=1 --quiet --epochs 6 --out x-2",
  );
});
