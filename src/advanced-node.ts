// longhand/advanced in Node: the parts that the front is made of, with those that need files, run folders and threads.
//
// There is no promise of stability below 1.0: names and signatures here change from version to version.

import type { TextSource } from "./face/text-source.js";
import { nodeEngine } from "./node/engine/engine.js";
import { nodeThreads } from "./node/engine/threads.js";
import { namedSources } from "./node/face/platform.js";
import { refusePath } from "./node/face/train.js";
import { choiceOf } from "./node/files/folders.js";
import { asRead, findSources } from "./node/files/inputs.js";
import { usableMemory } from "./node/system/memory.js";
import { pause } from "./node/system/pause.js";
import { type Corpus, corpusAsRead } from "./text/encoding/corpus.js";
import { refuseBesideText, refuseForTrainer } from "./training/settings/scope.js";
import type { Settings } from "./training/settings/settings.js";
import { fieldOf, readingRulesOf } from "./training/settings/training-settings.js";
import { checkSettings } from "./training/settings/values.js";
import { prepare, type TrainingRun } from "./training/training-run.js";

export * from "./advanced.js";
export type { AblationEvent, AblationRun } from "./node/ablation/ablate.js";
export type { AblationProgress, AblationTask } from "./node/ablation/job.js";
export type { Ablated, RunScore, VariantScore } from "./node/ablation/result.js";
export { nodeEngine } from "./node/engine/engine.js";
export { nodeThreads } from "./node/engine/threads.js";
export { nodePlatform } from "./node/face/platform.js";
export type { NamedSource, Source } from "./node/files/inputs.js";
export type { KeptText, TextPlaces } from "./node/files/kept-text.js";
export { loadModel } from "./node/files/models.js";
export type { ReadingProgress } from "./node/files/texts.js";
export { type AdviseTextOptions, adviseText } from "./node/runs/advise.js";
export type { Validation } from "./node/runs/info.js";
export {
  type Run,
  type RunControl,
  type RunSettings,
  resumeRun,
  type StartControl,
  type StartOptions,
  startRun,
} from "./node/runs/runs.js";
export { type Compared, compareRuns } from "./node/scoring/compare.js";
export {
  type Copying,
  type CopyOptions,
  type CopyReport,
  copiedIds,
  copiedText,
  openTrainedText,
  type PlacedSpan,
  type TrainedText,
} from "./node/scoring/copied.js";
export { evaluateText, type ScoringOptions } from "./node/scoring/evaluate.js";
export type { KnownRun } from "./node/scoring/scored.js";
export { type ShownText, type ShowOptions, showText } from "./node/show/look.js";
export { nodeFileSystem } from "./node/system/filesystem.js";

/**
 * Reads a text as a corpus: a string is the text itself, and `{ file: "my.txt" }` names files, folders or standard
 * input (`-`). `settings` are the text's: unit, lower, minFreq, validFraction …
 */
export async function readText(text: TextSource, settings: Settings = {}): Promise<Corpus> {
  const checked = checkSettings(settings);
  refuseBesideText(settings, "readText");
  refusePath(text);
  const rules = readingRulesOf(checked);
  const sources = await findSources(await namedSources(text), () => {}, choiceOf(checked, rules));
  return corpusAsRead(asRead(sources, rules), { field: fieldOf(checked), validFraction: checked.validFraction });
}

/**
 * A trainer for a corpus, on the fastest engine here. It writes nothing to disk; `startRun` keeps a run in a folder.
 */
export function createTrainer(corpus: Corpus, settings: Settings = {}): TrainingRun {
  const { engine } = nodeEngine(checkSettings(settings).engine);
  refuseForTrainer(settings, "createTrainer");
  return prepare(corpus, settings, { engine, pause, threads: nodeThreads(), room: usableMemory() });
}
