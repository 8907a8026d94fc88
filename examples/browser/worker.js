// Everything that uses longhand: opens, trains, saves a model and generates with it, in a worker, so that the page
// stays responsive. Receives: open, write, train, save, stop. Posts: model, piece, window, validation, file, done,
// failed; each an object with its `kind`.

import { load, train } from "../../dist/browser.js";

let model; // generates
let stopping = false;

const tell = (kind, rest = {}) => postMessage({ kind, ...rest });

const jobs = {
  async open({ file }) {
    use(await load(file), file.name);
  },

  async write({ prompt, length, temperature, seed }) {
    const options = { length: Number(length), temperature: Number(temperature), seed: Number(seed) };
    const pieces = model.stream(prompt, options); // throws here for a prompt that the model cannot read
    let waiting = prompt; // the page draws more slowly than the model writes
    let told = performance.now();
    for await (const text of pieces) {
      waiting += text;
      if (stopping) break;
      if (performance.now() - told < 50) continue;
      tell("piece", { text: waiting });
      waiting = "";
      told = performance.now();
    }
    tell("piece", { text: waiting });
  },

  async train({ text, source, epochs, hidden }) {
    const settings = { epochs: Number(epochs), hidden: Number(hidden), batch: 16, bptt: 32 };
    const run = train(source?.size > 0 ? source : text, settings);
    let windows = 0;
    let told = 0; // when the page was last told
    for await (const event of run) {
      if (event.kind === "start") windows = event.windows;
      if (event.kind === "validation") tell("validation", { nats: event.nats, window: event.window, best: event.best });
      if (event.kind === "window" && (event.window === windows || performance.now() - told > 100)) {
        postMessage({ ...event, windows });
        told = performance.now();
      }
      if (stopping) break;
    }
    use(await run.model(), "Trained here");
  },

  async save() {
    tell("file", { bytes: await model.save() });
  },
};

function use(next, origin) {
  model?.close();
  model = next;
  const { cell, layers, hidden, parameters } = model.info;
  tell("model", { origin, cell, layers, hidden, weights: parameters });
}

addEventListener("message", async ({ data: { kind, ...job } }) => {
  stopping = kind === "stop";
  if (stopping) return;
  try {
    await jobs[kind](job);
    tell("done");
  } catch (error) {
    tell("failed", { text: error.message });
  }
});
