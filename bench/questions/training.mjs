// How fast is a training step, and how near does it come to what the machine can do? By configuration, cell, engine and threads.

import { engines, threadCounts } from "../engines.mjs";
import { blasProduct } from "../peers/pytorch.mjs";
import { bars } from "../picture.mjs";
import { number, percent, withSpread } from "../report.mjs";
import { ours, rounds, spread, spreadOf } from "../rounds.mjs";

/** Steps and warm-up, so that a case takes seconds. */
export const lengths = { S: { steps: 40, warmup: 10 }, M: { steps: 4, warmup: 1 }, L: { steps: 1, warmup: 1 } };
const quickLengths = { S: { steps: 15, warmup: 5 }, M: { steps: 1, warmup: 1 } };

export async function measure({ quick, tell }) {
  const cases = [];
  for (const [config, length] of Object.entries(quick ? quickLengths : lengths)) {
    for (const cell of quick && config !== "S" ? ["gru"] : ["rnn", "gru", "lstm"]) {
      for (const engine of engines()) {
        for (const threads of threadCounts()) {
          cases.push(ours({ config, cell, engine, threads, ...length, peak: true }));
        }
      }
    }
  }
  return rounds([...cases, ...(await blasProduct({ quick }))], quick ? 2 : 5, tell);
}

export function tables(rows) {
  const product = rows.find((row) => row.product);
  const blas = product && spreadOf(product, "processor_gflops");
  const mine = rows.filter((row) => !row.product);
  return [
    {
      title: `Training${blas ? `; the best BLAS here (${product.product}) does ${number(blas.max)} GFLOP/s a core on a 2048³ product` : ""}`,
      columns: ["case", "engine", "threads", "tokens/s", "GFLOP/s", "of FMA peak", "of BLAS"],
      rows: mine.map((row) => [
        `${row.config} ${row.cell}`,
        row.engine,
        row.threads,
        withSpread(spreadOf(row, "tokens_per_s")),
        withSpread(spreadOf(row, "gflops")),
        percent(spreadOf(row, "peak_share")),
        blas === undefined ? "–" : percent(scaled(perProcessorSecond(row), 1 / blas.max)),
      ]),
    },
  ];
}

/** GFLOP for each second of processor time: what others on the machine took is not in it. */
const perProcessorSecond = (row) =>
  spread(row.records.map((record) => (record.gflops * record.step_ms) / record.processor_ms));
const scaled = (of, by) => of && { median: of.median * by, min: of.min * by, max: of.max * by };

export function pictures(rows) {
  const shown = rows
    .filter((row) => !row.product)
    .map((row) => ({ row, speed: spreadOf(row, "gflops") }))
    .filter(({ speed }) => speed);
  return {
    training: bars(
      "Training: GFLOP/s by nominal operations",
      "",
      shown.map(({ row, speed }) => ({
        label: `${row.config} ${row.cell}, ${row.engine}, ${row.threads} thread${row.threads > 1 ? "s" : ""}`,
        series: row.engine,
        ...speed,
        shown: number(speed.median),
      })),
    ),
  };
}
