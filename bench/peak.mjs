// The multiply-add peak of one core, without memory access, at the engine's instruction level (kernels/peak.c). In
// processor time, which excludes other programs' load.

import { existsSync, readFileSync } from "node:fs";

const CHAINS = 12; // vectors of multiply-adds in an iteration
const TURNS = 200_000;
const GOES = 8;

/** Seconds of processor time of all threads of this process. */
export function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * GFLOP/s of `work`, a function of a known number of operations, over about `seconds` of processor time. Reading the
 * clock takes 2 µs, so a short function runs many times between two readings.
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

/** A function that measures an engine's peak in GFLOP/s; undefined if its level has none. */
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
