// Evaluation of a model on a text: every token is scored once, and the state is carried. It changes no weights; the
// states it starts from and ends with are values.

import { exp } from "../../base/math.js";
import type { Reals } from "../../compute/arena.js";
import { singleThread, type WorkerPool } from "../../compute/worker-pool.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type State, zeroState } from "../../model/layout/state.js";
import { type ModelItem, modelRunner } from "../../model/work-items.js";
import type { Tokens } from "../../text/storage/tokens.js";
import { evaluationLanes, type LaneReader, type Window } from "../../text/windows/lanes.js";

export interface LaneScoringOptions {
  /** Initial state of the lanes; zeros if absent. */
  readonly state?: State;
  /** Positions after which the state is reset to `state`; never if absent. */
  readonly resetEvery?: number;
  /** Called after each window with its losses (T, B) in nats. */
  readonly each?: (window: Window, losses: Reals) => void;
  /** Worker pool; the caller's thread alone if absent. */
  readonly pool?: WorkerPool<ModelItem>;
  /** Called between windows, so that signals are handled; returns false to stop. */
  readonly between?: () => boolean | Promise<boolean>;
}

export interface Evaluation {
  /** Σ −log p over all targets that count, in nats. */
  readonly nats: number;
  readonly tokens: number;
  readonly state: State;
  /** False if `between` stopped the evaluation. */
  readonly complete: boolean;
}

/**
 * Scores all windows in order. Losses are added by position, then by lane, so the total does not depend on the window
 * length.
 */
export async function evaluate(
  model: LanguageModel,
  lanes: LaneReader,
  options: LaneScoringOptions = {},
): Promise<Evaluation> {
  const { steps } = model.plan.options;
  const resetEvery = options.resetEvery ?? Number.POSITIVE_INFINITY;
  const pool = options.pool ?? singleThread(modelRunner(model));
  const parts = Math.min(pool.threads, lanes.lanes);
  const initial = options.state ?? zeroState(model.spec, lanes.lanes, model.engine.precision);
  let state = initial;
  let nats = 0;
  let tokens = 0;
  for (let at = 0, length = 0; at < lanes.positions; at += length) {
    const since = resetEvery < Number.POSITIVE_INFINITY ? at % resetEvery : at;
    length = Math.min(steps, lanes.positions - at, resetEvery - since);
    const next = lanes.window(at, length);
    const window = next instanceof Promise ? await next : next;
    model.setState(state);
    model.load(window);
    await pool.run({ kind: "lanes", window: model.window, verbs: ["forward", "loss"] }, parts);
    state = since + length === resetEvery ? initial : model.state();
    nats = model.lossSum(nats);
    tokens += window.counted;
    options.each?.(window, model.losses());
    if (options.between && !(await options.between())) return { nats, tokens, state, complete: false };
  }
  return { nats, tokens, state, complete: true };
}

/** The loss over scored tokens, in all units. */
export interface Score {
  /** Mean −log p of a token, in nats. */
  readonly nats: number;
  /** Bits per character (code point) of the text, whatever the unit; unknown tokens are charged their spelling. */
  readonly bpc: number;
  /** Bits per byte of the text in UTF-8, with the same charge. */
  readonly bpb: number;
  /** e^nats: like the nats of a token, not comparable between units or vocabularies. */
  readonly perplexity: number;
  /** Tokens scored. */
  readonly tokens: number;
}

/** Sizes of a scored text. */
export interface ScoredSizes {
  readonly tokens: number;
  readonly characters: number;
  readonly bytes: number;
  /** Nats that spell its unknown tokens (`spellingNats`). */
  readonly spelling: number;
}

/** Sizes of a whole text. */
export type TextSizes = Omit<ScoredSizes, "tokens">;

/** The score from Σ −log p over a text. Without tokens every number is NaN. */
export function score(nats: number, text: ScoredSizes): Score {
  const bits = (nats + text.spelling) / Math.LN2;
  const mean = nats / text.tokens;
  return {
    nats: mean,
    bpc: bits / text.characters,
    bpb: bits / text.bytes,
    perplexity: exp(mean),
    tokens: text.tokens,
  };
}

/**
 * The lanes that score a text, and the sizes of what they score: the whole text if a newline is fed first, else all but
 * the first token.
 */
export function scoredLanes(
  tokens: Tokens,
  lanes: number,
  newline: number | undefined,
  rows = lanes,
): TextSizes & { lanes: LaneReader } {
  const first = newline === undefined;
  return {
    lanes: evaluationLanes(tokens, lanes, newline, rows),
    characters: tokens.characters - (first ? tokens.firstCharacters : 0),
    bytes: tokens.bytes - (first ? tokens.firstBytes : 0),
    spelling: tokens.spelling - (first ? tokens.firstSpelling : 0),
  };
}

/** The pieces in which a model scores a text, each from a zero state. An n-gram beside it reads the same pieces. */
export interface ScoredPieces {
  /** Id that is fed before the text, so that its first token is scored too. */
  readonly before: number | undefined;
  /** Predictions in each piece; the last token of a piece is the first input of the next. */
  readonly positions: number;
}

/** The validation part of a run as its settings read it, and the sizes that its score is divided by. */
export interface ValidationReader extends TextSizes {
  readonly lanes: LaneReader;
  /** Windows of this length, each from the state that all begin with. */
  readonly resetEvery?: number;
  /** What the lesson reads after so many windows of training. */
  readonly lesson?: (window: number) => LaneReader;
}
