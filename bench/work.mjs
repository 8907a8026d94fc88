// The common task of longhand and its peers: three configurations, the text as ids, the arguments of one case, and the
// record of its result. Imports neither longhand nor a peer.
//
// A training step is embedding → layers with carried, detached state → linear → mean cross-entropy over all positions →
// backward → gradient norm clipped at 1 → Adam 1e-3. Generation is one stream of batch 1; each drawn character is the
// next input.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export const configs = {
  S: { vocabulary: 86, embedding: 42, layers: 1, hidden: 256, batch: 64, bptt: 8 },
  M: { vocabulary: 65, embedding: 128, layers: 2, hidden: 512, batch: 64, bptt: 64 },
  L: { vocabulary: 65, embedding: 256, layers: 3, hidden: 1024, batch: 64, bptt: 128 },
};
export const gates = { rnn: 1, gru: 3, lstm: 4, qrnn: 3 };
const recurrent = { rnn: true, gru: true, lstm: true, qrnn: false };
export const textPath = fileURLToPath(new URL("../data/tinyshakespeare.txt", import.meta.url));

const whole = { type: "string" };
const options = {
  config: { type: "string", default: "S" },
  cell: { type: "string", default: "gru" },
  window: { type: "string", default: "1" }, // inputs of a qrnn's gates
  mode: { type: "string", default: "train" },
  engine: { type: "string", default: "auto" },
  threads: { type: "string", default: "1" },
  steps: { type: "string", default: "20" },
  warmup: { type: "string", default: "3" },
  chars: { type: "string", default: "2000" },
  text: { type: "string", default: textPath },
  peak: { type: "boolean", default: false },
  vocabulary: whole,
  embedding: whole,
  layers: whole,
  hidden: whole,
  batch: whole,
  bptt: whole,
};

/** Parses a case from command-line arguments; throws an error with a message for the user. */
export function parseCase(args) {
  const { values } = parseArgs({ args, options });
  choose("--config", values.config, Object.keys(configs));
  choose("--cell", values.cell, Object.keys(gates));
  choose("--mode", values.mode, ["train", "generate"]);
  const { config, cell, mode, engine, text, peak } = values;
  const numbers = Object.fromEntries(
    ["threads", "window", "steps", "warmup", "chars", ...Object.keys(configs.S)]
      .filter((name) => values[name] !== undefined)
      .map((name) => [name, natural(name, values[name])]),
  );
  return { config, cell, mode, engine, text, peak, ...configs[config], ...numbers };
}

/** The command-line arguments of a case; missing fields take their defaults. */
export const wordsOf = (fields) =>
  Object.entries(fields).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));

function choose(flag, word, words) {
  if (!words.includes(word)) throw new Error(`${flag} is one of ${words.join(", ")}; got ${word}.`);
}

function natural(name, word) {
  const least = name === "warmup" ? 0 : 1;
  if (/^\d+$/.test(word) && Number(word) >= least) return Number(word);
  throw new Error(`--${name} wants a whole number of at least ${least}; got ${word}.`);
}

/** The text and its characters by frequency: the index of each is its id, and the rare ones share the last id. */
export function readAlphabet({ text, vocabulary }) {
  const content = readFileSync(text, "utf8");
  const counts = new Map();
  for (const each of content) counts.set(each, (counts.get(each) ?? 0) + 1);
  const order = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || a.codePointAt(0) - b.codePointAt(0));
  return { content, order: order.slice(0, vocabulary), rare: order.slice(vocabulary) };
}

/**
 * The windows of the peers: `batch` contiguous lanes, time-major (T, B), with targets one token ahead of the inputs.
 */
export function* windows(c) {
  const { content, order, rare } = readAlphabet(c);
  const numbers = new Map(
    [...order.entries(), ...rare.map((each) => [order.length - 1, each])].map(([i, each]) => [each, i]),
  );
  const ids = Uint8Array.from(content, (each) => numbers.get(each));
  const length = Math.floor(ids.length / c.batch);
  for (let at = 0; ; at += c.bptt) {
    if (at + c.bptt >= length) at = 0;
    const take = (from) =>
      Int32Array.from(
        { length: c.bptt * c.batch },
        (_, i) => ids[(i % c.batch) * length + from + Math.floor(i / c.batch)],
      );
    yield { inputs: take(at), targets: take(at + 1), restart: at === 0 };
  }
}

/** The number of weights in all matrices except the embedding. */
export function matrixParameters({ cell, window, vocabulary, embedding, layers, hidden }) {
  const rows = gates[cell] * hidden;
  // A qrnn has no hidden product but one input product for each of its inputs.
  const columns = (input) => (recurrent[cell] ? input + hidden : window * input);
  return rows * columns(embedding) + (layers - 1) * rows * columns(hidden) + hidden * vocabulary;
}

/** Nominal operations a token: 2 for each matrix weight forward, 4 more backward. */
export const flopsPerToken = (c) => (c.mode === "train" ? 6 : 2) * matrixParameters(c);

export const threadWords = (threads) => `${threads} thread${threads > 1 ? "s" : ""}`;

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;
const round = (value, digits) => Number(value.toFixed(digits));

/**
 * The record of a case, the same for all peers. `seconds`: of each counted step, or of a whole generation.
 */
export function recordOf(c, peer, version, seconds, { losses, ...more } = {}) {
  const few = Math.max(1, Math.min(3, Math.floor((losses?.length ?? 0) / 3)));
  const units = c.mode === "train" ? c.batch * c.bptt : c.chars;
  return {
    peer,
    version,
    config: c.config,
    cell: c.cell,
    mode: c.mode,
    threads: c.threads,
    batch: c.batch,
    bptt: c.bptt,
    steps: seconds.length,
    step_ms: round(median(seconds) * 1e3, 3),
    step_ms_min: round(Math.min(...seconds) * 1e3, 3),
    [c.mode === "train" ? "tokens_per_s" : "chars_per_s"]: round(units / median(seconds), 1),
    ...(losses && { loss_first: round(mean(losses.slice(0, few)), 4), loss_last: round(mean(losses.slice(-few)), 4) }),
    rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    os_threads: Number(/^Threads:\s+(\d+)/m.exec(readStatus())?.[1] ?? 1),
    ...more,
  };
}

function readStatus() {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return ""; // not Linux
  }
}
