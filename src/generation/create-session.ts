// Creates a session over a stored model: a model of one lane, with the stored weights.

import type { Engine } from "../compute/arena.js";
import type { StoredModel } from "../model/file/model-file.js";
import { LanguageModel } from "../model/language-model.js";
import { Session } from "./session.js";

/** A session of its own over a stored model. `steps` is how many tokens of fed text go through at once. */
export function createSession(stored: StoredModel, engine: Engine, steps = 32): Session {
  const documents = stored.vocab.endId !== undefined;
  const model = new LanguageModel(stored.spec, engine, { lanes: 1, steps, ...(documents && { documents }) });
  model.setWeights(stored.weights);
  return new Session(model, stored);
}
