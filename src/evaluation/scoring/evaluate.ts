// Evaluation: every token of a text scored once, the state carried. It reads the model's weights and changes none of them; the
// state it starts from is a value and so is the one it ends with.

import { exp } from "../../base/math.js";
import type { Reals } from "../../compute/arena.js";
import { singleThread, type WorkerPool } from "../../compute/worker-pool.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type State, zeroState } from "../../model/layout/state.js";
import { type ModelItem, modelRunner } from "../../model/work-items.js";
import type { Tokens } from "../../text/storage/tokens.js";
import { evaluationLanes, type LaneReader, type Window } from "../../text/windows/lanes.js";

export interface EvaluateOptions {
  /** What the lanes begin with; zeros where absent. */
  readonly state?: State;
  /** After each so many positions `state` again: nothing is carried further. */
  readonly resetEvery?: number;
  /** Called after each window with its losses (T, B) in nats. */
  readonly each?: (window: Window, losses: Reals) => void;
  /** Who computes; the caller alone where absent. */
  readonly pool?: WorkerPool<ModelItem>;
  /** Called between windows: to let signals in, or to stop (return false). */
  readonly between?: () => boolean | Promise<boolean>;
}

export interface Evaluation {
  /** Σ of −log p over all targets that count, in nats. */
  readonly nats: number;
  readonly tokens: number;
  readonly state: State;
  /** False where `between` stopped it. */
  readonly complete: boolean;
}

/** Reads all windows in order. Sums go by position, then by lane, so the total does not depend on how windows are cut. */
export async function evaluate(
  model: LanguageModel,
  lanes: LaneReader,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { steps } = model.plan.options;
  const cold = options.resetEvery ?? Number.POSITIVE_INFINITY;
  const pool = options.pool ?? singleThread(modelRunner(model));
  const parts = Math.min(pool.threads, lanes.lanes);
  const first = options.state ?? zeroState(model.spec, lanes.lanes, model.engine.precision);
  let state = first;
  let nats = 0;
  let tokens = 0;
  for (let at = 0, length = 0; at < lanes.positions; at += length) {
    const since = cold < Number.POSITIVE_INFINITY ? at % cold : at;
    length = Math.min(steps, lanes.positions - at, cold - since);
    const promised = lanes.window(at, length);
    const window = promised instanceof Promise ? await promised : promised;
    model.setState(state);
    model.load(window);
    await pool.run({ kind: "lanes", window: model.window, backward: false }, parts);
    state = since + length === cold ? first : model.state();
    nats = model.lossSum(nats);
    tokens += window.counted;
    options.each?.(window, model.losses());
    if (options.between && !(await options.between())) return { nats, tokens, state, complete: false };
  }
  return { nats, tokens, state, complete: true };
}

/** A loss over scored tokens, in all its units. */
export interface Score {
  /** Mean −log p of a token, in nats. */
  readonly nats: number;
  /** Bits per character (code point) of the text, whatever the unit. */
  readonly bpc: number;
  /** Bits per byte of the text in UTF-8. */
  readonly bpb: number;
  /** e^nats */
  readonly perplexity: number;
  /** Tokens scored. */
  readonly tokens: number;
}

/** Sizes of the text that was scored. */
export interface ScoredSizes {
  readonly tokens: number;
  readonly characters: number;
  readonly bytes: number;
}

/** From the sum of −log p over `text`. Without tokens every number is NaN. */
export function score(nats: number, text: ScoredSizes): Score {
  const bits = nats / Math.LN2;
  const mean = nats / text.tokens;
  return {
    nats: mean,
    bpc: bits / text.characters,
    bpb: bits / text.bytes,
    perplexity: exp(mean),
    tokens: text.tokens,
  };
}

/** The lanes that score a text, and its sizes: all of it where a newline is fed before, else all but the first token. */
export function scoredLanes(
  tokens: Tokens,
  lanes: number,
  newline: number | undefined,
): Omit<ScoredSizes, "tokens"> & { lanes: LaneReader } {
  const first = newline === undefined;
  return {
    lanes: evaluationLanes(tokens, lanes, newline),
    characters: tokens.characters - (first ? tokens.firstCharacters : 0),
    bytes: tokens.bytes - (first ? tokens.firstBytes : 0),
  };
}
