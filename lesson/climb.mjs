// Climbs: each rung is a run in a folder of its own, started, gone on with where it was stopped, or left where it is
// finished. Which of the three is read from the run itself.

import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { resumeRun, startRun } from "../dist/advanced-node.js";
import { readRecord } from "./record.mjs";

/**
 * Runs `rungs` for each of `seeds` in `folder`, from `<recipes>/<name>.json`; `quick` takes each rung's shorter
 * settings. `stopping` is asked between windows, `tell` is given lines. Returns whether it came to the end.
 */
export async function climb(rungs, { folder, recipes, seeds, quick, stopping, tell }) {
  for (const seed of seeds) {
    for (const rung of rungs) {
      if (stopping()) return false;
      if (rung.command !== undefined) {
        tell(`${rung.name}: ${rung.what}. Not a run: ${rung.command}`);
        continue;
      }
      const recipe = JSON.parse(readFileSync(join(recipes, `${rung.name}.json`), "utf8"));
      tell(`${rung.name}: ${rung.what} (${cost(recipe, quick)})`);
      const out = join(folder, `${rung.name}-${seed}`);
      const settings = { ...recipe.settings, ...(quick && rung.quick), seed };
      const paths = [recipe.text].flat().map((path) => relative(process.cwd(), join(recipes, path)));
      if (!(await finish(out, { paths, settings }, { stopping, tell }))) return false;
    }
  }
  return true;
}

/** One run to its end, or to where it was stopped: false. */
async function finish(out, { paths, settings }, { stopping, tell }) {
  const before = readRecord(out);
  const last = before.validations.at(-1);
  if (before.finished) {
    tell(`  finished before, in ${Math.round(before.seconds)} s: ${last?.nats.toFixed(4)} nats`);
    return true;
  }
  const control = { stopping, notice: (text) => tell(`  ${text}`) };
  const run = before.begun ? await resumeRun(out, control) : await startRun({ ...control, paths, out, settings });
  const { epochs } = run.trainingRun.settings;
  for await (const event of run.events) {
    if (event.kind === "resumed") tell(`  going on after window ${event.window}, in ${out}`);
    if (event.kind === "validation") tell(`  epoch ${event.epoch + 1} of ${epochs}: ${event.nats.toFixed(4)} nats`);
  }
  return readRecord(out).finished;
}

/** What the recipe's record says it took; a quick one takes less. */
function cost({ result }, quick) {
  const seconds = /([\d,]+) s of processor time/.exec(result)?.[1];
  const known = seconds === undefined ? "no time recorded yet" : `took ${seconds} s of processor time here`;
  return quick ? `shortened; whole: ${known}` : known;
}

/** Where runs of a kind lie. */
export const folderOf = (quick) => (quick ? "runs/lesson-quick" : "runs/lesson");

/** The rungs, in climbing order; of them those named, or all. Throws for a name that is none. */
export function rungsNamed(names) {
  const all = JSON.parse(readFileSync(new URL("rungs.json", import.meta.url), "utf8"));
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only wants one of ${known.join(", ")}; got ${unknown}.`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
