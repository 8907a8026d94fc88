// Tests of successive halving: its candidates, their windows, the second round, and that a candidate is trained as a
// run is.

import { expect, test } from "vitest";
import { evaluate } from "../../src/evaluation/scoring/evaluate.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { sliceOf } from "../../src/text/storage/tokens.js";
import { evaluationLanes } from "../../src/text/windows/lanes.js";
import { firstCandidates, successiveHalving } from "../../src/training/adviser/halving.js";
import { fieldOf } from "../../src/training/settings/training-settings.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { prepare } from "../../src/training/training-run.js";
import { someText } from "../helpers/cli.js";
import { fastest } from "../helpers/engines.js";
import { input } from "../text/helpers.js";

const corpus = await readCorpus([input(someText(600))], { field: fieldOf(checkSettings({})), validFraction: 0 });
const TOKEN = 1e-4;
const timed = [8, 16, 32].flatMap((bptt) => [8, 16, 32].map((batch) => ({ bptt, batch, seconds: TOKEN, bytes: 1 })));
const settings = { hidden: 8, embedding: 8, seed: 3, schedule: "linear", finalRate: 0.1 } as const;
const lab = {
  corpus: { ...corpus, valid: undefined },
  settings: { ...checkSettings(settings), batch: 32 },
  options: { engine: fastest },
};
const heldOut = sliceOf(corpus.train, corpus.train.length - 4096, corpus.train.length);
const options = { heldOut, scored: 2048, seconds: 30, late: () => false };

test("all start for the same seconds by what their tokens cost, and the better half goes on four times as long", async () => {
  const [first, second] = await successiveHalving(lab, timed, options);
  const field = firstCandidates(timed);
  expect(first!.rows.map(({ bptt, batch }) => [bptt, batch])).toEqual(field.map(({ bptt, batch }) => [bptt, batch]));
  for (const heat of [first!, second!])
    for (const { bptt, batch, windows } of heat.rows)
      expect(windows).toBe(Math.floor(heat.seconds / (TOKEN * bptt * batch)));
  const best = first!.rows.toSorted((a, b) => a.nats! - b.nats!).slice(0, Math.ceil(field.length / 2));
  expect(second!.rows.map(({ bptt, batch }) => [bptt, batch])).toEqual(best.map(({ bptt, batch }) => [bptt, batch]));
  expect(second!.seconds).toBeCloseTo(4 * first!.seconds, 9);
  const spent = first!.seconds * first!.rows.length + second!.seconds * second!.rows.length;
  expect(spent).toBeCloseTo(options.seconds, 6);
});

test("a candidate is a run from the run's own seed and by its own schedule, scored on the held-out text", async () => {
  const [heat] = await successiveHalving(lab, timed, { ...options, seconds: 15, late: () => true });
  const { bptt, batch, windows, nats } = heat!.rows[0]!;
  const { trainer } = prepare(
    lab.corpus,
    { ...settings, bptt, batch, steps: windows, sampleLength: 0 },
    { engine: fastest },
  );
  for await (const event of trainer.events()) if (event.kind === "diverged") throw new Error("diverged");
  const model = new LanguageModel(trainer.model.spec, fastest, { lanes: 16, steps: 64 });
  model.setWeights(trainer.model.weights());
  const scored = await evaluate(model, evaluationLanes(sliceOf(heldOut, 0, 2049), 16));
  expect(nats).toBe(scored.nats / scored.tokens);
});

test("late, it ends with the heat that is whole; with too little time, or one setting alone, there is none", async () => {
  expect(await successiveHalving(lab, timed, { ...options, seconds: 15, late: () => true })).toHaveLength(1);
  expect(await successiveHalving(lab, timed, { ...options, seconds: 0.1 })).toEqual([]);
  expect(await successiveHalving(lab, timed.slice(0, 1), options)).toEqual([]);
});
