// Small models with random weights, for tests that do not depend on what a model has learned.

import { findCell } from "../../src/model/cells/index.js";
import type { StoredModel } from "../../src/model/file/model-file.js";
import { LanguageModel } from "../../src/model/language-model.js";
import type { ModelSpec } from "../../src/model/layout/spec.js";
import { buildVocab, createField, type Field, tokenize } from "../../src/text/encoding/field.js";
import { f32, fastest } from "../helpers/engines.js";
import { countTokens } from "../text/helpers.js";

/** A field, and the vocabulary and counts of a training text. */
export function vocabularyOf(text: string, values: Parameters<typeof createField>[0] = {}) {
  const field = createField(values);
  const counted = countTokens(tokenize(field, text));
  const vocab = buildVocab(field, counted);
  return { field, vocab, counts: vocab.itos.map((token) => counted.get(token) ?? 0) };
}

/** A model over that vocabulary; its weights are three times the initial ones, so that its predictions vary. */
export function randomModel(
  text: { field: Field; vocab: StoredModel["vocab"]; counts: readonly number[] },
  over: Partial<Omit<ModelSpec, "cell">> & { cell?: string; seed?: number } = {},
): StoredModel {
  const { cell = "gru", seed = 1, ...rest } = over;
  const spec: ModelSpec = {
    vocabulary: text.vocab.size,
    embedding: 5,
    hidden: 7,
    layers: 1,
    cellSettings: {},
    dropout: 0,
    tied: false,
    ...rest,
    cell: findCell(cell),
  };
  const model = new LanguageModel(spec, f32, { lanes: 1, steps: 1 });
  model.initialize(seed);
  return { ...text, spec, weights: model.weights().map((w) => 3 * w) };
}

/** The model on an engine, planned for a number of lanes and steps. */
export function openModel(stored: StoredModel, lanes = 1, steps = 8, engine = fastest): LanguageModel {
  const model = new LanguageModel(stored.spec, engine, { lanes, steps });
  model.setWeights(stored.weights);
  return model;
}

/**
 * Whether the counts of outcomes are consistent with the probabilities: a chi-square test at 1 in 10,000 (Wilson and
 * Hilferty 1931).
 */
export function explainedByChance(seen: ArrayLike<number>, p: ArrayLike<number>): boolean {
  const draws = Array.from(seen).reduce((sum, n) => sum + n, 0);
  let chi2 = 0;
  let outcomes = 0;
  for (let i = 0; i < p.length; i++) {
    if (p[i] === 0) {
      if (seen[i] !== 0) return false;
      continue;
    }
    const expected = draws * p[i]!;
    chi2 += (seen[i]! - expected) ** 2 / expected;
    outcomes += 1;
  }
  const k = outcomes - 1;
  return chi2 < k * (1 - 2 / (9 * k) + 3.719 * Math.sqrt(2 / (9 * k))) ** 3;
}
