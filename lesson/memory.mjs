// Prints the memory of backpropagation through more and more steps: activations and their gradients by the model's
// memory plan, which allocates nothing.
//
//   node lesson/memory.mjs

import { cells, nodeEngine, plan } from "../dist/advanced-node.js";
import { recipe } from "./recipe.mjs";

const { embedding, hidden, batch, bptt } = recipe("rnn").settings.all;
const { engine } = nodeEngine("auto");
const VOCABULARY = 56;
const LENGTHS = [bptt, 7_510, 1_000_000];

for (const kind of ["rnn", "gru", "lstm"]) {
  const cell = cells.find((each) => each.kind === kind);
  const cellSettings = Object.fromEntries(cell.settings.map(({ name, default: value }) => [name, value]));
  const spec = { vocabulary: VOCABULARY, embedding, hidden, layers: 1, cell, cellSettings, dropout: 0, tied: false };
  for (const lanes of [1, batch]) {
    const sizes = LENGTHS.map((steps) => {
      const { precision, panel } = engine;
      const { bytes } = plan(spec, { lanes, steps, training: { moments: 2 }, precision, panel });
      return `${steps.toLocaleString("en")} steps ${bytes.activations.toLocaleString("en")}`;
    });
    console.log(`${kind}, ${lanes} lane${lanes === 1 ? "" : "s"}, bytes: ${sizes.join(" · ")}`);
  }
}
