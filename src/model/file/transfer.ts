// Transfer of weights into a model of the same shape with another vocabulary: the rows of embedding and decoder are
// copied by token, everything else as it is. New tokens keep their initial values.

import type { Reals } from "../../compute/arena.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import { type ModelSpec, modelParameters } from "../layout/spec.js";
import type { StoredModel } from "./model-file.js";

/** Numbers of tokens in both vocabularies, in the new one alone, and in the old one alone. */
export type Transfer = Readonly<Record<"matched" | "added" | "dropped", number>>;

/** Parameters with a row per token. */
const rowsOfTokens = new Set(["embedding.weight", "decoder.weight", "decoder.bias"]);

/** Copies the weights of `from` into `weights`, those of a model with that spec and vocabulary. */
export function transferWeights(from: StoredModel, spec: ModelSpec, vocab: Vocab, weights: Reals): Transfer {
  const pairs = vocab.itos.flatMap((token, to) => {
    const id = from.vocab.stoi.get(token);
    return id === undefined ? [] : [[id, to] as const];
  });
  const old = modelParameters(from.spec);
  let [source, target] = [0, 0];
  for (const [i, { name, rows, cols }] of modelParameters(spec).entries()) {
    const size = old[i]!.rows * old[i]!.cols;
    if (!rowsOfTokens.has(name)) weights.set(from.weights.subarray(source, source + size), target);
    else {
      for (const [id, to] of pairs) {
        const row = source + id * cols;
        weights.set(from.weights.subarray(row, row + cols), target + to * cols);
      }
    }
    source += size;
    target += rows * cols;
  }
  const matched = pairs.length;
  return { matched, added: vocab.size - matched, dropped: from.vocab.size - matched };
}
