// Which engines and numbers of threads this longhand has here, so that the bench grows with them. The reference is left
// out: it defines what is right, and nobody is meant to wait for it.

import { availableParallelism } from "node:os";

const dist = (file) => new URL(`../dist/${file}`, import.meta.url);
const { engineNames } = await import(dist("compute/engines.js"));
const { nodeEngine, settings } = await import(dist("advanced-node.js"));

/** Names for `--engine`, fastest first, one for each engine and level that can be used here. */
export function engines() {
  const seen = new Set(["reference f32"]);
  return engineNames.filter((name) => {
    if (name === "auto") return false;
    try {
      const { engine } = nodeEngine(name);
      const identity = `${engine.name} ${engine.level}`;
      return !seen.has(identity) && seen.add(identity);
    } catch {
      return false; // it says why under --engine
    }
  });
}

/** The best level of each engine. */
export function kinds() {
  const first = new Map();
  for (const name of engines()) {
    const kind = name.split("-")[0];
    if (!first.has(kind)) first.set(kind, name);
  }
  return [...first.values()];
}

/** One thread, and all cores where threads can be had. */
export function threadCounts() {
  const hasThreads = settings.some(({ name }) => name === "threads");
  return [...new Set([1, hasThreads ? availableParallelism() : 1])];
}

/** Name, for tables, of the engine that `auto` is. */
export const best = () => engines()[0];
