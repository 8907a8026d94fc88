// A user's own transform of what the model reads in training: data augmentation that is not one of the settings. It
// changes inputs only. Targets and document starts stay those of the text, so the model learns to predict the text from
// changed inputs.

import { usageError } from "../../base/errors.js";
import { Purpose, uniform } from "../../base/random.js";
import type { Vocab } from "../encoding/vocab.js";
import type { LaneReader, Window } from "./lanes.js";

/** What a transform knows about the ids that it changes: one lane of one window. */
export interface TransformContext {
  /** The setting `seed`. */
  readonly seed: number;
  /** How many times the training text was read before. */
  readonly epoch: number;
  /** The lane, from 0; with `sections`, the row of the batch. */
  readonly lane: number;
  /** The position in the lane of the first id, from 0 in every epoch. */
  readonly position: number;
  /** The token that follows each input, (T): what the model learns to predict; −1 where nothing is predicted. */
  readonly targets: Int32Array;
  readonly vocab: Vocab;
  /**
   * A random number in [0, 1) for input `t` of this lane and window. Its value depends on the seed, the epoch, the
   * lane, the position and `which` alone, so that a resumed run draws the same numbers. `which` tells apart several
   * draws for one input.
   */
  random(t: number, which?: number): number;
}

/**
 * A transform of training inputs. It must depend on its arguments alone: then a run that is stopped and resumed ends
 * with the same bits as one that was not.
 *
 * @example
 * // drop-words.js: every tenth input is read as <unk>
 * export default {
 *   url: import.meta.url,
 *   apply: (ids, { random, vocab }) => ids.map((id, t) => (random(t) < 0.1 ? vocab.stoi.get("<unk>") : id)),
 * };
 */
export interface WindowTransform {
  /** URL of the module whose default export is this transform (`import.meta.url` there). The run's record names it. */
  readonly url: string;
  /**
   * The T input ids of one lane of a window → as many ids that the model reads in their place. `ids` may be changed in
   * place.
   */
  apply(ids: Int32Array, context: TransformContext): Int32Array;
}

/**
 * The same windows with transformed inputs. Throws a usage error that names the transform where it returns another
 * number of ids, or an id that is not in the vocabulary.
 */
export function transformed<R extends LaneReader>(
  reader: R,
  transform: WindowTransform,
  { seed, vocab }: { readonly seed: number; readonly vocab: Vocab },
): R {
  const change = (window: Window, position: number, epoch: number): Window => {
    const { steps, lanes } = window;
    const inputs = new Int32Array(steps * lanes);
    const first = epoch * reader.positions + position;
    for (let lane = 0; lane < lanes; lane++) {
      const ids = laneOf(window.inputs, lane, lanes, steps);
      const targets = laneOf(window.targets, lane, lanes, steps);
      const random = (t: number, which = 0) => uniform(seed, Purpose.transform, first + t, lane, which);
      const result = transform.apply(ids, { seed, epoch, lane, position, targets, vocab, random });
      requireIds(result, steps, vocab.size, transform.url);
      for (let t = 0; t < steps; t++) inputs[t * lanes + lane] = result[t]!;
    }
    return { ...window, inputs };
  };
  return {
    ...reader,
    window(at: number, steps: number, epoch = 0) {
      const window = reader.window(at, steps, epoch);
      return window instanceof Promise ? window.then((read) => change(read, at, epoch)) : change(window, at, epoch);
    },
  };
}

/** One lane of a (T, B) array. */
function laneOf(array: Int32Array, lane: number, lanes: number, steps: number): Int32Array {
  return Int32Array.from({ length: steps }, (_, t) => array[t * lanes + lane]!);
}

function requireIds(ids: Int32Array, steps: number, vocabulary: number, url: string): void {
  if (ids?.length !== steps) {
    throw usageError(`The transform ${url} returned ${ids?.length ?? "no"} ids for ${steps} inputs.`);
  }
  const wrong = [...ids].find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabulary));
  if (wrong === undefined) return;
  throw usageError(
    `The transform ${url} returned the id ${wrong}; the vocabulary has ids from 0 to ${vocabulary - 1}.`,
  );
}
