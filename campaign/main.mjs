// Command line of the campaigns, `npm run campaign`: attacks on runs at random moments, with a table of what was tried.
//
//   npm run campaign -- kill|files|terminal|disk [--trials N] [--seconds N] [--seed N]
//
// A campaign has cases. Its trials go round them until `--trials` (in all) or `--seconds` is reached.

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dice } from "./kit.mjs";

const campaigns = ["kill", "files", "terminal", "disk"];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    trials: { type: "string", default: "1000" },
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
  },
});
const asked = positionals.length > 0 ? positionals : campaigns;
const unknown = asked.find((name) => !campaigns.includes(name));
if (unknown !== undefined) {
  console.error(`The campaigns are ${campaigns.join(", ")}; got ${unknown}.`);
  process.exit(2);
}
let failed = 0;
for (const name of asked) failed += await attack(name);
process.exitCode = failed > 0 ? 1 : 0;

/** Runs one campaign, prints its table and returns the number of failures. */
async function attack(name) {
  const seed = Number(values.seed);
  const root = mkdtempSync(join(tmpdir(), `longhand-${name}-`));
  const begun = performance.now();
  const rows = [];
  try {
    const { prepare } = await import(`./${name}.mjs`);
    const { cases, close = () => {} } = await prepare(root);
    for (const { name: what, lacking } of cases.filter((each) => each.lacking)) {
      console.error(`${name}: left out: ${what}: ${lacking}`);
    }
    const tried = cases.filter((each) => !each.lacking);
    for (const each of tried) rows.push({ name: each.name, trials: 0, failures: [] });
    for (let trial = 0; trial < Number(values.trials); trial++) {
      if (performance.now() - begun > 1000 * Number(values.seconds) && trial >= tried.length) break;
      const row = rows[trial % tried.length];
      const failure = await tried[trial % tried.length].attempt(dice(seed, trial), join(root, `t${trial}`));
      row.trials += 1;
      if (failure !== undefined) {
        row.failures.push(failure);
        console.error(`${name}: ${row.name}: trial ${trial} of seed ${seed}: ${failure}`);
      }
      rmSync(join(root, `t${trial}`), { recursive: true, force: true });
    }
    await close();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`\n## ${name}\n`);
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}, ${cpus().length} cores, Node ${process.versions.node}, ` +
      `load ${loadavg()[0].toFixed(1)}; \`npm run campaign -- ${name} --seconds ${values.seconds} --seed ${seed}\`, ${seconds} s\n`,
  );
  console.log(table([...rows, { name: "all", trials: sum(rows), failures: rows.flatMap((row) => row.failures) }]));
  return rows.reduce((all, row) => all + row.failures.length, 0);
}

function sum(rows) {
  return rows.reduce((all, row) => all + row.trials, 0);
}

/** Where nothing failed in N trials, a failure's probability is below 3/N with 95% confidence. */
function table(rows) {
  const line = ({ name, trials, failures }) => {
    const bound = failures.length > 0 || trials === 0 ? "–" : `${Math.min(100, Math.ceil(3000 / trials) / 10)}%`;
    return `| ${name} | ${trials} | ${failures.length} | ${bound} |`;
  };
  return [
    "| case | trials | failures | probability of a failure is below |",
    "| --- | --- | --- | --- |",
    ...rows.map(line),
  ].join("\n");
}
