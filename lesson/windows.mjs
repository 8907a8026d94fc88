// Prints the distribution of window lengths under the lesson's rule, and the number of windows in an epoch, by drawing
// them.
//
//   node lesson/windows.mjs

import { countWindows, readText, trainingLanes, windowLength } from "../dist/advanced-node.js";
import { recipe } from "./recipe.mjs";

const DRAWN = 1_000_000;
const EPOCHS = 100;
const { path, settings } = recipe("rnn");
const { train } = await readText({ file: path }, settings.text);
const { batch, bptt } = settings.all;
const { positions } = trainingLanes(train, batch);
const tokens = positions + 1;
const percent = (share) => `${(100 * share).toFixed(1)}%`;

console.log(`${train.length.toLocaleString("en")} tokens in ${batch} lanes of ${tokens.toLocaleString("en")}`);
console.log(`batches by tokens / lanes / bptt: ${Math.floor(train.length / batch / bptt)}; by the loader, one less`);
for (const each of [bptt, 35, 70]) print(each);

function print(bptt) {
  const lengths = Array.from({ length: DRAWN }, (_, window) => windowLength("lesson", bptt, 1, window));
  const mean = lengths.reduce((sum, length) => sum + length, 0) / DRAWN;
  const spread = Math.sqrt(lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / DRAWN);
  const share = (which) => percent(lengths.filter(which).length / DRAWN);
  console.log(
    `bptt ${bptt}: mean ${mean.toFixed(2)}, deviation ${spread.toFixed(2)}, of ${DRAWN.toLocaleString("en")} windows`,
  );
  console.log(
    `  length 5: ${share((n) => n === 5)}, above ${bptt}: ` +
      `${share((n) => n > bptt)}, longest ` +
      `${lengths.reduce((a, b) => Math.max(a, b))}`,
  );
  const epochs = Array.from({ length: EPOCHS }, (_, epoch) => epochOf(bptt, epoch * DRAWN));
  const counts = epochs.map(({ windows }) => windows);
  const read = epochs.reduce((sum, { at }) => sum + at / positions, 0) / EPOCHS;
  const most = Math.floor(tokens / bptt) - 1;
  const usual = Math.round(counts.reduce((sum, n) => sum + n, 0) / EPOCHS);
  console.log(
    `  an epoch: ${Math.min(...counts)} to ${Math.max(...counts)} windows, ${usual} on ` +
      `average, of ${most} promised; ${percent(read)} of the text read`,
  );
}

/** The number of windows of an epoch that starts with window number `first`, and its last position. */
function epochOf(bptt, first) {
  const windows = countWindows({ rule: "lesson", bptt, seed: 1 }, positions, 1, first);
  let at = 0;
  for (let n = 0; n < windows; n++) at += windowLength("lesson", bptt, 1, first + n);
  return { windows, at: Math.min(at, positions) };
}
