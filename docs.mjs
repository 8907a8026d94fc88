// `npm run docs`: draws docs/settings.md from the rows in dist/, which are src/'s. With --print it goes to standard output
// instead, which is how a test sees that the page is no longer what the rows say.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { flagOf, rangeOf } from "./dist/base/setting.js";
import { filterSettings } from "./dist/generation/filter.js";
import { settingRows } from "./dist/training/settings/table.js";

const groups = [
  ["text", "Text", "What a token is, and which part of the text is kept for validation."],
  ["model", "Model", "Its cell and its sizes."],
  ["lanes and windows", "Lanes and windows", "How the text is walked, and when the carried state begins anew."],
  [
    "augmentation",
    "Augmentation",
    "What is changed in the stream that is trained on; validation never is ([augmentation.md](augmentation.md)).",
  ],
  ["training", "Training", "How gradients become weights, and for how long."],
  ["run", "Run", "What is told, kept and computed with."],
];

/** Long numbers as people write them: 2^53 − 1, the largest exact whole number, and powers of ten. */
const readable = (text) =>
  text.replaceAll(String(2 ** 53 - 1), "2^53 − 1").replace(/\b1(0{5,})\b/g, (_, zeros) => `10^${zeros.length}`);
const cell = (text) => readable(text).replace(/[|<]/g, "\\$&");
const phrase = (text) => text[0].toLowerCase() + text.slice(1);

function shown(value) {
  if (value === undefined) return "unset";
  return value === true ? "on" : value === false ? "off" : `${value}`;
}

function table(rows) {
  const lines = rows.map((setting) =>
    [`\`${flagOf(setting)}\``, shown(setting.default), rangeOf(setting), setting.unit ?? "", phrase(setting.help)].map(
      cell,
    ),
  );
  const all = [["flag", "default", "range", "unit", "what it does"], ["---", "---", "---", "---", "---"], ...lines];
  return all.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

const sections = groups.map(
  ([group, title, about]) =>
    `## ${title}\n\n${about}\n\n${table(settingRows.filter((setting) => setting.group === group))}\n`,
);

const page = `# Settings

Every setting of a run. This page is drawn from the rows in \`src/\` by \`npm run docs\`; do not edit it.

A flag of the command line and a key of the library are the same word: \`--min-freq 3\` is \`{ minFreq: 3 }\`, and
\`--lower on\` is \`{ lower: true }\`. "Unset" means that a rule decides, which the last column tells. A setting that belongs to
one kind of cell, optimizer or schedule is refused with another kind.

${sections.join("\n")}
## Writing

For \`longhand generate\`, \`session.next()\` and \`write()\`. Applied in this order: temperature, top-k, top-p, min-p. The
command's other flags (\`--prompt --length --seed --count --threads --unknown\` …) are in \`longhand generate --help\`.

${table(filterSettings)}
`;

if (process.argv.includes("--print")) process.stdout.write(page);
else writeFileSync(fileURLToPath(new URL("docs/settings.md", import.meta.url)), page);
