// Runs the questions of the bench. Each is a file of questions/ that measures something and makes tables of it; this
// file prints the tables and writes the results.

import { loadavg } from "node:os";
import { machine, markdown, putIntoPage, writeResults } from "./report.mjs";

/** The questions in order. The last one is last because it enlarges this process, and so its child processes. */
const names = ["training", "generation", "memory", "startup", "growth", "peers", "encoding"];
const page = new URL("../docs/performance.md", import.meta.url);

/**
 * Runs the named questions, or all. `quick`: fewer cases and rounds; `docs`: write the tables into docs/performance.md.
 * `only` selects cases of training, generation and peers, whose results go to a file of their own.
 */
export async function ask(asked, { quick, docs, rounds, ...only }) {
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`The bench knows ${names.join(", ")} and one; got ${unknown}.`);
  const picked = Object.values(only);
  const words = [
    quick && "--quick",
    rounds && `--rounds ${rounds}`,
    ...Object.entries(only).map(([k, v]) => `--${k} ${v}`),
  ];
  for (const name of asked.length > 0 ? asked : names) {
    const question = await import(`./questions/${name}.mjs`);
    const begun = performance.now();
    const tell = (where) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${name}: ${where}`);
    const about = { ...machine(), command: ["npm run bench --", name, ...words.filter(Boolean)].join(" ") };
    const rows = await question.measure({ quick, tell, only, times: Number(rounds ?? (quick ? 2 : 5)) });
    tell("done\n");
    const tables = question.tables(rows).map(markdown).join("\n\n");
    const { date, processor, cores, node, load } = about;
    const seconds = Math.round((performance.now() - begun) / 1000);
    const where =
      `${date}, ${processor}, ${cores} cores, Node ${node.slice(1)}, load ${load[0]} before and ` +
      `${loadavg()[0].toFixed(1)} after; \`${about.command}\`, ${seconds} s`;
    console.log(`\n## ${name}\n${where}\n\n${tables}`);
    const place = [name, ...picked].join("-");
    writeResults(place, { ...about, rows }, picked.length > 0 ? {} : (question.pictures?.(rows) ?? {}));
    if (docs) putIntoPage(page, place, `\n${where}\n\n${tables}\n`);
  }
}
