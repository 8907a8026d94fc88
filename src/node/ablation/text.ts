// The text of an ablation, and how a run is scored on the part that is held out.

import { usageError } from "../../base/errors.js";
import type { EngineName } from "../../compute/engines.js";
import { countBlocks } from "../../evaluation/scoring/blocks.js";
import { scoredLanes } from "../../evaluation/scoring/evaluate.js";
import { scoringState } from "../../evaluation/scoring/states.js";
import type { Corpus } from "../../text/encoding/corpus.js";
import { type Ablation, BASE, settingsOf } from "../../training/settings/ablation.js";
import { fieldOf } from "../../training/settings/training-settings.js";
import { findSources, toInput } from "../files/inputs.js";
import { loadModel } from "../files/models.js";
import { readSources } from "../files/texts.js";
import { knowsDocuments, scoreWith } from "../scoring/evaluate.js";

const LANES = 16;

/** Throws a usage error where nothing is held out. */
export async function readAblationText(a: Ablation, notice: (text: string) => void): Promise<Corpus> {
  const first = settingsOf(a, BASE, a.seeds[0]!, 1);
  const validInputs = a.valid && (await findSources(a.valid, notice)).map(toInput);
  const corpus = await readSources(await findSources(a.text, notice), {
    field: fieldOf(first),
    validFraction: first.validFraction,
    ...(validInputs && { validInputs }),
    notice,
  });
  if (corpus.valid !== undefined) return corpus;
  throw usageError("An ablation wants text that is held out.", 'Give it "valid", or a validFraction above 0.');
}

/**
 * The held-out text read once by the weights at the end, the state carried; by all runs in the same lanes, so stretch
 * is stretch.
 */
export async function scoreRun(at: string, corpus: Corpus, engine: EngineName, notice: (text: string) => void) {
  const stored = await loadModel(at);
  const valid = corpus.valid!;
  const lanes = Math.max(1, Math.min(LANES, Math.floor(valid.length / 256)));
  const reading = scoredLanes(valid, lanes, stored.vocab.newlineId);
  const counted = countBlocks(stored, reading.lanes, reading);
  const documents = knowsDocuments(stored);
  const state = scoringState(documents ? "document" : "carry", documents);
  await scoreWith(stored, reading.lanes, state, { engine, notice }, counted.each);
  const stretches = counted.blocks().map(({ nats, tokens }) => ({ sum: nats, size: tokens }));
  return { stretches, characters: reading.characters };
}
