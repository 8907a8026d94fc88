// Reads the results of a run from the log and the config.json in its folder.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The runs of a stage, by seed; folders have names like `gru-1`. */
export function recordsOf(folder, stage) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => ({ name, seed: Number(new RegExp(`^${stage.name}-(\\d+)$`).exec(name)?.[1] ?? Number.NaN) }))
    .filter(({ seed }) => Number.isInteger(seed))
    .sort((a, b) => a.seed - b.seed)
    .map(({ name, seed }) => ({ seed, ...readRecord(join(folder, name)) }));
}

/**
 * The record of a run: whether it is finished, its parameters and vocabulary, its validations by epochs done, and its
 * seconds of training. The clock of each process starts at 0, so the seconds are the sum of each process's last clock.
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

/** The events of the log, without a line that a crash truncated. */
function logOf(folder) {
  const path = join(folder, "log.jsonl");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").split("\n").flatMap(parsed);
}

function configOf(folder) {
  const path = join(folder, "config.json");
  return (existsSync(path) && parsed(readFileSync(path, "utf8"))[0]) || {};
}

/** The settings of a run. */
export const settingsOf = (folder) => configOf(folder).settings;

function parsed(text) {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

/** The mean over seeds of the validation loss after some epochs; undefined if no run has come so far. */
export function meanAfter(records, epochs) {
  const losses = records.flatMap(({ validations }) => validations.find((each) => each.epochs === epochs)?.nats ?? []);
  if (losses.length === 0) return undefined;
  return { nats: losses.reduce((sum, nats) => sum + nats, 0) / losses.length, seeds: losses.length };
}
