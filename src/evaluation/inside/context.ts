// How much context helps: the loss of the same tokens by states of different ages. A state of age k was zero k tokens before the token
// that is read; the carried one is older than all of them. It reads a model as it stands and changes nothing.

import { Purpose, shuffled } from "../../base/random.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type State, zeroState } from "../../model/layout/state.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import type { Window } from "../../text/windows/lanes.js";
import { interval } from "../intervals/bootstrap.js";

export interface ContextRow {
  /** k: tokens of state kept, up to a quarter more where k is 8 or more. */
  readonly tokens: number;
  /** Mean loss in nats a token. */
  readonly nats: number;
  /** How much more than with the carried state, in nats a token, with its 95% interval (NaN where the text is too short to tell). */
  readonly above: { readonly mean: number; readonly low: number; readonly high: number };
}

export interface Context {
  readonly rows: readonly ContextRow[];
  /** Mean loss by the carried state, and the fewest tokens that it has read. */
  readonly carried: number;
  readonly carriedTokens: number;
  /** Tokens scored, the same for every row. */
  readonly scored: number;
}

export interface ContextOptions {
  /** k, rising. Those that the text is too short for are left out. */
  readonly ages: readonly number[];
  readonly seed: number;
  /** Called between windows; false ends it with the stretches that are done, some at least. */
  readonly between?: () => boolean | Promise<boolean>;
}

export const AGES: readonly number[] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
/** Tokens scored in each stretch. */
const BLOCK = 64;

/** Scores stretches of the text in an order that is drawn, a lane's worth at a time, until all are done or `between` ends it. */
export async function measureContext(model: LanguageModel, source: TokenSource, o: ContextOptions): Promise<Context> {
  const { lanes } = model.plan.options;
  const lead = Math.min(2 * Math.max(...o.ages), Math.floor(source.length / 2));
  const ages = o.ages.filter((age) => age < lead);
  const count = Math.max(0, Math.floor((source.length - 1 - lead) / BLOCK));
  const found: { place: number; carried: number; cold: number[] }[] = [];
  let goOn = true;
  for (let first = 0; first < count && (goOn || first === 0); first += lanes) {
    const places = Array.from({ length: Math.min(lanes, count - first) }, (_, i) =>
      shuffled(o.seed, Purpose.places, 1, first + i, count),
    );
    // A row: `lead` tokens, then STRETCH inputs, then the last one's target.
    const rows: Int32Array[] = [];
    for (const place of places) rows.push(await source.read(place * BLOCK, place * BLOCK + lead + BLOCK + 1));
    const scores: number[][] = [];
    for (const age of [lead, ...ages]) {
      scores.push(await scoreAt(model, rows, { age, lead }));
      goOn = (await o.between?.()) ?? true;
    }
    const [carried, ...cold] = scores;
    for (const [i, place] of places.entries()) {
      found.push({ place, carried: carried![i]!, cold: cold.map((each) => each[i]!) });
    }
  }
  found.sort((a, b) => a.place - b.place); // stretches come in the text's order
  const scored = found.length * BLOCK;
  const mean = (of: (each: (typeof found)[number]) => number) =>
    found.reduce((sum, each) => sum + of(each), 0) / scored;
  const rows = ages.map((tokens, i): ContextRow => {
    const more = (each: (typeof found)[number]) => each.cold[i]! - each.carried;
    const between = interval(
      found.map((each) => ({ sum: more(each), size: BLOCK })),
      { seed: o.seed },
    );
    return { tokens, nats: mean((each) => each.cold[i]!), above: { mean: mean(more), ...between } };
  });
  return { rows, carried: mean((each) => each.carried), carriedTokens: lead, scored };
}

/**
 * Σ of −log p over each row's last STRETCH targets by states of `age` tokens or up to a quarter more: pieces that begin `age` tokens
 * before what is scored of them, with a state of zeros.
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

/** Σ of −log p of each piece's targets from input `from` on, read from a state of zeros. */
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

/** Targets before input `from` do not count, nor what is beyond a piece's end. */
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
      const place = o.at + t;
      inputs[t * lanes + b] = piece[place]!;
      if (place < o.from) continue;
      targets[t * lanes + b] = piece[place + 1]!;
      counted += 1;
    }
  }
  return { steps, lanes, inputs, targets, counted };
}
