// Many samples at once: lanes of one wide model, which reads each weight once for all of them. Each sample is, bit for bit, the
// text that `write` gives with its number.

import { usageError } from "../base/errors.js";
import type { Reals } from "../compute/arena.js";
import { LanguageModel } from "../model/language-model.js";
import { joinStates } from "../model/layout/state.js";
import type { TextDecoding } from "../text/encoding/vocab.js";
import { drawToken, type NextOptions, type Written } from "./draw.js";
import type { Session, SessionState } from "./session.js";
import { type Piece, type WriteOptions, writePieces } from "./write.js";

export interface SamplesOptions extends WriteOptions {
  /** How many samples; their numbers go up from `sample` (0). */
  readonly count: number;
  /** How many are written at a time, at most: what one more gains falls, and its text waits with the others'. */
  readonly atOnce?: number;
}

/** A piece of one sample, by its number. */
export interface SamplePiece extends Piece {
  readonly sample: number;
  /** Nothing of this sample follows. Each sample has such a piece; it may be empty. */
  readonly last: boolean;
}

/** As many rows as fill the products: with more, a token costs no less. */
const AT_ONCE = 64;

/**
 * Writes `count` samples from where a session stands, which stays there. Gives their texts in the order of their numbers; each
 * is what `write(session.branch(), { ...options, sample })` gives. Throws a usage error for a count that is no natural number.
 */
export function writeSamples(session: Session, options: SamplesOptions): string[] {
  const first = options.sample ?? 0;
  const texts = new Array<string>(options.count).fill("");
  for (const { sample, text } of writeSamplePieces(session, options)) texts[sample - first] += text;
  return texts;
}

/** The same as a stream: the samples that are written together give their pieces in turn. */
export function* writeSamplePieces(session: Session, options: SamplesOptions): Generator<SamplePiece, void, void> {
  const { count, sample = 0, atOnce = AT_ONCE } = options;
  for (const [name, n] of Object.entries({ count, atOnce })) {
    if (!Number.isInteger(n) || n < 1) throw usageError(`${name} is a whole number of at least 1; got ${n}.`);
  }
  if (Math.min(count, atOnce) === 1) {
    for (let i = 0; i < count; i++) yield* writeAlone(session, { ...options, sample: sample + i });
    return;
  }
  const { spec, engine, open } = session.model;
  const model = new LanguageModel(spec, engine, { lanes: Math.min(count, atOnce), steps: 1 }, open);
  model.setWeights(session.model.weightsInPlace());
  const { lanes } = model.plan.options;
  for (let done = 0; done < count; done += lanes) {
    yield* writeTogether(session, model, { ...options, sample: sample + done }, Math.min(lanes, count - done));
  }
}

function* writeAlone(session: Session, options: WriteOptions & { readonly sample: number }): Generator<SamplePiece> {
  const { sample } = options;
  for (const piece of writePieces(session.branch(), options)) yield { ...piece, sample, last: false };
  yield { sample, text: "", tokens: [], last: true };
}

/** One sample under way. */
interface Lane {
  readonly options: NextOptions & { readonly sample: number };
  /** Where it begins: something was fed. */
  readonly start: SessionState;
  /** What it began with, where a token was drawn for that. */
  readonly begun: Written | undefined;
  readonly decoder: TextDecoding;
  /** Tokens whose text is not whole yet. */
  waiting: Written[];
  /** Its document has ended. */
  ended: boolean;
}

function openLane(session: Session, options: Lane["options"]): Lane {
  const branch = session.branch();
  const begun = branch.begin(options);
  const waiting = begun === undefined ? [] : [begun];
  return { options, start: branch.state, begun, decoder: session.text.vocab.decoder(), waiting, ended: false };
}

/** Samples from `options.sample` on, as many as `rows`, in the first lanes of a model. */
function* writeTogether(
  session: Session,
  model: LanguageModel,
  options: WriteOptions & { readonly sample: number },
  rows: number,
): Generator<SamplePiece, void, void> {
  const numbers = Array.from({ length: rows }, (_, i) => options.sample + i);
  if (!(options.length > 0)) {
    for (const sample of numbers) yield { sample, text: "", tokens: [], last: true };
    return;
  }
  const { vocab } = session.text;
  const all = numbers.map((sample) => openLane(session, { ...options, sample }));
  const [{ begun, start }] = all as [Lane, ...Lane[]]; // all are fed alike, or none is
  for (const lane of all) {
    const text = lane.begun === undefined ? "" : lane.decoder.push(lane.begun.id);
    if (text === "") continue;
    yield pieceOf(lane, text, lane.waiting);
    lane.waiting = [];
  }

  const { lanes } = model.plan.options;
  const room = new Float64Array(vocab.size);
  const ids = new Int32Array(lanes);
  const window = { steps: 1, lanes, inputs: ids, targets: new Int32Array(lanes).fill(-1), counted: 0 };
  const length = options.length - (begun === undefined ? 0 : 1);
  for (let t = 0; t < length; t++) {
    for (const [i, lane] of all.entries()) {
      if (lane.ended) continue; // it is computed on, unheard
      const logits: Reals = t === 0 ? lane.start.logits! : model.logitsInPlace(0, i);
      const token = drawToken(logits, lane.options, vocab.specials, start.written + t, room);
      ids[i] = token.id;
      lane.waiting.push(token);
      lane.ended = token.id === vocab.endId;
      if (lane.ended) yield pieceOf(lane, lane.decoder.end(), lane.waiting, true);
      if (lane.ended) continue;
      const text = lane.decoder.push(token.id);
      if (text === "") continue;
      yield pieceOf(lane, text, lane.waiting);
      lane.waiting = [];
    }
    if (all.every(({ ended }) => ended)) return;
    if (t === 0) {
      model.setState(joinStates(Array.from({ length: lanes }, (_, i) => (all[i] ?? all[0]!).start.state)));
      model.load(window);
    } else model.follow(window);
    model.forward(0, rows);
  }
  for (const lane of all) if (!lane.ended) yield pieceOf(lane, lane.decoder.end(), lane.waiting, true);
}

function pieceOf({ options: { sample } }: Lane, text: string, tokens: readonly Written[], last = false): SamplePiece {
  return { sample, text, tokens, last };
}
