// Branches a session. One prompt is read once; three continuations start from its state; then the first of them again,
// from the state as it was saved. Prints the four, the last like the first.
//   node examples/05-branch-a-session.ts [run] [prompt]

import { load, type Session } from "longhand";

const [run = "runs/start", prompt = "the "] = process.argv.slice(2);
const model = await load(run);
const session = model.session();
session.feed(prompt);
const saved = session.save(); // bytes: a file or a database keeps them for another process

const show = async (from: Session, seed: number) => {
  const text = await model.generate(from, { length: 60, temperature: 0.8, seed });
  console.log(prompt + text.replaceAll("\n", " "));
};
for (const seed of [1, 2, 3]) await show(session.branch(), seed);
await show(model.session(saved), 1);
