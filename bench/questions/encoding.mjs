// Speed of encoding: each unit over the same text, in memory (the encoder alone, and with the text read by the rules
// of its field), and as in a run: from a file, read by the same rules, with its digest and fingerprints, into a token
// file.

import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processorSeconds } from "../peak.mjs";
import { withSpread } from "../report.mjs";
import { spreadOf } from "../rounds.mjs";
import { textPath } from "../work.mjs";

const dist = (file) => import(new URL(`../../dist/${file}`, import.meta.url));
const { createField, nodeFileSystem, readCorpus } = await dist("advanced-node.js");
const { corpusAsRead, readInto } = await dist("text/encoding/corpus.js");
const { readingOf } = await dist("text/encoding/field.js");
const { readAs } = await dist("text/reading/reading.js");
const { nodeSearch } = await dist("node/system/search.js");
const { watchText } = await dist("training/run/text-record.js");
const { createTokenFile } = await dist("training/run/token-file.js");
const { nodeHash } = await dist("node/system/hash.js");

/** Pairs of unit and document rule. */
const kinds = [
  ["byte", "none"],
  ["char", "none"],
  ["word", "none"],
  ["byte", "line"],
  ["char", "line"],
];

export async function measure({ quick, tell }) {
  const text = readFileSync(textPath);
  const most = quick ? 64 : 256;
  async function* pieces(copies) {
    for (let i = 0; i < copies; i++) yield text;
  }
  const folder = mkdtempSync(join(tmpdir(), "longhand-encoding-"));
  const large = join(folder, "t.txt");
  const ways = {
    "encoder alone": (field, copies) => corpusAsRead([{ name: "text", bytes: pieces(copies) }], { field }),
    "in memory": (field, copies) => readCorpus([{ name: "text", bytes: pieces(copies) }], { field }),
    "file to token file": async (field) => {
      const bytes = createReadStream(large, { highWaterMark: 1 << 20 });
      const read = readAs([{ name: "text", bytes }], readingOf(field), { search: nodeSearch });
      const { inputs, record } = watchText(read, nodeHash);
      const writer = await createTokenFile(nodeFileSystem(), join(folder, "tokens"), nodeHash);
      const data = await readInto(writer, inputs, { field });
      await record();
      await writer.seal("", data);
    },
  };
  const rows = [];
  for (const [way, read] of Object.entries(ways)) {
    for (const [unit, documents] of kinds) {
      const copies = unit === "word" ? most / 16 : most;
      writeFileSync(large, Buffer.concat(new Array(copies).fill(text)));
      const records = [];
      for (let go = 0; go < (quick ? 2 : 5); go++) {
        tell(`${unit}, documents ${documents}, ${way}`);
        const wall = performance.now();
        const cpu = processorSeconds();
        await read(createField({ unit, documents }), copies);
        const mb = (text.length * copies) / 1e6;
        records.push({
          mb_per_s: (mb / (performance.now() - wall)) * 1e3,
          mb_per_processor_s: mb / (processorSeconds() - cpu),
        });
      }
      rows.push({ unit, documents, way, mb: (text.length * copies) / 1e6, records });
    }
  }
  rmSync(folder, { recursive: true });
  return rows;
}

export function tables(rows) {
  return [
    {
      title: "Text into ids",
      columns: ["unit", "documents", "how", "text, MB", "MB/s", "MB a second of processor time"],
      rows: rows.map((row) => [
        row.unit,
        row.documents ?? "none",
        row.way,
        row.mb.toFixed(1),
        withSpread(spreadOf(row, "mb_per_s")),
        withSpread(spreadOf(row, "mb_per_processor_s")),
      ]),
    },
  ];
}
