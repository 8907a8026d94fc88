// longhand/browser: everything of the portable door, and what a page adds: models and texts from addresses, files and answers,
// SHA-256, a trainer that lets the page breathe. It works in a worker as in a page, and a trainer belongs in a worker.

import { browserEngine } from "./browser/engine.js";
import { pause } from "./browser/pause.js";
import { browserThreads } from "./browser/threads.js";
import type { Corpus } from "./text/encoding/corpus.js";
import { prepare, type TrainingRun } from "./training/prepare.js";
import type { Settings } from "./training/settings/settings.js";
import { checkSettings } from "./training/settings/values.js";

export { browserEngine } from "./browser/engine.js";
export { browserHash } from "./browser/hash.js";
export { type LoadOptions, loadModel } from "./browser/models.js";
export { readText } from "./browser/texts.js";
export { browserThreads } from "./browser/threads.js";
export * from "./index.js";

/**
 * A trainer for a corpus on the fastest engine here, or on the setting `engine`; in a page that is cross-origin isolated on as many
 * threads as are worth it, or as the setting `threads` says. Notices go to the console. To stop it, leave the loop over its events.
 */
export function createTrainer(corpus: Corpus, settings: Settings = {}): TrainingRun {
  const { engine } = browserEngine(checkSettings(settings).engine);
  // No `room`: a page is told of gibibytes at most 8, never of what is free. The engine's own limit holds.
  return prepare(corpus, settings, { engine, pause, threads: browserThreads(), notice: console.warn });
}
