// Speed of generation: one stream, character by character, like `generate` without the printing.

import { kinds } from "../engines.mjs";
import { bars } from "../picture.mjs";
import { number, threadsOf, withSpread } from "../report.mjs";
import { ours, picks, rounds, spreadOf } from "../rounds.mjs";
import { written } from "./peers.mjs";

export async function measure({ quick, tell, only, times }) {
  const cases = [];
  for (const config of quick ? ["S", "M"] : ["S", "M", "L"]) {
    for (const cell of quick ? ["gru"] : ["rnn", "gru", "lstm"]) {
      for (const engine of kinds()) {
        cases.push(ours({ config, cell, mode: "generate", engine, threads: 1, chars: written[config] }));
      }
    }
  }
  return rounds(cases.filter(picks(only)), times, tell);
}

export function tables(rows) {
  return [
    {
      title: "Generation, one stream",
      columns: ["case", "engine", "threads", "characters/s", "GFLOP/s"],
      rows: rows.map((row) => [
        `${row.config} ${row.cell}`,
        row.engine,
        threadsOf(row),
        withSpread(spreadOf(row, "chars_per_s")),
        withSpread(spreadOf(row, "gflops")),
      ]),
    },
  ];
}

export function pictures(rows) {
  const shown = rows.map((row) => ({ row, speed: spreadOf(row, "chars_per_s") })).filter(({ speed }) => speed);
  const bar = ({ row, speed }) => ({
    label: `${row.config} ${row.cell}, ${row.engine}, ${threadsOf(row)}`,
    series: row.engine,
    ...speed,
    shown: number(speed.median),
  });
  return { generation: bars("Generation: characters a second", "", shown.map(bar)) };
}
