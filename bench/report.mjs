// Reports of measurements: Markdown tables, a JSON file of results with the machine they are from, and tables written
// into a page between its marks.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { threadWords } from "./work.mjs";

const results = new URL("results/", import.meta.url);

/** 1,234 · 12.3 · 0.123 */
export const number = (value) =>
  value >= 100
    ? Math.round(value).toLocaleString("en")
    : value >= 10
      ? value.toFixed(1)
      : value.toFixed(value < 1 ? 3 : 2);

/** "12.3 (11.9–12.8)" */
export function withSpread(of, unit = "") {
  if (of === undefined) return "–";
  const { median, min, max } = of;
  return `${number(median)}${unit}${min === max ? "" : ` (${number(min)}–${number(max)})`}`;
}

/** "2 threads", or "2 threads asked" if a note says that the run had fewer. */
export const threadsOf = ({ threads, records }) =>
  `${threadWords(threads)}${records.some(({ notes }) => notes) ? " asked" : ""}`;

export const percent = (of) => (of === undefined ? "–" : `${(100 * of.median).toFixed(0)}%`);

export function markdown({ title, columns, rows }) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [`**${title}**`, "", line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The properties of the machine that a figure depends on. */
export function machine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: processorName(),
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load: loadavg().map((each) => Number(each.toFixed(1))),
  };
}

/** The processor's name; a virtual machine often hides it, so family and model stand in for it. */
function processorName() {
  const name = cpus()[0]?.model ?? process.arch;
  if (!existsSync("/proc/cpuinfo")) return name;
  const info = readFileSync("/proc/cpuinfo", "utf8");
  const of = (field) => new RegExp(`^${field}\\s*: (.*)$`, "m").exec(info)?.[1];
  const widest = ["avx512f", "avx2", "avx"].find((each) => of("flags")?.split(" ").includes(each));
  return `${name} (family ${of("cpu family")}, model ${of("model")}${widest ? `, ${widest}` : ""})`;
}

export function writeResults(name, value, pictures) {
  mkdirSync(results, { recursive: true });
  writeFileSync(new URL(`${name}.json`, results), `${JSON.stringify(value, null, 1)}\n`);
  for (const [file, svg] of Object.entries(pictures)) writeFileSync(new URL(`${file}.svg`, results), svg);
}

/** Writes text between `<!-- name -->` and `<!-- /name -->` of a page; does nothing to a page without these marks. */
export function putIntoPage(page, name, text) {
  const open = `<!-- ${name} -->`;
  const close = `<!-- /${name} -->`;
  const was = readFileSync(page, "utf8");
  const from = was.indexOf(open);
  const to = was.indexOf(close);
  if (from < 0 || to < from) return;
  writeFileSync(page, `${was.slice(0, from + open.length)}\n${text}\n${was.slice(to)}`);
}
