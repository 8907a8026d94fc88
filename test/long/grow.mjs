// A process of its own: a run of one window, saved and all, of the settings that it is given. It tells by how much its
// resident memory grew at its peak over what it was after a tiny run on one thread, and what was planned. It tests
// nothing itself.
//
//   node --expose-gc grow.mjs <text> <folder> <settings as JSON>

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startRun } from "../../dist/advanced-node.js";

const [text, folder, json] = process.argv.slice(2);
const settings = JSON.parse(json);

async function train(name, more) {
  const run = await startRun({
    paths: [text],
    out: join(folder, name),
    settings: { steps: 1, sampleLength: 3, validFraction: 0, ...more },
  });
  for await (const _ of run.events);
  return run.trainingRun.memory;
}

const status = (name) =>
  1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))[1]);

await train("tiny", { engine: settings.engine, threads: 1, hidden: 16, embedding: 16 });
// What the tiny run left is no part of an idle process.
for (let i = 0; i < 3; i++) {
  globalThis.gc();
  await new Promise((go) => setTimeout(go, 50));
}
const idle = status("VmRSS");
const planned = await train("grown", settings);
console.log(JSON.stringify({ planned, grown: status("VmHWM") - idle }));
