// Is the advised setting near the best? A grid of bptt and lanes, each trained for equal seconds in a process of its own, beside what the
// adviser says for these seconds. What is done is kept in bench/results/grid-TEXT.json and not done again.
//
//   node bench/grid.mjs [--seconds 60] [--seeds 1] [--text nietzsche --text tinyshakespeare] [--docs]

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runRecord } from "./rounds.mjs";

const BPTTS = [8, 16, 32, 64, 128];
const BATCHES = [16, 32, 64, 128];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const fileOf = (text) => here(`results/grid-${text}.json`);

const { values } = wordsOf({
  options: {
    seconds: { type: "string", default: "60" },
    seeds: { type: "string", default: "1" },
    text: { type: "string", multiple: true, default: ["nietzsche", "tinyshakespeare"] },
    docs: { type: "boolean", default: false },
    cell: { type: "string" },
  },
});

try {
  if (values.cell !== undefined) console.log(JSON.stringify(await trainCell(JSON.parse(values.cell))));
  else if (values.docs) writeDocs();
  else await runGrid();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}

function wordsOf(about) {
  try {
    return parseArgs(about);
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

/** One cell, in this process: `{ text, seconds, seed, bptt, batch }`, or without the last two the advised ones. */
async function trainCell({ text, seconds, seed, ...setting }) {
  const { adviseText, createTrainer, nodeEngine, nodeThreads, readText } = await import("../dist/node.js");
  const { measureWindows } = await import("../dist/node/measure.js");
  const path = here(`../data/${text}.txt`);
  const minutes = seconds / 60;
  const advice = setting.bptt === undefined ? await adviseText([path], { knobs: { seed, minutes } }) : undefined;
  const chosen = advice?.advised ?? setting;
  const knobs = { ...chosen, seed, sampleLength: 0, validateEvery: 2 ** 40 };
  const corpus = await readText(path);
  const { engine } = nodeEngine();
  const steps = await measureWindows(corpus, knobs, { engine, threads: nodeThreads() }, minutes);
  const begun = performance.now();
  let [nats, trained, tokens] = [Number.NaN, 0, 0];
  for await (const event of createTrainer(corpus, { ...knobs, steps }).trainer.events()) {
    if (event.kind === "window") [trained, tokens] = [performance.now() - begun, event.tokens];
    if (event.kind === "validation") nats = event.nats;
  }
  const took = { windows: steps, tokens, trained: Number((trained / 1000).toFixed(2)) };
  return {
    ...chosen,
    seconds,
    seed,
    nats,
    ...took,
    ...(advice && { advised: true, spent: advice.spent, reasons: advice.reasons }),
  };
}

async function runGrid() {
  const [seconds, seeds] = [Number(values.seconds), values.seeds.split(",").map(Number)];
  for (const seed of seeds) {
    const cells = [{}, ...BPTTS.flatMap((bptt) => BATCHES.map((batch) => ({ bptt, batch })))];
    for (const setting of cells) for (const text of values.text) await once(text, { seconds, seed, ...setting });
  }
}

/** Trains a cell unless it is there. */
async function once(text, cell) {
  const rows = readRows(text);
  const same = (row) =>
    row.seconds === cell.seconds &&
    row.seed === cell.seed &&
    (cell.bptt === undefined ? row.advised : !row.advised && row.bptt === cell.bptt && row.batch === cell.batch);
  if (rows.some(same)) return;
  const args = [here("grid.mjs"), "--cell", JSON.stringify({ text, ...cell })];
  const found = await runRecord({ file: process.execPath, args });
  if (found.error !== undefined) throw new Error(`${text} ${JSON.stringify(cell)}: ${found.error}`);
  writeFileSync(fileOf(text), `${JSON.stringify([...rows, found], null, 1)}\n`);
  const name = found.advised ? "advised: " : "";
  console.log(
    `${text}  ${name}bptt ${found.bptt}, ${found.batch} lanes: ${found.nats.toFixed(4)} nats, ${found.trained} s`,
  );
}

function readRows(text) {
  return existsSync(fileOf(text)) ? JSON.parse(readFileSync(fileOf(text), "utf8")) : [];
}

/** The table between the marks of docs/bptt.md: mean validation loss over seeds, and how far the advised setting is from the best. */
function writeDocs() {
  const page = here("../docs/bptt.md");
  const tables = values.text.flatMap((text) => tableOf(text, readRows(text)));
  if (tables.length === 0) throw new Error("No cell is there yet: node bench/grid.mjs runs them.");
  const marked = /(<!-- grid -->\n)[\s\S]*(<!-- \/grid -->)/;
  writeFileSync(
    page,
    readFileSync(page, "utf8").replace(marked, (_, from, to) => `${from}\n${tables.join("\n")}\n${to}`),
  );
}

function tableOf(text, all) {
  const seconds = Number(values.seconds);
  const rows = all.filter((row) => row.seconds === seconds);
  const mean = (some) => some.reduce((sum, { nats }) => sum + nats, 0) / some.length;
  const at = (bptt, batch) => mean(rows.filter((row) => !row.advised && row.bptt === bptt && row.batch === batch));
  const cells = BPTTS.flatMap((bptt) => BATCHES.map((batch) => at(bptt, batch))).filter(Number.isFinite);
  const advised = rows.filter((row) => row.advised);
  if (cells.length === 0) return [];
  const best = Math.min(...cells);
  const shown = (nats) => (Number.isFinite(nats) ? (nats === best ? `**${nats.toFixed(4)}**` : nats.toFixed(4)) : "–");
  const settings = [...new Set(advised.map(({ bptt, batch, clip }) => `bptt ${bptt}, ${batch} lanes, clip ${clip}`))];
  const far = ((100 * (mean(advised) - best)) / best).toFixed(2);
  return [
    `${text}, ${seconds} seconds a cell, validation nats; ${cells.length} of ${BPTTS.length * BATCHES.length} cells:\n`,
    `| bptt | ${BATCHES.map((batch) => `${batch} lanes`).join(" | ")} |`,
    `| --- | ${BATCHES.map(() => "---").join(" | ")} |`,
    ...BPTTS.map((bptt) => `| ${bptt} | ${BATCHES.map((batch) => shown(at(bptt, batch))).join(" | ")} |`),
    ...(advised.length > 0
      ? [`\nAdvised: ${settings.join("; ")}: ${mean(advised).toFixed(4)}, ${far}% from the best.\n`]
      : []),
  ];
}
