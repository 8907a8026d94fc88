// The bench's task in brain.js, whose recurrent networks train on one string at a time: no batch, no carried state, and
// an update for each string. A "step" here is as many strings of T characters as a window has lanes; the record lacks
// the loss, which is not comparable.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { recordOf } from "../work.mjs";
import { c, versionOf } from "./net.mjs";

const brain = createRequire(import.meta.url)("brain.js");
const text = readFileSync(c.text, "utf8").replace(/[^\x20-\x7e\n]/g, " ");
const Network = brain.recurrent[{ rnn: "RNN", gru: "GRU", lstm: "LSTM" }[c.cell]];
const alphabet = new brain.utilities.DataFormatter([...new Set(text)].sort());
const network = new Network({
  hiddenLayers: Array(c.layers).fill(c.hidden),
  inputSize: c.embedding,
  dataFormatter: alphabet,
});
network.setupData = (strings) => strings.map((each) => network.formatDataIn(each));

const lanesOf = (step) =>
  Array.from({ length: c.batch }, (_, i) =>
    text.slice((step * c.batch + i) * c.bptt, (step * c.batch + i + 1) * c.bptt),
  );
const seconds = [];
for (let step = 0; step < c.warmup + c.steps; step++) {
  const lanes = lanesOf(step);
  const begun = performance.now();
  network.train(lanes, { iterations: 1, learningRate: 1e-4, log: false, errorThresh: 1e-9 });
  if (step >= c.warmup) seconds.push((performance.now() - begun) / 1e3);
}
console.log(JSON.stringify(recordOf(c, "brain.js", versionOf("brain.js"), seconds)));
