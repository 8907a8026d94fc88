// A training loop of one's own, without the trainer: the windows of a text, a carried state, and plain gradient descent
// on a clipped gradient. Prints the loss in nats now and then.
//   node examples/06-own-loop.ts [text] [steps]

import { cells, LanguageModel, NONE, nodeEngine, readText, trainingLanes, zeroState } from "longhand/advanced";

const [path = "data/nietzsche.txt", steps = "400"] = process.argv.slice(2);
const lanes = 16;
const length = 32;
const rate = 1;
const clip = 1;
const { vocab, train } = await readText({ file: path });
const reader = trainingLanes(train, lanes);

const cell = cells.find(({ kind }) => kind === "gru")!;
const sizes = { vocabulary: vocab.size, embedding: 32, hidden: 96, layers: 1, dropout: 0, tied: false };
const room = { lanes, steps: length, training: { moments: 0 } };
const model = new LanguageModel({ ...sizes, cell, cellSettings: {} }, nodeEngine().engine, room);
model.initialize(1);

let state = zeroState(model.spec, lanes);
let at = 0;
for (let n = 0; n < Number(steps); n++) {
  if (at + length > reader.positions) [at, state] = [0, zeroState(model.spec, lanes)];
  const window = await reader.window(at, length);
  model.setState(state);
  model.load(window);
  model.forward();
  model.loss(0, lanes, true);
  model.backward();
  model.gradients(); // of the sum of the losses: their number comes in below
  const norm = Math.sqrt(model.squaredNorm()) / window.counted;
  const scale = Math.min(1, clip / norm) / window.counted;
  const { kernels, handle } = model.arena;
  const { weights, gradients, size } = model.plan;
  kernels.sgd(handle, weights, gradients, NONE, size, scale, Infinity, rate, 0, 0);
  model.pack();
  state = model.state();
  at += length;
  if ((n + 1) % 100 === 0) console.log(`${n + 1}: ${(model.lossSum() / window.counted).toFixed(3)}`);
}
