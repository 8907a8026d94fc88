// A state is a value. One text is read once; from the place reached, three continuations are written, and then the first of
// them again from the state that was kept. Prints the four, the last like the first.
//   node examples/05-branch-a-session.ts [run] [prompt]

import { createSession, loadModel, nodeEngine, write } from "longhand/node";

const [run = "runs/start", prompt = "the "] = process.argv.slice(2);
const session = createSession(await loadModel(run), nodeEngine().engine);
session.feed(prompt);
const here = session.state;

const show = (text: string) => console.log(prompt + text.replaceAll("\n", " "));
for (const seed of [1, 2, 3]) show(write(session.branch(), { length: 60, temperature: 0.8, seed }));

write(session, { length: 60, temperature: 0.8, seed: 3 }); // the session itself has now gone on
session.state = here;
show(write(session, { length: 60, temperature: 0.8, seed: 1 }));
