// One case of longhand in this process: trains some windows or writes some characters through the public API, and
// returns the record. A window's time is that between two events of the trainer, so it includes everything a run does.

import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { openPeak, processorSeconds } from "./peak.mjs";
import { flopsPerToken, median, readAlphabet, recordOf } from "./work.mjs";

const dist = (file) => new URL(`../dist/${file}`, import.meta.url);
const { checkSettings } = await import(dist("training/settings/values.js"));
const {
  nodeEngine,
  createSession,
  prepare,
  settingRows: rows,
  createField,
  readCorpus,
  Vocab,
  writePieces,
} = await import(dist("advanced-node.js"));

/** The record of a case as `parseCase` gives it. */
export async function runOne(c) {
  const settings = {
    ...(c.window > 1 && { qrnnWindow: c.window }),
    cell: c.cell,
    hidden: c.hidden,
    layers: c.layers,
    embedding: c.embedding,
    batch: c.batch,
    bptt: c.bptt,
    optimizer: "adam",
    lr: 1e-3,
    clip: 1,
    schedule: "constant",
    windowRule: "fixed",
    tries: 0, // no snapshots (copies of weights and optimizer), as no peer makes any
    steps: c.mode === "train" ? c.warmup + c.steps : 1,
    sampleLength: 0,
    engine: c.engine,
    ...threadsOf(c),
  };
  const { engine } = nodeEngine(checkSettings(settings).engine);
  const corpus = await readFolded(c);
  const idle = process.memoryUsage.rss();
  const notes = [];
  const notice = (text) => notes.push(text);
  const options = { engine, notice, pause: () => setImmediate(), ...(await threadsPort()) };
  const run = prepare(corpus, settings, options);
  const done = c.mode === "train" ? await train(run, c) : generate(run, c, options);
  const { version } = (await import("../package.json", { with: { type: "json" } })).default;
  const { plan } = run.trainer.model;
  const flops = flopsPerToken(c) * (c.mode === "train" ? c.batch * c.bptt : c.chars);
  const peak = c.peak ? (await openPeak(engine))?.() : undefined;
  const spent = median(done.processor);
  return recordOf(c, "longhand", version, done.seconds, {
    ...(done.losses && { losses: done.losses }),
    ...(notes.length > 0 && { notes }), // for example why a run has fewer threads than requested
    engine: engine.name,
    level: engine.level,
    plan_mb: Math.round(plan.bytes.total / 2 ** 20),
    growth_mb: Math.round((process.memoryUsage.rss() - idle) / 2 ** 20),
    gflops: Number((flops / median(done.seconds) / 1e9).toFixed(2)),
    processor_ms: Number((spent * 1e3).toFixed(3)),
    ...(peak && { peak_gflops: Number(peak.toFixed(1)), peak_share: Number((flops / spent / 1e9 / peak).toFixed(3)) }),
  });
}

async function train({ trainer }, c) {
  const seconds = [];
  const processor = [];
  const losses = [];
  let wall = performance.now();
  let cpu = processorSeconds();
  for await (const event of trainer.events()) {
    if (event.kind === "diverged") throw new Error(`It diverged in window ${event.window}.`);
    const wallNow = performance.now();
    const cpuNow = processorSeconds();
    if (event.kind === "window") {
      losses.push(event.nats);
      if (event.window > c.warmup) {
        seconds.push((wallNow - wall) / 1e3);
        processor.push(cpuNow - cpu);
      }
    }
    [wall, cpu] = [wallNow, cpuNow];
  }
  return { seconds, processor, losses };
}

/** Writes like `longhand generate`, but prints nothing. */
function generate(run, c, { engine }) {
  run.trainer.model.initialize(1);
  const session = createSession(run.stored(), engine);
  const some = (length) => {
    for (const _ of writePieces(session, { length, seed: 1 }));
  };
  some(50);
  const wall = performance.now();
  const cpu = processorSeconds();
  some(c.chars);
  return { seconds: [(performance.now() - wall) / 1e3], processor: [processorSeconds() - cpu] };
}

/** The whole text as training part; private-use characters fill a vocabulary larger than the text's. */
async function readFolded(c) {
  const { content, order, rare } = readAlphabet(c);
  const itos = Array.from({ length: c.vocabulary }, (_, i) => order[i] ?? String.fromCodePoint(0xf0000 + i));
  const folded = rare.reduce((text, each) => text.replaceAll(each, itos.at(-1)), content);
  const vocab = Vocab.fromJSON({ kind: "tokens", specials: 0, itos });
  const input = { name: c.text, bytes: [new TextEncoder().encode(folded)] };
  return readCorpus([input], { field: createField({ specials: [] }), vocab, validFraction: 0 });
}

/** The setting `threads`, if this version of longhand has it. */
function threadsOf({ threads }) {
  if (rows.some((row) => row.name === "threads")) return { threads };
  if (threads === 1) return {};
  throw new Error("This longhand computes on one thread; leave --threads out.");
}

async function threadsPort() {
  const file = dist("node/engine/threads.js");
  return existsSync(file) ? { threads: (await import(file.href)).nodeThreads() } : {};
}
