// Writes docs/lesson-7/: the table, the picture and the samples of the existing runs.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machine } from "../bench/report.mjs";
import { picture } from "./picture.mjs";
import { recordsOf } from "./record.mjs";
import { PROMPT, sampleOf } from "./samples.mjs";
import { table } from "./table.mjs";

const LENGTH = 300;

export async function writePages(stages, folder, { quick, to = "docs/lesson-7" }) {
  const pages = {
    "table.md":
      "# The stages, in " +
      `figures\n\n${where(stages, folder)}\n\n${await table(stages, folder, { quick })}\n\n![](picture.svg)\n`,
    "picture.svg": picture(stages, folder, { quick }),
    "samples.md": await samples(stages, folder),
  };
  mkdirSync(to, { recursive: true });
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(to, name), text);
}

function where(stages, folder) {
  const { date, processor, cores, node } = machine();
  const engines = [...new Set(stages.flatMap((stage) => recordsOf(folder, stage).map(({ engine }) => engine)))];
  return (
    `\`npm run lesson -- --docs\`, ${date}: ${processor}, ${cores} cores, ` +
    `Node ${node.slice(1)}; ${engines.join(" and ")}.`
  );
}

async function samples(stages, folder) {
  const parts = [];
  for (const stage of stages) {
    const [first] = recordsOf(folder, stage);
    const text = first && (await sampleOf(first.folder, LENGTH));
    if (text !== undefined) parts.push(`## ${stage.name}\n\n${stage.what}.\n\n\`\`\`text\n${PROMPT}${text}\n\`\`\`\n`);
  }
  const about =
    `The best model of each stage's first seed, ${LENGTH} characters after “${PROMPT}”, temperature ` +
    `0.8, seed 1. Where no state outlives a window,\nit is given the last few characters anew for ` +
    `each one, as it was trained. \`npm run lesson -- --docs\` writes this page.`;
  return `# What each stage writes\n\n${about}\n\n${parts.join("\n")}`;
}
