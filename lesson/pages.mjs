// Writes docs/lesson-7/: the table, the picture and the samples of the existing runs.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machine } from "../bench/report.mjs";
import { picture } from "./picture.mjs";
import { recordsOf } from "./record.mjs";
import { PROMPT, sampleOf } from "./samples.mjs";
import { table } from "./table.mjs";

const LENGTH = 300;

export async function writePages(rungs, folder, { quick, to = "docs/lesson-7" }) {
  const pages = {
    "table.md":
      "# The climb, in " +
      `figures\n\n${where(rungs, folder)}\n\n${await table(rungs, folder, { quick })}\n\n![](picture.svg)\n`,
    "picture.svg": picture(rungs, folder, { quick }),
    "samples.md": await samples(rungs, folder),
  };
  mkdirSync(to, { recursive: true });
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(to, name), text);
}

function where(rungs, folder) {
  const { date, processor, cores, node } = machine();
  const engines = [...new Set(rungs.flatMap((rung) => recordsOf(folder, rung).map(({ engine }) => engine)))];
  return (
    `\`npm run lesson -- --docs\`, ${date}: ${processor}, ${cores} cores, ` +
    `Node ${node.slice(1)}; ${engines.join(" and ")}.`
  );
}

async function samples(rungs, folder) {
  const parts = [];
  for (const rung of rungs) {
    const [first] = recordsOf(folder, rung);
    const text = first && (await sampleOf(first.folder, LENGTH));
    if (text !== undefined) parts.push(`## ${rung.name}\n\n${rung.what}.\n\n\`\`\`text\n${PROMPT}${text}\n\`\`\`\n`);
  }
  const about =
    `The best model of each rung's first seed, ${LENGTH} characters after “${PROMPT}”, temperature ` +
    `0.8, seed 1. Where no state outlives a window,\nit is given the last few characters anew for ` +
    `each one, as it was trained. \`npm run lesson -- --docs\` writes this page.`;
  return `# What each rung writes\n\n${about}\n\n${parts.join("\n")}`;
}
