// Runs cases in their own processes, interleaved: every round runs each case once, so that the machine's other load
// affects all cases alike. Comparisons use the ratios within a round.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, wordsOf } from "./work.mjs";

const main = fileURLToPath(new URL("main.mjs", import.meta.url));
const LIMIT_MS = 15 * 60_000;

/** Runs a program whose last line is a record in JSON. A failure gives the record `{ error }`. */
export function runRecord({ file, args, env = {}, limit = LIMIT_MS }) {
  return new Promise((done) => {
    const child = spawn(file, args, { env: { ...process.env, ...env }, timeout: limit });
    let out = "";
    let err = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      err += data;
    });
    child.on("error", (error) => done({ error: error.message }));
    child.on("close", (code, signal) => {
      try {
        done(JSON.parse(out.trim().split("\n").at(-1)));
      } catch {
        const said = err.trim().split("\n").at(-1);
        done({ error: said || `ended with ${signal ?? code} and said nothing` });
      }
    });
  });
}

/** A case of longhand, in its own process. */
export const ours = (fields) => ({
  ...fields,
  run: () => runRecord({ file: process.execPath, args: [main, "one", ...wordsOf(fields)] }),
});

/** Runs all cases in turn, `times` rounds, and adds their `records`. A case that fails is not run again. */
export async function rounds(cases, times, tell = () => {}) {
  const rows = cases.map((each) => ({ ...each, records: [] }));
  for (let round = 1; round <= times; round++) {
    for (const [i, row] of rows.entries()) {
      tell(`round ${round} of ${times}, case ${i + 1} of ${rows.length}`);
      if (row.records.some(({ error }) => error)) continue;
      row.records.push(await row.run());
    }
  }
  return rows.map(({ run, ...row }) => row);
}

/** Whether `only` selects a case; an empty `only` selects all. */
export const picks = (only) => (c) => Object.entries(only).every(([name, word]) => (c[name] ?? "train") === word);

/** Median, minimum and maximum of a field over the records that have it; undefined if none has it. */
export function spread(values) {
  const known = values.filter((each) => Number.isFinite(each));
  if (known.length === 0) return undefined;
  return { median: median(known), min: Math.min(...known), max: Math.max(...known) };
}

export const spreadOf = (row, field) => spread(row.records.map((record) => record[field]));

/** The ratios of `row` to `other` within each round. */
export const ratio = (row, other, field) =>
  spread(row.records.map((record, i) => record[field] / (other.records[i]?.[field] ?? Number.NaN)));
