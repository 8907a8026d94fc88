// A text as sections: short pieces, each read from its start and without regard to the others, a batch of them a window. In
// random order they are the classic training set of examples; lanes.ts keeps the text's own order instead.

import { Purpose, shuffled } from "../../base/random.js";
import type { TokenSource } from "../storage/tokens.js";
import { cut, type LaneReader, type Window } from "./lanes.js";

export interface SectionOptions {
  /** B, sections in a batch. */
  readonly lanes: number;
  /** T, inputs of a section: the token after each is its target. */
  readonly length: number;
  /** Tokens from the start of a section to the start of the next: below `length` they overlap. */
  readonly stride: number;
  /** Draws a new order in every epoch; without it they come as they stand in the text. */
  readonly seed?: number;
}

/**
 * The ⌊(N − T − 1) / stride⌋ + 1 sections of N tokens, B in each window of T positions. The last window's missing ones have
 * input 0 and target −1. A window is one batch whole: `at` a multiple of T, and T steps. The `trimmed` last tokens fill no
 * section. (The fastai lesson's lists of characters: stride 3 for three characters, 1 for eight, 8 where all are predicted.)
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
        throw new RangeError(`sections of ${length} come whole; asked for ${steps} at ${at}`);
      }
      const reads = Array.from({ length: lanes }, (_, lane) => {
        const i = first + lane;
        if (i >= count) return new Int32Array(0);
        const from = stride * (seed === undefined ? i : shuffled(seed, Purpose.order, epoch, i, count));
        return source.read(from, from + length + 1, epoch);
      });
      return cut(reads, steps, source.end);
    },
  };
}

/** A reader of which only the last position of each window counts. */
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
