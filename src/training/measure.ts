// Converts minutes into a number of windows: trains a throwaway copy of the run for about two seconds and measures it. The run itself
// then has a fixed length and can be repeated.

import type { Corpus } from "../text/encoding/corpus.js";
import { prepare, type TrainingRunOptions } from "./prepare.js";
import type { CheckedSettings } from "./settings/settings.js";

const WARM_MS = 700; // until the engine's code is compiled at its best
const MEASURE_MS = 2000;

/** How many windows `minutes` hold on this machine now: at least 1. */
export async function measureWindows(
  corpus: Corpus,
  settings: CheckedSettings,
  { engine, cell, threads, pause, room }: TrainingRunOptions,
  minutes: number,
): Promise<number> {
  const values = { ...settings, steps: 2 ** 40, sampleEvery: 2 ** 40, validateEvery: 2 ** 40 };
  const { valid: _, ...trainOnly } = corpus;
  const { trainer } = prepare({ ...trainOnly, valid: undefined }, values, {
    engine,
    cell,
    ...(threads && { threads }),
    ...(pause && { pause }),
    ...(room && { room }),
    twice: true,
  });
  const begun = performance.now();
  let warm: { at: number; window: number } | undefined;
  let window = 0; // counted here: a run whose numbers break goes back
  for await (const event of trainer.events()) {
    if (event.kind !== "window") continue;
    window += 1;
    const now = performance.now();
    if (warm === undefined && now - begun >= WARM_MS) warm = { at: now, window };
    else if (warm !== undefined && now - warm.at >= MEASURE_MS && window > warm.window) {
      const each = (now - warm.at) / (window - warm.window);
      return Math.max(1, Math.round((minutes * 60_000) / each));
    }
  }
  return 1; // the throwaway copy diverged; the run itself will say so
}
