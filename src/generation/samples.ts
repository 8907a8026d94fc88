// Writes many samples at once, in lanes of one model, so that each weight is read once for all of them. Each sample is,
// bit for bit, the text that `write` returns with its number.

import { usageError } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import type { Reals } from "../compute/arena.js";
import { LanguageModel } from "../model/language-model.js";
import { joinStates } from "../model/layout/state.js";
import { afterSpace, drawToken, type Written } from "./draw.js";
import { createEndingDecoder, type EndingDecoder } from "./ending.js";
import type { Session, SessionState } from "./session.js";
import { type Piece, requireLength, type WriteOptions, writeOptionNames, writePieces } from "./write.js";

/** Options for many samples. */
export interface SamplesOptions extends WriteOptions {
  /** Number of samples; they are numbered from `sample` (0). */
  readonly count: number;
  /** Most samples written side by side, 64 by default. */
  readonly atOnce?: number | undefined;
}

/** A piece of one sample, by its number. */
export interface SamplePiece extends Piece {
  readonly sample: number;
  /** This is the sample's last piece; its text may be empty. Each sample has exactly one. */
  readonly last: boolean;
}

/** Enough rows to fill the matrix products; more make no token cheaper. */
const AT_ONCE = 64;

/**
 * Writes `count` samples from a session's state, which stays as it is. Returns their texts in the order of their
 * numbers; each is what `write(session.branch(), { ...options, sample })` returns.
 *
 * @throws LonghandError `usage` for a count or `atOnce` that is no whole number from 1
 * @example
 * writeSamples(session, { count: 5, length: 200, temperature: 0.8 }); // five strings
 */
export function writeSamples(session: Session, options: SamplesOptions): string[] {
  checkOptions(options, [...writeOptionNames, "count", "atOnce"], "writeSamples");
  const first = options.sample ?? 0;
  const texts = new Array<string>(options.count).fill("");
  for (const { sample, text } of writeSamplePieces(session, options)) texts[sample - first] += text;
  return texts;
}

/** As `writeSamples`, but piece by piece: samples that are written side by side yield in turn. */
export function* writeSamplePieces(session: Session, options: SamplesOptions): Generator<SamplePiece, void, void> {
  const { count, sample = 0, atOnce = AT_ONCE } = options;
  requireLength(options.length);
  for (const [name, n] of Object.entries({ count, atOnce })) {
    if (!Number.isInteger(n) || n < 1) throw usageError(`${name} wants a whole number from 1; got ${n}.`);
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
  readonly options: WriteOptions & { readonly sample: number };
  /** State at its start, after something was fed. */
  readonly start: SessionState;
  /** The token that it began with, if one was drawn. */
  readonly begun: Written | undefined;
  readonly decoder: EndingDecoder;
  /** Tokens whose text is incomplete: part of a code point. */
  waiting: Written[];
  /** Its document has ended, or a stop string or its last line came. */
  ended: boolean;
}

function openLane(session: Session, options: Lane["options"]): Lane {
  const branch = session.branch();
  const begun = branch.begin(options);
  const waiting = begun === undefined ? [] : [begun];
  const decoder = createEndingDecoder(session.text.vocab, options, options.binary, session);
  return { options, start: branch.state, begun, decoder, waiting, ended: false };
}

/** Samples from `options.sample` on, as many as `rows`, in the first lanes of a model. */
function* writeTogether(
  session: Session,
  model: LanguageModel,
  options: WriteOptions & { readonly sample: number },
  rows: number,
): Generator<SamplePiece, void, void> {
  const numbers = Array.from({ length: rows }, (_, i) => options.sample + i);
  if (options.length === 0) {
    for (const sample of numbers) yield { sample, text: "", tokens: [], last: true };
    return;
  }
  const { vocab } = session.text;
  const all = numbers.map((sample) => openLane(session, { ...options, sample }));
  const [{ begun, start }] = all as [Lane, ...Lane[]]; // all are fed alike, or none is
  for (const lane of all) {
    const text = lane.begun === undefined ? "" : lane.decoder.push(lane.begun.id);
    lane.ended = lane.decoder.done;
    if (text === "" && !lane.ended) continue;
    yield pieceOf(lane, text, lane.waiting, lane.ended);
    lane.waiting = [];
  }

  const { lanes } = model.plan.options;
  const room = new Float64Array(vocab.size);
  const ids = new Int32Array(lanes);
  const window = { steps: 1, lanes, inputs: ids, targets: new Int32Array(lanes).fill(-1), counted: 0 };
  const length = options.length - (begun === undefined ? 0 : 1);
  for (let t = 0; t < length; t++) {
    for (const [i, lane] of all.entries()) {
      if (lane.ended) continue; // still computed, but ignored
      const first = start.space ? afterSpace(lane.start.logits!, vocab) : lane.start.logits!;
      const logits: Reals = t === 0 ? first : model.logitsInPlace(0, i);
      const { id, logProbability } = drawToken(logits, lane.options, vocab.specials, start.written + t, room);
      ids[i] = id;
      lane.waiting.push({ id, token: vocab.itos[id]!, logProbability });
      lane.ended = id === vocab.endId;
      if (lane.ended) yield pieceOf(lane, lane.decoder.end(), lane.waiting, true);
      if (lane.ended) continue;
      const text = lane.decoder.push(id);
      lane.ended = lane.decoder.done;
      if (text === "" && !lane.ended) continue;
      yield pieceOf(lane, text, lane.waiting, lane.ended);
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
