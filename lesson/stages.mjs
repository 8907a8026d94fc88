// Trains the stages of the lesson: each is a run in its own folder. A new run starts, a stopped one resumes, and a
// finished one is skipped.

import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { resumeRun, startRun } from "../dist/advanced-node.js";
import { readRecord } from "./record.mjs";

/**
 * Runs `stages` for each of `seeds` in `folder`, with the settings of `<recipes>/<name>.json`; `quick` applies each
 * stage's shorter settings. Stops between two windows once `stopping` returns true; `log` gets lines of progress.
 * Returns whether all runs are finished.
 */
export async function trainStages(stages, { folder, recipes, seeds, quick, stopping, log }) {
  for (const seed of seeds) {
    for (const stage of stages) {
      if (stopping()) return false;
      if (stage.command !== undefined) {
        log(`${stage.name}: ${stage.what}. Not a run: ${stage.command}`);
        continue;
      }
      const recipe = JSON.parse(readFileSync(join(recipes, `${stage.name}.json`), "utf8"));
      log(`${stage.name}: ${stage.what} (${cost(recipe, quick)})`);
      const out = join(folder, `${stage.name}-${seed}`);
      const settings = { ...recipe.settings, ...(quick && stage.quick), seed };
      const paths = [recipe.text].flat().map((path) => relative(process.cwd(), join(recipes, path)));
      if (!(await finish(out, { paths, settings }, { stopping, log }))) return false;
    }
  }
  return true;
}

/** Starts or resumes a run. Returns whether it is finished, false if it was stopped. */
async function finish(out, { paths, settings }, { stopping, log }) {
  const before = readRecord(out);
  const last = before.validations.at(-1);
  if (before.finished) {
    log(`  finished before, in ${Math.round(before.seconds)} s: ${last?.nats.toFixed(4)} nats`);
    return true;
  }
  const control = { stopping, notice: (text) => log(`  ${text}`) };
  const run = before.begun ? await resumeRun(out, control) : await startRun({ ...control, paths, out, settings });
  const { epochs } = run.trainingRun.settings;
  for await (const event of run.events) {
    if (event.kind === "resumed") log(`  resuming after window ${event.window}, in ${out}`);
    if (event.kind === "validation") log(`  epoch ${event.epoch + 1} of ${epochs}: ${event.nats.toFixed(4)} nats`);
  }
  return readRecord(out).finished;
}

/** The recipe's recorded training time, as text. */
function cost({ result }, quick) {
  const seconds = /([\d,]+) s of processor time/.exec(result)?.[1];
  const known = seconds === undefined ? "no time recorded yet" : `took ${seconds} s of processor time here`;
  return quick ? `shortened; whole: ${known}` : known;
}

/** The folder of the runs. */
export const folderOf = (quick) => (quick ? "runs/lesson-quick" : "runs/lesson");

/** The named stages in order, or all. Throws for an unknown name. */
export function stagesNamed(names) {
  const all = JSON.parse(readFileSync(new URL("stages.json", import.meta.url), "utf8"));
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only wants one of ${known.join(", ")}; got ${unknown}.`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
