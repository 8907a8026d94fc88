// Compares the adviser's setting with a grid of bptt and batch. Each cell trains for equal seconds of processor time on
// one thread in its own process. Finished cells are in bench/results/grid-TEXT.json, so the same command resumes.
//
//   node bench/grid.mjs [--seconds 60] [--jobs 1] [--seeds 1,2] [--asks 2] [--text data/nietzsche.txt --text …]
//   node bench/grid.mjs --docs                          writes the tables of docs/bptt.md
//   node bench/grid.mjs --inner --out /tmp/trial holds out a part of the training text, for work on the adviser
//
// --jobs: number of cells that run at the same time, at most the number of cores. --hidden, --lr: other than the
// defaults.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { trainCell } from "./grid-cell.mjs";
import { machine } from "./report.mjs";
import { runRecord } from "./rounds.mjs";

const BPTTS = [8, 16, 32, 64, 128];
const BATCHES = [16, 32, 64, 128];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const count = (value) => /^[1-9]\d*$/.test(value);

const { values } = wordsOf({
  options: {
    seconds: { type: "string", default: "60" },
    jobs: { type: "string", default: "1" },
    seeds: { type: "string", default: "1" },
    asks: { type: "string", default: "2" },
    text: {
      type: "string",
      multiple: true,
      default: ["nietzsche", "tinyshakespeare"].map((x) => here(`../data/${x}.txt`)),
    },
    bptts: { type: "string", default: BPTTS.join() },
    batches: { type: "string", default: BATCHES.join() },
    hidden: { type: "string" },
    lr: { type: "string" },
    inner: { type: "boolean", default: false },
    out: { type: "string", default: here("results") },
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
    const result = parseArgs(about);
    const { jobs, asks, seconds } = result.values;
    if (!count(jobs)) throw new Error(`--jobs wants a whole number from 1 on; got ${jobs}.`);
    if (!/^\d+$/.test(asks)) throw new Error(`--asks wants a whole number; got ${asks}.`);
    if (!(Number(seconds) > 0)) throw new Error(`--seconds wants a number above 0; got ${seconds}.`);
    for (const name of ["seeds", "bptts", "batches"]) {
      if (result.values[name].split(",").every(count)) continue;
      throw new Error(`--${name} wants whole numbers with commas between; got ${result.values[name]}.`);
    }
    return result;
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

function cellsOf() {
  const numbers = (name) => values[name].split(",").map(Number);
  const shape = Object.fromEntries(["hidden", "lr"].flatMap((k) => (values[k] ? [[k, Number(values[k])]] : [])));
  return numbers("seeds").flatMap((seed) => {
    const of = {
      seconds: Number(values.seconds),
      seed,
      ...(values.inner && { inner: true }),
      ...(Object.keys(shape).length > 0 && { settings: shape }),
    };
    // The adviser's cells are spread over the grid, so that they do not share the machine's load of one hour.
    const asked = Array.from({ length: Number(values.asks) }, (_, i) => ({ ...of, ask: i + 1 }));
    const grid = numbers("bptts").flatMap((bptt) => numbers("batches").map((batch) => ({ ...of, bptt, batch })));
    const every = Math.max(1, Math.floor(grid.length / Math.max(1, asked.length)));
    return grid
      .flatMap((cell, i) => (i % every === 0 && asked.length > 0 ? [asked.shift(), cell] : [cell]))
      .concat(asked);
  });
}

/** Runs the unfinished cells, `--jobs` at a time, from one queue. */
async function runGrid() {
  mkdirSync(values.out, { recursive: true });
  const queue = cellsOf().flatMap((cell) => values.text.map((text) => ({ text, ...cell })));
  const todo = queue.filter((cell) => !readRows(cell.text).some((row) => keyOf(row) === keyOf(cell)));
  console.log(`${queue.length} cells, ${queue.length - todo.length} there already`);
  const failed = [];
  const worker = async () => {
    for (let cell = todo.shift(); cell !== undefined; cell = todo.shift()) {
      const result = await runRecord({
        file: process.execPath,
        args: [here("grid.mjs"), "--cell", JSON.stringify(cell)],
        limit: 1000 * (600 + 4 * cell.seconds * Math.max(1, Number(values.jobs) / 2)),
      });
      if (result.error === undefined) store(cell.text, result);
      else failed.push(`${basename(cell.text)} ${JSON.stringify(cell)}: ${result.error}`);
      console.log(result.error === undefined ? lineOf(cell.text, result) : failed.at(-1));
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
  if (failed.length > 0) throw new Error(`${failed.length} cells failed; the same call tries them again.`);
}

function lineOf(text, { advised, bptt, batch, clip, nats, trained, spent }) {
  const name = advised ? `advised in ${spent} s: ` : "";
  const clipped = clip === undefined ? "" : `, clip ${clip}`;
  return (
    `${basename(text)}  ${name}bptt ${bptt}, ${batch} lanes${clipped}: ` +
    `${nats?.toFixed(4) ?? "diverged"} nats, ${trained} s`
  );
}

/** The key that identifies a cell. */
function keyOf({ seconds, seed, inner, settings, ask, bptt, batch }) {
  return JSON.stringify([seconds, seed, inner ?? false, settings ?? {}, ...(ask ? [ask] : [bptt, batch])]);
}

function fileOf(text) {
  return join(values.out, `grid-${basename(text).replace(/\.[^.]*$/, "")}.json`);
}

function readRows(text) {
  return existsSync(fileOf(text)) ? JSON.parse(readFileSync(fileOf(text), "utf8")).rows : [];
}

/** Adds a result: reads the file again, writes a draft and renames it. */
function store(text, result) {
  const { processor, cores, node, date } = machine();
  const rows = [...readRows(text), { ...result, jobs: Number(values.jobs), processor, cores, node, date }];
  const draft = `${fileOf(text)}.${process.pid}`;
  writeFileSync(draft, `{ "rows": [\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n] }\n`);
  renameSync(draft, fileOf(text));
}

/** Writes the tables between the marks of docs/bptt.md. */
function writeDocs() {
  const page = here("../docs/bptt.md");
  const tables = values.text.flatMap((text) => {
    const rows = readRows(text).filter((row) => !row.inner && row.settings === undefined);
    const lengths = [...new Set(rows.map(({ seconds }) => seconds))].sort((a, b) => a - b);
    return lengths.flatMap((seconds) => tableOf(basename(text), rows, seconds));
  });
  if (tables.length === 0) throw new Error("No cell is there yet: node bench/grid.mjs runs them.");
  const marked = /(<!-- grid -->\n)[\s\S]*(<!-- \/grid -->)/;
  const filled = (_, from, to) => `${from}\n${tables.join("\n")}\n${to}`;
  writeFileSync(page, readFileSync(page, "utf8").replace(marked, filled));
}

/** A table of mean validation losses over seeds, and of the advised settings' distance from the best. */
function tableOf(text, all, seconds) {
  const rows = all.filter((row) => row.seconds === seconds);
  const mean = (some) => some.reduce((sum, { nats }) => sum + (nats ?? Number.NaN), 0) / some.length;
  const at = (bptt, batch) => mean(rows.filter((row) => !row.advised && row.bptt === bptt && row.batch === batch));
  const cells = BPTTS.flatMap((bptt) => BATCHES.map((batch) => at(bptt, batch))).filter(Number.isFinite);
  if (cells.length === 0) return [];
  const best = Math.min(...cells);
  const shown = (nats) => (Number.isFinite(nats) ? (nats === best ? `**${nats.toFixed(4)}**` : nats.toFixed(4)) : "–");
  const of = (bptt, batch) => rows.filter((row) => !row.advised && row.bptt === bptt && row.batch === batch).length;
  const counts = BPTTS.flatMap((bptt) => BATCHES.map((batch) => of(bptt, batch))).filter((count) => count > 0);
  const fewest = Math.min(...counts);
  const most = Math.max(...counts);
  const seeds = most === 1 ? "one seed" : `means of ${fewest === most ? most : `${fewest} to ${most}`} seeds`;
  const took = rows.map(({ trained }) => trained);
  const { processor, date, jobs } = rows.at(-1);
  const advised = rows.filter((row) => row.advised);
  const said = advised.map(({ bptt, batch, clip, seed, nats, spent, trained }) => {
    const far = `${((100 * (nats - best)) / best).toFixed(1)}%`;
    return `| ${seed} | ${bptt} | ${batch} | ${clip} | ${spent} | ${trained} | ${nats.toFixed(4)} | ${far} |`;
  });
  return [
    `**${text}, ${seconds} seconds a cell**: validation nats, ${seeds}; ${cells.length} of ` +
      `${BPTTS.length * BATCHES.length} cells, which took ${Math.min(...took)} to ` +
      `${Math.max(...took)} s of one core (${date}, ${processor}, ${jobs} at a time)\n`,
    `| bptt | ${BATCHES.map((batch) => `${batch} lanes`).join(" | ")} |`,
    `| --- | ${BATCHES.map(() => "---").join(" | ")} |`,
    ...BPTTS.map((bptt) => `| ${bptt} | ${BATCHES.map((batch) => shown(at(bptt, batch))).join(" | ")} |`),
    ...(said.length > 0
      ? [
          "\n| seed | advised bptt | lanes | clip | asked for, s | trained, s | nats | above the best |",
          "| --- | --- | --- | --- | --- | --- | --- | --- |",
          ...said,
          "",
        ]
      : [""]),
  ];
}
