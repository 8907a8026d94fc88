// Common code of the JavaScript peers: random parameters with PyTorch's distributions, laid out (in, gates · H) for
// x · W; sampling; and the timed loops over steps and characters.

import { readFileSync } from "node:fs";
import { gates, parseCase, recordOf, windows } from "../work.mjs";

export const c = parseCase(process.argv.slice(2));
export const G = gates[c.cell];
/** State tensors of a layer: h, and c for the LSTM. */
export const slots = c.cell === "lstm" ? 2 : 1;

/** Uniform in [0, 1): a multiplicative generator modulo 2³¹ − 1 (Park and Miller 1988), good enough for a benchmark. */
function draws(seed) {
  let x = seed;
  return () => {
    x = (x * 48271) % 2147483647;
    return x / 2147483647;
  };
}

/** name → { shape, data } */
export function parameters() {
  const random = draws(1);
  const { vocabulary, embedding, layers, hidden } = c;
  const of = (shape, bound) => {
    const size = shape.reduce((product, each) => product * each, 1);
    return { shape, data: Float32Array.from({ length: size }, () => (2 * random() - 1) * bound) };
  };
  const bound = 1 / Math.sqrt(hidden);
  const all = { embedding: of([vocabulary, embedding], Math.sqrt(3)) }; // variance 1, like PyTorch's normal
  for (let l = 0; l < layers; l++) {
    all[`input${l}`] = of([l === 0 ? embedding : hidden, G * hidden], bound);
    all[`hidden${l}`] = of([hidden, G * hidden], bound);
    all[`inputBias${l}`] = of([G * hidden], bound);
    all[`hiddenBias${l}`] = of([G * hidden], bound);
  }
  return { ...all, decoder: of([hidden, vocabulary], bound), decoderBias: of([vocabulary], bound) };
}

const random = draws(3);

/** An id drawn from the softmax of logits. */
export function draw(logits) {
  const most = Math.max(...logits);
  const weights = Array.from(logits, (each) => Math.exp(each - most));
  let left = random() * weights.reduce((sum, each) => sum + each, 0);
  for (const [id, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return id;
  }
  return weights.length - 1;
}

/** Times `step(window)`, which returns the loss, and prints the record. */
export async function race(peer, version, step, more = {}) {
  const seconds = [];
  const losses = [];
  for (const window of windows(c)) {
    const begun = performance.now();
    losses.push(await step(window));
    if (losses.length > c.warmup) seconds.push((performance.now() - begun) / 1e3);
    if (losses.length === c.warmup + c.steps) break;
  }
  printRecord(recordOf(c, peer, version, seconds, { losses, ...more }));
}

/** Times `next(id)`, which returns the logits after an id, and prints the record. */
export async function write(peer, version, next, more = {}) {
  let id = 0;
  const some = async (n) => {
    for (let i = 0; i < n; i++) id = draw(await next(id));
  };
  await some(50);
  const begun = performance.now();
  await some(c.chars);
  printRecord(recordOf(c, peer, version, [(performance.now() - begun) / 1e3], more));
}

export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}

/** Prints the record and exits, since the threads of some peers would keep the process alive. */
function printRecord(record) {
  process.stdout.write(`${JSON.stringify(record)}\n`, () => process.exit());
}
