// Growth of the time of a token with hidden width, lanes, window length, threads and the size of the text: one of them
// varies at a time, from a GRU of 256 units with 64 lanes and windows of 32.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { best, threadCounts } from "../engines.mjs";
import { lines } from "../picture.mjs";
import { number, withSpread } from "../report.mjs";
import { ours, rounds, spread } from "../rounds.mjs";
import { textPath } from "../work.mjs";

const base = { config: "S", cell: "gru", embedding: 64, hidden: 256, batch: 64, bptt: 32 };
const names = { hidden: "H, hidden width", batch: "B, lanes", bptt: "T, window", threads: "threads", text: "text, MB" };
const unitOf = (axis) => (axis === "hidden" ? "ns a token and hidden unit²" : "µs a token");

export async function measure({ quick, tell }) {
  const folder = mkdtempSync(join(tmpdir(), "longhand-bench-"));
  const text = readFileSync(textPath);
  const copy = (times) => {
    const path = join(folder, `${times}.txt`);
    writeFileSync(path, Buffer.concat(Array(times).fill(text)));
    return path;
  };
  const axes = {
    hidden: quick ? [64, 256, 512] : [64, 128, 256, 512, 1024],
    batch: quick ? [1, 16, 64] : [1, 4, 16, 64, 256],
    bptt: quick ? [4, 32, 128] : [2, 8, 32, 128, 512],
    threads: threadCounts(),
    text: quick ? [1, 8] : [1, 8, 32],
  };
  const cases = Object.entries(axes).flatMap(([axis, values]) =>
    values.map((value) => {
      const changed = { ...base, engine: best(), [axis]: axis === "text" ? copy(value) : value };
      const work = changed.batch * changed.bptt * (changed.hidden / 256) ** 2;
      const steps = Math.max(2, Math.round((quick ? 5_000 : 40_000) / work));
      return { axis, value, ...ours({ ...changed, steps, warmup: Math.max(1, steps >> 2) }) };
    }),
  );
  try {
    const rows = await rounds(cases, quick ? 1 : 3, tell);
    return rows.map(({ text, ...row }) => row);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const microseconds = (row) => spread(row.records.map((record) => 1e6 / record.tokens_per_s));

export function tables(rows) {
  return Object.entries(names).map(([axis, name]) => ({
    title: `Time of a token by ${name}`,
    columns: [name, "µs a token", "GFLOP/s"],
    rows: rows
      .filter((row) => row.axis === axis)
      .map((row) => [
        number(row.value),
        withSpread(microseconds(row)),
        withSpread(spread(row.records.map((r) => r.gflops))),
      ]),
  }));
}

export function pictures(rows) {
  const of = (axis) =>
    rows
      .filter((row) => row.axis === axis && microseconds(row))
      .map((row) => [
        row.value,
        axis === "hidden" ? (1e3 * microseconds(row).median) / row.value ** 2 : microseconds(row).median,
      ]);
  return Object.fromEntries(
    ["hidden", "batch", "bptt"]
      .filter((axis) => of(axis).length > 1)
      .map((axis) => [
        `growth-${axis}`,
        lines(`Time of a token by ${names[axis]}`, names[axis], unitOf(axis), [{ name: "gru", points: of(axis) }]),
      ]),
  );
}
