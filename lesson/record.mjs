// What a run's folder tells of it: its log, and nothing beside it. No second record is kept.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Runs of a rung by seed, in order; folders are named `gru-1`. */
export function recordsOf(folder, rung) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => ({ name, seed: Number(new RegExp(`^${rung.name}-(\\d+)$`).exec(name)?.[1] ?? Number.NaN) }))
    .filter(({ seed }) => Number.isInteger(seed))
    .sort((a, b) => a.seed - b.seed)
    .map(({ name, seed }) => ({ seed, ...readRecord(join(folder, name)) }));
}

/**
 * A run: whether it is finished, its parameters and text, its validations by epochs done, and seconds of training. A
 * process's clock begins at 0, so what a run took is the sum of the last clock of each process.
 */
export function readRecord(folder) {
  const lines = logOf(folder);
  const start = lines.find(({ kind }) => kind === "start");
  const baseline = lines.find(({ kind }) => kind === "baseline");
  return {
    folder,
    begun: ["state.safetensors", "state.safetensors.previous"].some((file) => existsSync(join(folder, file))),
    finished: lines.some(({ kind }) => kind === "end"),
    epochs: start?.epochs,
    parameters: start?.parameters,
    vocabulary: start?.vocabulary,
    ngram: baseline && { order: baseline.order, nats: baseline.ngram.nats, tokens: baseline.ngram.tokens },
    uniform: baseline?.uniform.nats,
    validations: lines
      .filter(({ kind }) => kind === "validation")
      .map(({ epoch, nats }) => ({ epochs: epoch + 1, nats })),
    seconds: secondsOf(lines),
    engine: configOf(folder).engine,
  };
}

function secondsOf(lines) {
  let done = 0;
  let now = 0;
  for (const { kind, clock } of lines) {
    if (kind === "resumed") [done, now] = [done + now, 0];
    if (clock) now = Math.max(now, clock.seconds);
  }
  return done + now;
}

/** Lines of the log; one that a crash tore is none. */
function logOf(folder) {
  const path = join(folder, "log.jsonl");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").split("\n").flatMap(parsed);
}

function configOf(folder) {
  const path = join(folder, "config.json");
  return (existsSync(path) && parsed(readFileSync(path, "utf8"))[0]) || {};
}

/** What a run was started with. */
export const settingsOf = (folder) => configOf(folder).settings;

function parsed(text) {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

/**
 * The mean over seeds of the validation after so many epochs, of those that have come so far; undefined where none has.
 */
export function meanAfter(records, epochs) {
  const found = records.flatMap(({ validations }) => validations.find((each) => each.epochs === epochs)?.nats ?? []);
  if (found.length === 0) return undefined;
  return { nats: found.reduce((sum, nats) => sum + nats, 0) / found.length, seeds: found.length };
}
