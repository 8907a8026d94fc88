// All that uses longhand: a model is opened, written with and trained here, so that the page stays free. main.js shows it.
// Heard: open, write, train, stop. Told: model, piece, window, done, failed; each an object told apart by `kind`.

import { browserEngine, createSession, createTrainer, loadModel, readText, writePieces } from "../../dist/browser.js";

let stored; // the model that writes
let stopping = false;

const tell = (kind, rest = {}) => postMessage({ kind, ...rest });

const jobs = {
  async open({ file }) {
    use(await loadModel(file), file.name);
  },

  async write({ prompt, length, temperature, seed }) {
    const session = createSession(stored, browserEngine().engine);
    session.feed(prompt);
    tell("piece", { text: prompt });
    const options = { length: Number(length), temperature: Number(temperature), seed: Number(seed) };
    for (const { text } of writePieces(session, options)) {
      tell("piece", { text });
      await new Promise((go) => setTimeout(go)); // so that a stop is heard
      if (stopping) break;
    }
  },

  async train({ text, epochs, hidden }) {
    const settings = { epochs: Number(epochs), hidden: Number(hidden), batch: 16, bptt: 32, sampleLength: 0 };
    const prepared = createTrainer(await readText(text), settings);
    const { trainer } = prepared;
    let told = 0; // when the page was last told
    for await (const event of trainer.events()) {
      if (event.kind === "diverged") throw new Error(`Its numbers broke in window ${event.window}. ${event.advice}`);
      if (event.kind === "window" && (event.window === trainer.windows || performance.now() - told > 100)) {
        postMessage({ ...event, windows: trainer.windows });
        told = performance.now();
      }
      if (stopping) break;
    }
    use(prepared.stored(), "Trained here");
  },
};

function use(model, origin) {
  stored = model;
  const { cell, layers, hidden } = model.spec;
  tell("model", { origin, cell: cell.kind, layers, hidden, weights: model.weights.length });
}

addEventListener("message", async ({ data: { kind, ...job } }) => {
  stopping = kind === "stop";
  if (stopping) return;
  try {
    await jobs[kind](job);
    tell("done");
  } catch (error) {
    tell("failed", { text: error.message.split("\n")[0] }); // what follows speaks of the command line's flags
  }
});
