// Memory of a run: the bytes of its plan and the growth of resident memory over the idle process.

import { best, threadCounts } from "../engines.mjs";
import { number, percent, threadsOf, withSpread } from "../report.mjs";
import { ours, rounds, spreadOf } from "../rounds.mjs";

export async function measure({ quick, tell }) {
  const shapes = [
    { config: "S", cell: "gru" },
    { config: "M", cell: "gru" },
    { config: "M", cell: "lstm", batch: 32 },
    { config: "M", cell: "rnn", hidden: 2048, bptt: 8 },
    ...(quick
      ? []
      : [
          { config: "L", cell: "gru", bptt: 64 },
          { config: "L", cell: "lstm", bptt: 16 },
          { config: "L", cell: "rnn" },
        ]),
  ];
  const cases = shapes.flatMap((shape) =>
    threadCounts().map((threads) => ours({ ...shape, engine: best(), threads, steps: 1, warmup: 1 })),
  );
  return rounds(cases, 1, tell);
}

export function tables(rows) {
  const shapeOf = ({ config, cell, records, run, engine, threads, steps, warmup, ...changed }) =>
    [`${config} ${cell}`, ...Object.entries(changed).map(([name, value]) => `${name} ${value}`)].join(", ");
  return [
    {
      title: "Memory of a training run, MiB",
      columns: ["case", "engine", "threads", "plan", "growth", "growth of plan", "whole process at its peak"],
      rows: rows.map((row) => {
        const plan = spreadOf(row, "plan_mb");
        const growth = spreadOf(row, "growth_mb");
        const share = plan && growth && { median: growth.median / plan.median };
        return [
          shapeOf(row),
          row.engine,
          threadsOf(row),
          plan ? number(plan.median) : "–",
          growth ? number(growth.median) : "–",
          percent(share),
          withSpread(spreadOf(row, "rss_mb")),
        ];
      }),
    },
  ];
}
