// `npm run docs`: writes docs/settings.md and src/training/settings/settings.ts from the rows in dist/. With --print
// the page, with --print-types the types go to standard output instead: a test compares them with the files.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rangeOf } from "./dist/base/setting.js";
import { flagOf } from "./dist/cli/flags.js";
import { filterSettings } from "./dist/generation/filter.js";
import { settingRows } from "./dist/training/settings/table.js";

const groups = [
  ["text", "Text", "What a token is, and which part of the text is for validation."],
  ["model", "Model", "The cell and its sizes."],
  [
    "lanes and windows",
    "Lanes and windows",
    "How the text is cut into lanes and windows, and when the carried state is reset.",
  ],
  [
    "augmentation",
    "Augmentation",
    "Changes of the training stream; the validation part never changes ([augmentation.md](augmentation.md)).",
  ],
  ["training", "Training", "Optimizer, learning rate schedule, clipping, length of the run, recovery from divergence."],
  ["run", "Run", "Seed, validation, samples, log, saving, engine and threads."],
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

Every setting of a run. \`npm run docs\` generates this page from the rows in \`src/\`; do not edit it.

A flag of the command line and a key of the library have the same name: \`--min-freq 3\` is \`{ minFreq: 3 }\`, and
\`--lower on\` is \`{ lower: true }\`. Where the default is "unset", the last column gives the rule that decides. A setting of
one kind of cell, optimizer or schedule is refused with another kind.

${sections.join("\n")}
## Generation

For \`longhand generate\`, \`model.generate()\` and \`session.draw()\`. They apply in this order: temperature, top-k, top-p, min-p. The
command's other flags (\`--prompt --length --seed --count --unknown\` …) are in \`longhand generate --help\`.

${table(filterSettings)}
`;

/** The default in the words of its row: "default 32", "unset". */
const defaultOf = ({ default: value }) => (value === undefined ? "" : `Default ${JSON.stringify(value)}.`);

function typeOf(row) {
  if (row.type === "choice") return row.choices.map((each) => JSON.stringify(each)).join(" | ");
  return { number: "number", integer: "number", flag: "boolean", text: "string" }[row.type];
}

/** What a hover shows: help, unit, range and default. */
function hover(row) {
  const { help, unit, type } = row;
  const range = type === "choice" || type === "flag" ? "" : readable(rangeOf(row));
  const kinds = { number: "A number", integer: "A whole number", text: "A text:" };
  const parts = [
    `${help[0].toUpperCase()}${help.slice(1)}.`,
    unit && `Unit: ${unit}.`,
    range && `${kinds[type]} ${range}.`,
    defaultOf(row),
  ];
  return `/** ${parts.filter(Boolean).join(" ")} */`;
}

const wrapped = (text, indent) => {
  if (indent.length + text.length <= 120) return `${indent}${text}`;
  const lines = [""];
  for (const word of text.slice(4, -3).split(" ")) {
    if (lines.at(-1).length + word.length + indent.length + 4 > 120) lines.push("");
    lines[lines.length - 1] += lines.at(-1) === "" ? word : ` ${word}`;
  }
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`].join("\n");
};

function member(row) {
  const type = `${typeOf(row)} | undefined`;
  const line = `  readonly ${row.name}?: ${type};`;
  const broken = `  readonly ${row.name}?:\n${type
    .split(" | ")
    .map((each) => `    | ${each}`)
    .join("\n")};`;
  return `${wrapped(hover(row), "  ")}\n${line.length <= 120 ? line : broken}`;
}
const withDefault = settingRows.filter((row) => row.default !== undefined && row.name !== "cell");

const types = `// Types of the settings, generated from the rows by \`npm run docs\`. Change the rows, not this file.

import type { SettingValues } from "../../base/setting.js";

/** Settings of a run, as a caller gives them; what is left out has its default. */
export type Settings = {
${settingRows.map(member).join("\n")}
};

/** Settings beside a cell of one's own: \`cell\` may be its kind, and its own settings stand beside the others. */
export type OpenSettings = Omit<Settings, "cell"> & { readonly cell?: string | undefined } & SettingValues;

export type Defaulted =
${withDefault.map((row) => `  | "${row.name}"`).join("\n")};

/**
 * Checked settings with the defaults filled in; what has no default may be absent. \`cell\` is the kind of any cell.
 */
export type CheckedSettings = { readonly [Name in Defaulted]-?: NonNullable<Settings[Name]> } & {
  readonly cell: string;
} & Omit<Settings, Defaulted | "cell">;
`;

if (process.argv.includes("--print")) process.stdout.write(page);
else if (process.argv.includes("--print-types")) process.stdout.write(types);
else {
  writeFileSync(fileURLToPath(new URL("docs/settings.md", import.meta.url)), page);
  writeFileSync(fileURLToPath(new URL("src/training/settings/settings.ts", import.meta.url)), types);
}
