// Prints how much a run copies of its training text at several temperatures: twelve samples at each, examined like
// `longhand copied`, and the run's validation part for comparison.
//
//   node lesson/copying.mjs [runs/start] [characters]

import { pathToFileURL } from "node:url";
import {
  copiedIds,
  createSession,
  loadModel,
  nodeEngine,
  openTrainedText,
  writeSamplePieces,
} from "../dist/advanced-node.js";
import { oneLine } from "./samples.mjs";
import { saying } from "./say.mjs";

export const TEMPERATURES = [0.5, 0.7, 0.8, 1, 1.2];
const SAMPLES = 12;

/** The ids of each sample. */
export function samplesOf(session, how) {
  const samples = Array.from({ length: how.count }, () => []);
  for (const { sample, tokens } of writeSamplePieces(session, how)) samples[sample].push(...tokens.map(({ id }) => id));
  return samples.map((ids) => Int32Array.from(ids));
}

/** A line of the table: the shares of novel n-grams, the length of the longest copied span, and its text. */
export function row(name, { novelty, spans, longest }) {
  const shares = novelty.map(({ grams, novel }) => `${((100 * novel) / grams).toFixed(1)}%`.padStart(9)).join("");
  const shown = oneLine(spans[0]?.shown ?? "");
  return (
    `${name.padEnd(16)}${shares}${String(longest).padStart(9)}  ` +
    `“${shown.length > 60 ? `${shown.slice(0, 59)}…` : shown}”`
  );
}

async function print() {
  const [folder = "runs/start", characters = "60000"] = process.argv.slice(2);
  const stored = await loadModel(folder);
  const trained = await openTrainedText(folder, stored, () => {});
  const length = Math.floor(Number(characters) / SAMPLES);
  console.log(`${folder}: ${SAMPLES} samples of ${length.toLocaleString("en")} tokens at each temperature, seed 1`);
  console.log(`${"new:".padEnd(16)}${"5-grams  10-grams  20-grams".padStart(27)}  longest  which`);
  const session = createSession(stored, nodeEngine("auto").engine);
  const verdicts = [];
  let heldOut;
  for (const temperature of TEMPERATURES) {
    const samples = samplesOf(session, { length, count: SAMPLES, temperature, seed: 1 });
    const report = await copiedIds(trained, `temperature ${temperature}`, samples, { spans: 1 });
    console.log(row(`temperature ${temperature}`, report.text));
    verdicts.push(`${report.name}: ${report.verdict}`);
    heldOut = report.heldOut;
  }
  if (heldOut) console.log(row("held-out text", heldOut));
  console.log(["", ...verdicts].join("\n"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await saying(print);
