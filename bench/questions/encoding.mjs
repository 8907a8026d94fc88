// How fast does text become ids? Each unit over the same text, in processor time.

import { readFileSync } from "node:fs";
import { processorSeconds } from "../peak.mjs";
import { withSpread } from "../report.mjs";
import { spreadOf } from "../rounds.mjs";
import { textPath } from "../work.mjs";

const { makeField, readCorpus } = await import(new URL("../../dist/node.js", import.meta.url));

export async function measure({ quick, tell }) {
  const text = readFileSync(textPath);
  const copies = quick ? 4 : 32;
  async function* pieces() {
    for (let i = 0; i < copies; i++) yield text;
  }
  const rows = [];
  for (const unit of ["byte", "char", "word"]) {
    const records = [];
    for (let go = 0; go < (quick ? 2 : 5); go++) {
      tell(unit);
      const [wall, cpu] = [performance.now(), processorSeconds()];
      await readCorpus([{ name: "text", bytes: pieces() }], { field: makeField({ unit }) });
      const mb = (text.length * copies) / 1e6;
      records.push({
        mb_per_s: (mb / (performance.now() - wall)) * 1e3,
        mb_per_processor_s: mb / (processorSeconds() - cpu),
      });
    }
    rows.push({ unit, mb: (text.length * copies) / 1e6, records });
  }
  return rows;
}

export function tables(rows) {
  return [
    {
      title: "Encoding text held in memory",
      columns: ["unit", "text, MB", "MB/s", "MB a second of processor time"],
      rows: rows.map((row) => [
        row.unit,
        row.mb.toFixed(1),
        withSpread(spreadOf(row, "mb_per_s")),
        withSpread(spreadOf(row, "mb_per_processor_s")),
      ]),
    },
  ];
}
