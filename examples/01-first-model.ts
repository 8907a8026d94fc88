// Trains a small model on a text and lets it write. Prints the loss now and then, then a passage.
//   node examples/01-first-model.ts [text] [steps]

import { createTrainer, readText, write } from "longhand/node";

const [path = "data/nietzsche.txt", steps = "400"] = process.argv.slice(2);
const corpus = await readText(path);
const { trainer, session } = createTrainer(corpus, { cell: "gru", hidden: 128, steps: Number(steps) });

for await (const event of trainer.events()) {
  if (event.kind === "window" && event.window % 100 === 0) console.log(`${event.window}: ${event.smooth.toFixed(3)}`);
  if (event.kind === "validation") console.log(`on text it never saw: ${event.nats.toFixed(3)} nats`);
}
console.log(write(session(), { length: 300, temperature: 0.7, seed: 1 }));
