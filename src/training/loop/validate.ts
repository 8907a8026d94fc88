// The validation part, read once: every token, or what a run without a state scores; and where it is asked for also the lesson's
// way, which reads less of it.

import { type EvaluateOptions, evaluate, type Score, score } from "../../evaluation/scoring/evaluate.js";
import type { LanguageModel } from "../../model/language-model.js";
import type { State } from "../../model/layout/state.js";
import type { ValidationReader } from "../settings/reading.js";

export interface Validated {
  readonly score: Score;
  /** Nats a token as the lesson takes them; absent where nobody asked. */
  readonly lesson?: { readonly lesson: number };
  /** The state at the end. */
  readonly state: State;
}

/** After so many windows of training. Undefined where `between` stopped it. */
export async function validate(
  model: LanguageModel,
  { lanes, resetEvery, lesson, ...sizes }: ValidationReader,
  window: number,
  options: EvaluateOptions,
): Promise<Validated | undefined> {
  const found = await evaluate(model, lanes, { ...options, ...(resetEvery && { resetEvery }) });
  if (!found.complete) return undefined;
  const whole = { score: score(found.nats, { ...sizes, tokens: found.tokens }), state: found.state };
  if (lesson === undefined) return whole;
  const its = await evaluate(model, lesson(window), options);
  return its.complete ? { ...whole, lesson: { lesson: its.nats / its.tokens }, state: its.state } : undefined;
}
