// Benefit of context: the loss of the same tokens with states of different ages. A state of age k was zero k tokens
// before the token that is read; the carried state is older than all of them. The model is only read.

import { Purpose, shuffled } from "../../base/random.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type State, zeroState } from "../../model/layout/state.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import type { Window } from "../../text/windows/lanes.js";
import { interval } from "../intervals/bootstrap.js";

export interface ContextRow {
  /** k: tokens of context; up to a quarter more if k is 8 or more. */
  readonly tokens: number;
  /** Mean loss in nats per token. */
  readonly nats: number;
  /**
   * Excess over the loss with the carried state, in nats per token, with its 95% interval (NaN if the text is too
   * short).
   */
  readonly above: { readonly mean: number; readonly low: number; readonly high: number };
}

export interface Context {
  readonly rows: readonly ContextRow[];
  /** Mean loss with the carried state, and the fewest tokens that it has read. */
  readonly carried: number;
  readonly carriedTokens: number;
  /** Tokens scored, the same for every row. */
  readonly scored: number;
}

export interface ContextOptions {
  /** k, ascending. Ages that the text is too short for are skipped. */
  readonly ages: readonly number[];
  readonly seed: number;
  /** Called between windows; returns false to end with the blocks that are done, at least one batch. */
  readonly between?: () => boolean | Promise<boolean>;
}

export const AGES: readonly number[] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
/** Tokens scored in each block. */
const BLOCK = 64;

/** Scores blocks of the text in random order, one per lane at a time, until all are done or `between` returns false. */
export async function measureContext(model: LanguageModel, source: TokenSource, o: ContextOptions): Promise<Context> {
  const { lanes } = model.plan.options;
  const lead = Math.min(2 * Math.max(...o.ages), Math.floor(source.length / 2));
  const ages = o.ages.filter((age) => age < lead);
  const count = Math.max(0, Math.floor((source.length - 1 - lead) / BLOCK));
  const blocks: { index: number; carried: number; fresh: number[] }[] = [];
  let goOn = true;
  for (let first = 0; first < count && (goOn || first === 0); first += lanes) {
    const indices = Array.from({ length: Math.min(lanes, count - first) }, (_, i) =>
      shuffled(o.seed, Purpose.places, 1, first + i, count),
    );
    // A row has `lead` tokens, then BLOCK inputs, then the target of the last input.
    const rows: Int32Array[] = [];
    for (const index of indices) rows.push(await source.read(index * BLOCK, index * BLOCK + lead + BLOCK + 1));
    const scores: number[][] = [];
    for (const age of [lead, ...ages]) {
      scores.push(await scoreAt(model, rows, { age, lead }));
      goOn = (await o.between?.()) ?? true;
    }
    const [carried, ...fresh] = scores;
    for (const [i, index] of indices.entries()) {
      blocks.push({ index, carried: carried![i]!, fresh: fresh.map((each) => each[i]!) });
    }
  }
  blocks.sort((a, b) => a.index - b.index); // the bootstrap wants the order of the text
  const scored = blocks.length * BLOCK;
  const mean = (of: (each: (typeof blocks)[number]) => number) =>
    blocks.reduce((sum, each) => sum + of(each), 0) / scored;
  const rows = ages.map((tokens, i): ContextRow => {
    const more = (each: (typeof blocks)[number]) => each.fresh[i]! - each.carried;
    const between = interval(
      blocks.map((each) => ({ sum: more(each), size: BLOCK })),
      { seed: o.seed },
    );
    return { tokens, nats: mean((each) => each.fresh[i]!), above: { mean: mean(more), ...between } };
  });
  return { rows, carried: mean((each) => each.carried), carriedTokens: lead, scored };
}

/**
 * Σ −log p over the last BLOCK targets of each row, with states of `age` tokens or up to a quarter more: each row is
 * divided into pieces that start with a zero state `age` tokens before their first scored token.
 */
async function scoreAt(
  model: LanguageModel,
  rows: readonly Int32Array[],
  { age, lead }: { readonly age: number; readonly lead: number },
): Promise<number[]> {
  const stride = age === lead ? BLOCK : Math.min(BLOCK, Math.max(1, age >> 2));
  const pieces = rows.flatMap((row, i) =>
    Array.from({ length: Math.ceil(BLOCK / stride) }, (_, n) => {
      const at = lead + n * stride;
      return { row: i, tokens: row.subarray(at - age, Math.min(at + stride, lead + BLOCK) + 1) };
    }),
  );
  const sums = rows.map(() => 0);
  const { lanes } = model.plan.options;
  for (let first = 0; first < pieces.length; first += lanes) {
    const some = pieces.slice(first, first + lanes);
    const scores = scoreEnds(
      model,
      some.map(({ tokens }) => tokens),
      age,
    );
    for (const [i, { row }] of some.entries()) sums[row]! += scores[i]!;
  }
  return sums;
}

/** Σ −log p of each piece's targets from input `from` on, starting from a zero state. */
function scoreEnds(model: LanguageModel, pieces: readonly Int32Array[], from: number): number[] {
  const { lanes, steps } = model.plan.options;
  const length = Math.max(...pieces.map((piece) => piece.length - 1));
  const sums = pieces.map(() => 0);
  let state: State = zeroState(model.spec, lanes, model.engine.precision);
  for (let at = 0; at < length; at += steps) {
    const window = windowOf(pieces, { lanes, at, steps: Math.min(steps, length - at), from });
    model.setState(state);
    model.load(window);
    model.forward();
    model.loss();
    state = model.state();
    for (const [i, loss] of model.losses().entries()) {
      const piece = i % lanes;
      if (piece < pieces.length) sums[piece]! += loss;
    }
  }
  return sums;
}

/** Targets before input `from` and beyond the end of a piece do not count. */
function windowOf(
  pieces: readonly Int32Array[],
  o: { readonly lanes: number; readonly at: number; readonly steps: number; readonly from: number },
): Window {
  const { lanes, steps } = o;
  const inputs = new Int32Array(steps * lanes);
  const targets = new Int32Array(steps * lanes).fill(-1);
  let counted = 0;
  for (const [b, piece] of pieces.entries()) {
    for (let t = 0; t < Math.min(steps, piece.length - 1 - o.at); t++) {
      const position = o.at + t;
      inputs[t * lanes + b] = piece[position]!;
      if (position < o.from) continue;
      targets[t * lanes + b] = piece[position + 1]!;
      counted += 1;
    }
  }
  return { steps, lanes, inputs, targets, counted };
}
