// Lanes: a text as B contiguous streams that are read in parallel, window by window, without shuffling. windows.ts
// decides how long each window is.

import type { Notice } from "../reading/utf8.js";
import { requireTwoTokens, type TokenSource, whenRead } from "../storage/tokens.js";

/** T positions of all B lanes. Arrays are (T, B), time-major: position t of lane b is at index t·B + b. */
export interface Window {
  /** T */
  readonly steps: number;
  /** B */
  readonly lanes: number;
  readonly inputs: Int32Array;
  /** The token after each input; −1 where nothing is scored. */
  readonly targets: Int32Array;
  /**
   * 1 where a document begins, so that the incoming state is zero there. Absent if no document begins in the window.
   */
  readonly starts?: Int32Array;
  /** Number of targets that are not −1. */
  readonly counted: number;
}

export interface LaneReader {
  readonly lanes: number;
  /** Input positions in each lane. */
  readonly positions: number;
  /**
   * Positions [at, at + steps) of every lane: a window if the tokens are in memory, otherwise a promise. `epoch` is how
   * many times the text was read before, for readers whose order differs from epoch to epoch.
   */
  window(at: number, steps: number, epoch?: number): Window | Promise<Window>;
}

/**
 * N tokens in B lanes of n = floor(N / B): lane b has the tokens [b·n, (b + 1)·n) and n − 1 positions. The last N − B·n
 * tokens are in no lane; `trimmed` is their number. (fastai 0.7, LanguageModelLoader.)
 */
export function trainingLanes(source: TokenSource, lanes: number): LaneReader & { readonly trimmed: number } {
  const length = Math.floor(source.length / lanes);
  const laneStart = (lane: number) => lane * length;
  return {
    ...reader(source, lanes, Math.max(0, length - 1), laneStart, source.length),
    trimmed: source.length - lanes * length,
  };
}

/** A source padded with `pad` at its end, so that it fills B lanes of ⌈N / B⌉ tokens. (torchtext, BPTTIterator.) */
export function padded(source: TokenSource, lanes: number, pad: number): TokenSource {
  const { length, cursor } = source;
  const whole = Math.ceil(length / lanes) * lanes;
  const fill = (ids: Int32Array, count: number) => {
    const all = new Int32Array(count).fill(pad);
    all.set(ids);
    return all;
  };
  return {
    length: whole,
    end: source.end,
    ...(cursor && { cursor: (count: number) => padded(cursor(count), lanes, pad) }),
    read(from, to, epoch) {
      if (to <= length) return source.read(from, to, epoch);
      const read = source.read(Math.min(from, length), length, epoch);
      return read instanceof Int32Array ? fill(read, to - from) : read.then((ids) => fill(ids, to - from));
    },
  };
}

/** Tokens of a scored text that one lane has at least: each lane begins with a zero state, which costs a little. */
const SCORED_LANE = 1000;

/** Number of lanes in which a text of N tokens is scored: those of training, or fewer, so that each is long enough. */
export function validationLanes(tokens: number, lanes: number): number {
  return Math.min(lanes, Math.max(1, Math.floor(tokens / SCORED_LANE)));
}

/**
 * Lanes that score every token except the first exactly once, and the first one too if a token `before` is fed first.
 * The P predictions are in lanes of ceil(P / lanes); a lane's last target is the next lane's first input. Missing
 * positions at the end have input 0 and target −1; with a short text, whole lanes may be missing. A model of more lanes
 * than that reads `rows` lanes, of which the last are empty.
 */
export function evaluationLanes(source: TokenSource, lanes: number, before?: number, rows = lanes): LaneReader {
  const stream = before === undefined ? source : withFirst(before, source);
  const predictions = Math.max(0, stream.length - 1);
  const positions = Math.ceil(predictions / lanes);
  return reader(stream, rows, positions, (lane) => lane * positions, stream.length);
}

/**
 * Number of lanes for a training text: `lanes`, or fewer, so that each holds a window of `bptt` and its last target. A
 * single lane may be shorter than a window. Throws a usage error for fewer than 2 tokens: one to read and one to
 * predict.
 */
export function fitLanes(tokens: TokenSource, lanes: number, bptt: number, notice: Notice = () => {}): number {
  requireTwoTokens(tokens.length);
  const fitting = Math.max(1, Math.floor(tokens.length / (bptt + 1)));
  if (fitting >= lanes) return lanes;
  notice(
    `The training part has ${tokens.length} tokens, too few for ${lanes} lanes of at ` +
      `least ${bptt + 1}: using ${fitting} lane${fitting === 1 ? "" : "s"}.`,
  );
  return fitting;
}

/** A reader of lanes that begin at offset `laneStart(lane)` of a stream that ends at `end`. */
function reader(
  source: TokenSource,
  lanes: number,
  positions: number,
  laneStart: (lane: number) => number,
  end: number,
): LaneReader {
  const cursors = Array.from({ length: lanes }, () => source.cursor?.(lanes) ?? source);
  return {
    lanes,
    positions,
    window(at, steps, epoch) {
      if (at < 0 || steps < 1 || at + steps > positions) {
        throw new RangeError(`a window of ${steps} at ${at} is outside the lanes' ${positions} positions`);
      }
      const reads = cursors.map((cursor, lane) => {
        const from = Math.min(laneStart(lane) + at, end);
        return cursor.read(from, Math.min(from + steps + 1, end), epoch);
      });
      return windowOf(reads, steps, source.end);
    },
  };
}

/** A window of T steps from up to T + 1 tokens of each lane. A document begins where the input is `end`. */
export function windowOf(
  reads: readonly (Int32Array | Promise<Int32Array>)[],
  steps: number,
  end?: number,
): Window | Promise<Window> {
  return whenRead(reads, (rows) => withStarts(interleave(rows, steps), end));
}

/** Sets `starts` where the input is `end`. */
function withStarts(window: Window, end: number | undefined): Window {
  if (end === undefined || !window.inputs.includes(end)) return window;
  return { ...window, starts: window.inputs.map((id) => (id === end ? 1 : 0)) };
}

/** Up to T + 1 tokens per lane → the window's inputs and targets. */
export function interleave(rows: readonly Int32Array[], steps: number): Window {
  const lanes = rows.length;
  const inputs = new Int32Array(steps * lanes);
  const targets = new Int32Array(steps * lanes).fill(-1);
  let counted = 0;
  for (const [b, row] of rows.entries()) {
    const known = Math.min(steps, row.length - 1);
    for (let t = 0; t < known; t++) {
      inputs[t * lanes + b] = row[t] ?? 0;
      targets[t * lanes + b] = row[t + 1] ?? -1;
    }
    counted += Math.max(0, known);
  }
  return { steps, lanes, inputs, targets, counted };
}

/** A source with one token prepended. */
function withFirst(first: number, source: TokenSource): TokenSource {
  const prepend = (rest: Int32Array) => {
    const row = new Int32Array(rest.length + 1);
    row[0] = first;
    row.set(rest, 1);
    return row;
  };
  const { cursor } = source;
  return {
    length: source.length + 1,
    end: source.end,
    ...(cursor && { cursor: (count: number) => withFirst(first, cursor(count)) }),
    read(from, to) {
      if (from > 0 || to <= from) return source.read(from - 1, Math.max(from, to) - 1);
      const rest = source.read(0, to - 1);
      return rest instanceof Int32Array ? prepend(rest) : rest.then(prepend);
    },
  };
}
