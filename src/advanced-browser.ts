// longhand/advanced in a browser: the parts that the front is made of, with those that need a page or a worker.
//
// There is no promise of stability below 1.0: names and signatures here change from version to version.

import { browserEngine } from "./browser/engine.js";
import { pause } from "./browser/pause.js";
import { browserThreads } from "./browser/threads.js";
import type { Corpus } from "./text/encoding/corpus.js";
import { refuseForTrainer } from "./training/settings/scope.js";
import type { Settings } from "./training/settings/settings.js";
import { checkSettings } from "./training/settings/values.js";
import { prepare, type TrainingRun } from "./training/training-run.js";

export * from "./advanced.js";
export { browserEngine } from "./browser/engine.js";
export { browserHash } from "./browser/hash.js";
export { type LoadModelOptions, loadModel } from "./browser/models.js";
export { readText } from "./browser/texts.js";
export { browserThreads } from "./browser/threads.js";

/**
 * A trainer for a corpus, on the fastest engine here or the one of the setting `engine`; in a cross-origin isolated
 * page on as many threads as the model gains from, or as the setting `threads` says. To stop it, leave the loop over
 * its events. `notice` receives sentences for the user.
 */
export function createTrainer(
  corpus: Corpus,
  settings: Settings = {},
  { notice }: { readonly notice?: (text: string) => void } = {},
): TrainingRun {
  const { engine } = browserEngine(checkSettings(settings).engine);
  refuseForTrainer(settings, "createTrainer");
  // No `room`: a page is told at most 8 GiB of memory, and never what is free. The engine's own limit holds.
  return prepare(corpus, settings, { engine, pause, threads: browserThreads(), ...(notice && { notice }) });
}
