// Engines and thread counts that this build of longhand has on this machine. The reference engine is left out: it
// defines the right results and is not meant to be fast.

import { availableParallelism } from "node:os";

const dist = (file) => new URL(`../dist/${file}`, import.meta.url);
const { engineNames } = await import(dist("compute/engines.js"));
const { nodeEngine, settingRows } = await import(dist("advanced-node.js"));

/** Names for `--engine`, fastest first, one for each usable engine and instruction level. */
export function engines() {
  const seen = new Set(["reference f32"]);
  return engineNames.filter((name) => {
    if (name === "auto") return false;
    try {
      const { engine } = nodeEngine(name);
      const identity = `${engine.name} ${engine.level}`;
      return !seen.has(identity) && seen.add(identity);
    } catch {
      return false; // `--engine` gives the reason
    }
  });
}

/** The fastest level of each engine. */
export function kinds() {
  const first = new Map();
  for (const name of engines()) {
    const kind = name.split("-")[0];
    if (!first.has(kind)) first.set(kind, name);
  }
  return [...first.values()];
}

/** One thread, and as many as cores if threads are available. */
export function threadCounts() {
  const hasThreads = settingRows.some(({ name }) => name === "threads");
  return [...new Set([1, hasThreads ? availableParallelism() : 1])];
}

/** The name of the engine that `auto` selects. */
export const best = () => engines()[0];
