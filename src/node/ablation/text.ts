// The text of an ablation, and the score of a run on its held-out part.

import { usageError } from "../../base/errors.js";
import type { EngineName } from "../../compute/engines.js";
import { countBlocks } from "../../evaluation/scoring/blocks.js";
import { scoredLanes } from "../../evaluation/scoring/evaluate.js";
import { scoringState } from "../../evaluation/scoring/states.js";
import type { Corpus } from "../../text/encoding/corpus.js";
import { type Ablation, BASE, settingsOf } from "../../training/settings/ablation.js";
import { fieldOf, readingRulesOf } from "../../training/settings/training-settings.js";
import { choiceOf } from "../files/folders.js";
import { asRead, findSources } from "../files/inputs.js";
import { loadModel } from "../files/models.js";
import { readSources } from "../files/texts.js";
import { knowsDocuments, scoreWith } from "../scoring/evaluate.js";

const LANES = 16;

/** Throws a usage error if the recipe holds nothing out. */
export async function readAblationText(a: Ablation, notice: (text: string) => void): Promise<Corpus> {
  const first = settingsOf(a, BASE, a.seeds[0]!, 1);
  const field = fieldOf(first);
  const rules = readingRulesOf(first);
  const choice = choiceOf(first, rules);
  const validInputs = a.valid && asRead(await findSources(a.valid, notice, choice), rules, notice);
  const corpus = await readSources(
    await findSources(a.text, notice, choice),
    {
      field,
      validFraction: first.validFraction,
      ...(validInputs && { validInputs }),
      notice,
    },
    first,
  );
  if (corpus.valid !== undefined) return corpus;
  throw usageError("An ablation needs held-out text.", 'Give the recipe "valid", or a validFraction above 0.');
}

/** Scores the held-out text once with a run's last weights and a carried state. All runs use the same lanes, so that
 * their blocks can be compared. */
export async function scoreRun(at: string, corpus: Corpus, engine: EngineName, notice: (text: string) => void) {
  const stored = await loadModel(at);
  const valid = corpus.valid!;
  const lanes = Math.max(1, Math.min(LANES, Math.floor(valid.length / 256)));
  const reading = scoredLanes(valid, lanes, stored.vocab.newlineId);
  const counted = countBlocks(stored, reading.lanes, reading);
  const documents = knowsDocuments(stored);
  const state = scoringState(documents ? "document" : "carry", documents);
  await scoreWith(stored, reading.lanes, state, { engine, notice }, counted.each);
  const blocks = counted.blocks().map(({ nats, tokens }) => ({ sum: nats, size: tokens }));
  return { blocks, characters: reading.characters, spelling: reading.spelling };
}
