// A text laid in B contiguous lanes that are read side by side, window by window. Never shuffled. How long a window is
// windows.ts decides; here it is only cut.

import type { Notice } from "../encoding/utf8.js";
import { requireTwoTokens, type TokenSource, whenRead } from "../storage/tokens.js";

/** A stretch of T positions of all B lanes. Arrays are (T, B), time-major: position t of lane b is at t·B + b. */
export interface Window {
  /** T */
  readonly steps: number;
  /** B */
  readonly lanes: number;
  readonly inputs: Int32Array;
  /** The token one ahead of each input; −1 where there is none to score. */
  readonly targets: Int32Array;
  /** 1 where a document begins: the incoming state counts as zero there. Absent where no document begins. */
  readonly starts?: Int32Array;
  /** How many targets are not −1. */
  readonly counted: number;
}

export interface LaneReader {
  readonly lanes: number;
  /** Input positions in each lane. */
  readonly positions: number;
  /**
   * Positions `at` up to `at + steps` of every lane: at once where the tokens are in memory, else promised. `epoch` is how often
   * the text was read before, for readers whose order changes with it.
   */
  window(at: number, steps: number, epoch?: number): Window | Promise<Window>;
}

/**
 * N tokens in B lanes of n = floor(N / B): lane b is tokens b·n up to (b + 1)·n, with n − 1 positions. The `trimmed`
 * last N − B·n tokens belong to no lane. (fastai 0.7, LanguageModelLoader.)
 */
export function trainingLanes(source: TokenSource, lanes: number): LaneReader & { readonly trimmed: number } {
  const length = Math.floor(source.length / lanes);
  const laneStart = (lane: number) => lane * length;
  return {
    ...reader(source, lanes, Math.max(0, length - 1), laneStart, source.length),
    trimmed: source.length - lanes * length,
  };
}

/** A source with `pad` after its end, so that it fills its lanes: ⌈N / B⌉ each. (torchtext, BPTTIterator.) */
export function padded(source: TokenSource, lanes: number, pad: number): TokenSource {
  const { length, cursor } = source;
  const whole = Math.ceil(length / lanes) * lanes;
  const fill = (found: Int32Array, count: number) => {
    const all = new Int32Array(count).fill(pad);
    all.set(found);
    return all;
  };
  return {
    length: whole,
    end: source.end,
    ...(cursor && { cursor: (count: number) => padded(cursor(count), lanes, pad) }),
    read(from, to, epoch) {
      if (to <= length) return source.read(from, to, epoch);
      const found = source.read(Math.min(from, length), length, epoch);
      return found instanceof Int32Array ? fill(found, to - from) : found.then((ids) => fill(ids, to - from));
    },
  };
}

/**
 * Lanes that score every token but the very first once, and that one too where a token `before` is fed first. The
 * P predictions lie in lanes of ceil(P / lanes); a lane's last target is the next lane's first input. What
 * is missing at the end has target −1 and input 0; a short text leaves whole lanes of that.
 */
export function evaluationLanes(source: TokenSource, lanes: number, before?: number): LaneReader {
  const stream = before === undefined ? source : behind(before, source);
  const predictions = Math.max(0, stream.length - 1);
  const positions = Math.ceil(predictions / lanes);
  return reader(stream, lanes, positions, (lane) => lane * positions, stream.length);
}

/**
 * How many lanes a training text fills: those asked for, or fewer, so that each holds a window of `bptt` and its last
 * target. One lane may be shorter than a window. Throws for fewer than 2 tokens: one to read and one to predict.
 */
export function fitLanes(tokens: TokenSource, lanes: number, bptt: number, notice: Notice = () => {}): number {
  requireTwoTokens(tokens.length);
  const fitting = Math.max(1, Math.floor(tokens.length / (bptt + 1)));
  if (fitting >= lanes) return lanes;
  notice(
    `The training part has ${tokens.length} tokens, too few for ${lanes} lanes of at least ${bptt + 1}: using ${fitting} lane${fitting === 1 ? "" : "s"}.`,
  );
  return fitting;
}

/** Windows over lanes that begin at `laneStart(lane)` of a stream which ends at `end`. */
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
      return cut(reads, steps, source.end);
    },
  };
}

/** A window of T steps from up to T + 1 tokens of each lane. Where an input is `end` a document begins. */
export function cut(
  reads: readonly (Int32Array | Promise<Int32Array>)[],
  steps: number,
  end?: number,
): Window | Promise<Window> {
  return whenRead(reads, (rows) => marked(interleave(rows, steps), end));
}

function marked(window: Window, end: number | undefined): Window {
  if (end === undefined || !window.inputs.includes(end)) return window;
  return { ...window, starts: window.inputs.map((id) => (id === end ? 1 : 0)) };
}

/** One row of up to T + 1 tokens a lane becomes the window's inputs and targets. */
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

/** A stream with one token before it. */
function behind(first: number, source: TokenSource): TokenSource {
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
    ...(cursor && { cursor: (count: number) => behind(first, cursor(count)) }),
    read(from, to) {
      if (from > 0 || to <= from) return source.read(from - 1, Math.max(from, to) - 1);
      const rest = source.read(0, to - 1);
      return rest instanceof Int32Array ? prepend(rest) : rest.then(prepend);
    },
  };
}
