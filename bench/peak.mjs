// The most that one core can do here and now: multiply-adds without memory, at the engine's own instruction level
// (kernels/peak.c). In processor time, from which others on the machine take nothing.

import { existsSync, readFileSync } from "node:fs";

const CHAINS = 12; // vectors of multiply-adds in a turn
const TURNS = 200_000;
const GOES = 8;

/** Seconds of processor time of this process, all its threads. */
export function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * GFLOP/s of `work`, which is so many operations a time, over about `seconds` of processor time. Asking the time takes
 * 2 µs, so short works are done many times between.
 */
export function rate(operations, work, seconds) {
  const start = processorSeconds();
  let times = 0;
  for (let often = 1; ; ) {
    for (let i = 0; i < often; i++) work();
    times += often;
    const spent = processorSeconds() - start;
    if (spent > seconds) return (times * operations) / spent / 1e9;
    if (spent < seconds / 8) often *= 2;
  }
}

/** Opens a measure of GFLOP/s for an engine; undefined where its level has none. */
export async function openPeak({ name, level }) {
  const loop = name === "wasm" ? wasmLoop(level) : name === "native" ? await nativeLoop(level) : undefined;
  const go = ({ lanes, run }) => rate(TURNS * CHAINS * lanes * 2, run, 0.01);
  return loop && (() => Math.max(...Array.from({ length: GOES }, () => go(loop))));
}

function wasmLoop(level) {
  const bytes = readFileSync(new URL(`peak/${level}.wasm`, import.meta.url));
  const { peak } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  return { lanes: 4, run: () => peak(TURNS, 0.5, 1) };
}

async function nativeLoop(level) {
  const door = new URL("../dist/node/engine/native.js", import.meta.url);
  if (!existsSync(door)) return undefined;
  const { loadAddon } = await import(door.href);
  const row = loadAddon().addon?.levels.find((each) => each.name === level);
  return row && { lanes: row.lanes, run: () => row.peak(TURNS) };
}
