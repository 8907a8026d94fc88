// Trains a small model on a text and generates with it. Prints the loss now and then, then a passage.
//   node examples/01-first-model.ts [text] [steps]

import { train } from "longhand";

const [file = "data/nietzsche.txt", steps = "400"] = process.argv.slice(2);
const run = train({ file }, { cell: "gru", hidden: 128, steps: Number(steps) });

for await (const event of run) {
  if (event.kind === "window" && event.window % 100 === 0) console.log(`${event.window}: ${event.smooth.toFixed(3)}`);
  if (event.kind === "validation") console.log(`on text it never saw: ${event.nats.toFixed(3)} nats`);
}
const model = await run.model();
console.log(await model.generate("", { length: 300, temperature: 0.7, seed: 1 }));
