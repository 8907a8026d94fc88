// A small app: it trains a model in the page, writes with it, and leaves what came of it in `window.result`.

import { train } from "longhand";

async function main() {
  const notices = [];
  const run = train("the cat sat on the mat and the dog lay on the log\n".repeat(200), {
    hidden: 96,
    batch: 8,
    bptt: 16,
    steps: 60,
    sampleLength: 0,
    threads: 2,
    notice: (text) => notices.push(text),
  });
  let windows = 0;
  for await (const event of run) {
    if (event.kind !== "window") continue;
    windows += 1;
    await new Promise((go) => setTimeout(go, 5)); // a worker has time to load
  }
  const model = await run.model();
  const text = await model.generate("the ", { length: 40, seed: 1 });
  window.result = { windows, text, notices, isolated: crossOriginIsolated };
}

main().catch((error) => {
  window.result = { error: String(error) };
});
