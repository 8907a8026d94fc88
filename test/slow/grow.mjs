// A process of its own: a run of two windows, saved and all, of the knobs that it is given. It tells by how much its resident
// memory grew over what it was after a tiny run, and what was planned. It tests nothing itself.
//
//   node grow.mjs <text> <folder> <knobs as JSON>

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startRun } from "../../dist/node.js";

const [text, folder, json] = process.argv.slice(2);
const knobs = JSON.parse(json);

async function train(name, more) {
  let planned;
  const run = await startRun({ paths: [text], out: join(folder, name), knobs: { steps: 2, sampleLength: 3, ...more } });
  for await (const event of run.events) if (event.kind === "start") planned = event.bytes;
  return planned;
}

const status = (name) =>
  1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))[1]);

await train("tiny", { engine: knobs.engine, threads: 1, hidden: 16, embedding: 16 });
const idle = status("VmRSS");
const planned = await train("grown", knobs);
console.log(JSON.stringify({ planned, grown: status("VmHWM") - idle }));
