// longhand/node: everything of the portable door, and what Node adds: files, folders, run folders, threads.

import type { KnobValues } from "./base/knob.js";
import type { EngineName } from "./compute/engines.js";
import { nodeEngine } from "./node/engine.js";
import { findSources, toInput } from "./node/inputs.js";
import { pause } from "./node/pause.js";
import { usableMemory } from "./node/room.js";
import { nodeThreads } from "./node/threads.js";
import type { Corpus } from "./text/corpus.js";
import { readCorpus } from "./text/corpus.js";
import { checkKnobs } from "./training/knob-values.js";
import { type Prepared, prepare } from "./training/prepare.js";
import { fieldOf } from "./training/settings.js";

export * from "./index.js";
export { type AdviseTextOptions, adviseText } from "./node/advise.js";
export { type Compared, compareRuns } from "./node/compare.js";
export {
  type CopyOptions,
  type CopyReport,
  copiedIds,
  copiedText,
  openTrainedText,
  type PlacedSpan,
  type TrainedText,
} from "./node/copied.js";
export { nodeEngine } from "./node/engine.js";
export { type Evaluated, evaluateText, type ScoringOptions } from "./node/evaluate.js";
export { nodeFileSystem } from "./node/filesystem.js";
export { loadModel } from "./node/models.js";
export { type Run, type RunControl, resumeRun, type StartOptions, startRun } from "./node/runs.js";
export { type ShownText, type ShowOptions, showText } from "./node/show/look.js";
export { nodeThreads } from "./node/threads.js";

/** Reads files, folders or standard input (`-`) as a corpus. `knobs` are the text's: unit, lower, minFreq, validFraction … */
export async function readText(paths: string | readonly string[], knobs: KnobValues = {}): Promise<Corpus> {
  const checked = checkKnobs(knobs);
  const sources = await findSources(typeof paths === "string" ? [paths] : paths, () => {});
  return readCorpus(sources.map(toInput), { field: fieldOf(checked), validFraction: Number(checked.validFraction) });
}

/** A trainer for a corpus on the fastest engine here. Nothing is written to disk: for a run that can be resumed, `startRun`. */
export function createTrainer(corpus: Corpus, knobs: KnobValues = {}): Prepared {
  const { engine } = nodeEngine(checkKnobs(knobs).engine as EngineName);
  return prepare(corpus, knobs, { engine, pause, threads: nodeThreads(), room: usableMemory() });
}
