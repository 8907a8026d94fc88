// Finds the largest learning rate at which a tanh cell and a GRU survive an epoch under the lesson's settings, by
// bisection on a logarithmic scale with one epoch a try. A rate survives if the validation loss is finite and below the
// entropy of the character frequencies. Survival is not monotonic in the rate, so every try is printed.
//
//   node lesson/rates.mjs [--optimizer sgd] [--tries 8] [--steps 200] [--seed 1]

import { parseArgs } from "node:util";
import { createTrainer, readText } from "../dist/advanced-node.js";
import { recipe } from "./recipe.mjs";
import { saying } from "./say.mjs";

const { values } = parseArgs({
  options: {
    optimizer: { type: "string", default: "adam" },
    tries: { type: "string", default: "8" },
    steps: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
/** The range of rates for each optimizer. */
const RANGES = { adam: [1e-3, 10], sgd: [1e-2, 1000] };

await saying(async () => {
  const range = RANGES[values.optimizer];
  if (range === undefined) throw new Error(`--optimizer wants adam or sgd; got ${values.optimizer}.`);
  const { path, settings } = recipe("rnn");
  const corpus = await readText({ file: path }, settings.text);
  const bar = frequencies(corpus);
  console.log(`survived: below the letters' frequencies, ${bar.toFixed(3)} nats on the validation part`);
  for (const cell of ["rnn", "gru"]) await largest(cell, { range, bar, corpus, settings: settings.training });
});

/** Bisects between a rate that survives and one that does not. */
async function largest(cell, { range, bar, corpus, settings }) {
  let [low, high] = range;
  for (let n = 0; n < Number(values.tries); n++) {
    const lr = Math.sqrt(low * high);
    const nats = await epoch(corpus, { ...settings, cell, lr });
    const survived = nats < bar;
    console.log(
      `  ${cell} ${values.optimizer} ${lr.toPrecision(3)}: ${nats.toFixed(3)}${survived ? "" : "  not survived"}`,
    );
    if (survived) low = lr;
    else high = lr;
  }
  console.log(`${cell} ${values.optimizer}: ${low.toPrecision(3)} survived, ${high.toPrecision(3)} did not`);
}

/** The validation loss after an epoch; Infinity if training diverged. */
async function epoch(corpus, { rates: _, ...settings }) {
  const { optimizer, seed, steps } = values;
  const length = steps === undefined ? { epochs: 1 } : { steps: Number(steps) };
  const all = { ...settings, schedule: "constant", optimizer, seed: Number(seed), sampleLength: 0, ...length };
  let nats = Number.POSITIVE_INFINITY;
  for await (const event of createTrainer(corpus, all).trainer.events()) {
    if (event.kind === "validation") nats = event.nats;
  }
  return nats;
}

/** Mean −log of each validation token's share of the training part. */
function frequencies({ counts, train, valid }) {
  const ids = valid.read(0, valid.length);
  let sum = 0;
  for (const id of ids) sum -= Math.log(Math.max(1, counts[id]) / train.length);
  return sum / ids.length;
}
