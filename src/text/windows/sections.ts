// Sections: a reader of short independent pieces of a text, one batch per window. In random order they are a classic
// training set of examples; lanes.ts keeps the order of the text instead.

import { Purpose, shuffled } from "../../base/random.js";
import type { TokenSource } from "../storage/tokens.js";
import { type LaneReader, type Window, windowOf } from "./lanes.js";

export interface SectionOptions {
  /** B: sections per batch. */
  readonly lanes: number;
  /** T: inputs per section. The target of each is the token after it. */
  readonly length: number;
  /** Tokens from the start of a section to the start of the next. If it is less than `length`, sections overlap. */
  readonly stride: number;
  /** Seed of a new random order in every epoch; if absent, sections are in the order of the text. */
  readonly seed?: number;
}

/**
 * The ⌊(N − T − 1) / stride⌋ + 1 sections of N tokens, B in each window of T positions. Missing sections of the last
 * window have input 0 and target −1. A window is one whole batch: `at` must be a multiple of T, and `steps` must be T.
 * `trimmed` is the number of last tokens that are in no section. (The fastai lesson's lists of characters: stride 3 for
 * three characters, 1 for eight, 8 where all are predicted.)
 */
export function sections(source: TokenSource, o: SectionOptions): LaneReader & { readonly trimmed: number } {
  const { lanes, length, stride, seed } = o;
  const count = Math.max(0, Math.floor((source.length - length - 1) / stride) + 1);
  return {
    lanes,
    positions: Math.ceil(count / lanes) * length,
    trimmed: count === 0 ? source.length : source.length - ((count - 1) * stride + length + 1),
    window(at, steps, epoch = 0) {
      const first = (at / length) * lanes;
      if (!Number.isInteger(first / lanes) || steps !== length || at < 0 || first >= count) {
        throw new RangeError(`a window is one batch of sections of ${length} tokens; got ${steps} at ${at}`);
      }
      const reads = Array.from({ length: lanes }, (_, lane) => {
        const i = first + lane;
        if (i >= count) return new Int32Array(0);
        const from = stride * (seed === undefined ? i : shuffled(seed, Purpose.order, epoch, i, count));
        return source.read(from, from + length + 1, epoch);
      });
      return windowOf(reads, steps, source.end);
    },
  };
}

/** The same windows, in which only the last position has a target. */
export function lastTargets<R extends LaneReader>(reader: R): R {
  const last = (w: Window): Window => {
    const before = (w.steps - 1) * w.lanes;
    const targets = w.targets.map((y, i) => (i < before ? -1 : y));
    return { ...w, targets, counted: targets.reduce((n, y) => (y < 0 ? n : n + 1), 0) };
  };
  return {
    ...reader,
    window(at: number, steps: number, epoch?: number) {
      const window = reader.window(at, steps, epoch);
      return window instanceof Promise ? window.then(last) : last(window);
    },
  };
}
