// Speed of a training update, and its share of the machine's peak, by configuration, cell, engine and threads.

import { engines, kinds, threadCounts } from "../engines.mjs";
import { blasProduct } from "../peers/python.mjs";
import { bars } from "../picture.mjs";
import { number, percent, threadsOf, withSpread } from "../report.mjs";
import { ours, picks, ratio, rounds, spread, spreadOf } from "../rounds.mjs";

/** Numbers of updates and warm-up updates with which a case takes seconds. */
export const lengths = { S: { steps: 200, warmup: 50 }, M: { steps: 4, warmup: 1 }, L: { steps: 1, warmup: 1 } };
const quickLengths = { S: { steps: 100, warmup: 40 }, M: { steps: 1, warmup: 1 } };

export async function measure({ quick, tell, only, times }) {
  const cases = [];
  for (const [config, length] of Object.entries(quick ? quickLengths : lengths)) {
    for (const cell of quick ? ["gru"] : ["rnn", "gru", "lstm"]) {
      const levels = !quick && cell === "gru" && config !== "L" ? engines() : kinds();
      for (const engine of levels) {
        for (const threads of threadCounts()) {
          cases.push(ours({ config, cell, engine, threads, ...length, peak: true }));
        }
      }
    }
  }
  return rounds([...cases.filter(picks(only)), ...(await blasProduct({ quick }))], times, tell);
}

export function tables(rows) {
  const product = rows.find((row) => row.product);
  const blas = product && spreadOf(product, "processor_gflops");
  const mine = rows.filter((row) => !row.product);
  const best = blas
    ? `; the best BLAS here (${product.product}) does ${number(blas.max)} GFLOP/s a core on a 2048³ product`
    : "";
  return [
    {
      title: `Training${best}`,
      columns: ["case", "engine", "threads", "tokens/s", "GFLOP/s", "of one thread", "of FMA peak", "of BLAS"],
      rows: mine.map((row) => [
        `${row.config} ${row.cell}`,
        row.engine,
        threadsOf(row),
        withSpread(spreadOf(row, "tokens_per_s")),
        withSpread(spreadOf(row, "gflops")),
        row.threads > 1 ? withSpread(ratio(row, onOneThread(row, mine), "tokens_per_s")) : "–",
        percent(spreadOf(row, "peak_share")),
        blas === undefined ? "–" : percent(scaled(perProcessorSecond(row), 1 / blas.max)),
      ]),
    },
  ];
}

const onOneThread = ({ config, cell, engine }, rows) =>
  rows.find((row) => row.config === config && row.cell === cell && row.engine === engine && row.threads === 1);

/** GFLOP for each second of processor time, which excludes other programs' load. */
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
        label: `${row.config} ${row.cell}, ${row.engine}, ${threadsOf(row)}`,
        series: row.engine,
        ...speed,
        shown: number(speed.median),
      })),
    ),
  };
}
