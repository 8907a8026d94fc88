// What a text is scored with: a table of the ways in which the state goes through it. A number without its way says nothing: the same
// model reads better the more it may remember.

import { shown, usageError } from "../../base/errors.js";
import type { LaneReader, Window } from "../../text/windows/lanes.js";

export interface ScoringState {
  readonly name: string;
  /** So many tokens from zero, then from zero again. */
  readonly resetEvery?: number;
  /** The reader as this way wants it. Throws a usage error where the text does not allow it. */
  reader(lanes: LaneReader): LaneReader;
  /** For people, after "the state is". */
  readonly description: string;
}

interface StateMode {
  readonly form: string;
  /** Undefined where the word is not of this form. `documents`: the model knows where documents begin. */
  of(word: string, documents: boolean): ScoringState | undefined;
}

const stateModes: readonly StateMode[] = [
  {
    form: "carry",
    of: (word) =>
      word === "carry"
        ? { name: word, reader: withoutStarts, description: "carried, from zero at each lane's start" }
        : undefined,
  },
  {
    form: "document",
    of(word, documents) {
      if (word !== "document") return undefined;
      if (!documents) {
        throw usageError(
          "state document wants a model that knows where documents begin; this one was trained on a text without any.",
          'Set `state: "carry"` or `state: "cold:256"`, or train with `documents`.',
          "state",
        );
      }
      return { name: word, reader: (lanes) => lanes, description: "zero at the start of each document" };
    },
  },
  {
    form: "cold:N",
    of(word) {
      const resetEvery = Number(/^cold:([1-9]\d{0,8})$/.exec(word)?.[1]);
      const description = `zero at the start of each block of ${resetEvery} tokens`;
      return resetEvery > 0 ? { name: word, resetEvery, reader: withoutStarts, description } : undefined;
    },
  },
];

export const stateForms: string = stateModes.map(({ form }) => form).join(" | ");

/** The way that a word names; without a word, `document` where there are documents, else `carry`. */
export function scoringState(word: string | undefined, documents: boolean): ScoringState {
  const wanted = word ?? (documents ? "document" : "carry");
  for (const way of stateModes) {
    const found = way.of(wanted, documents);
    if (found !== undefined) return found;
  }
  throw usageError(`state wants ${stateForms}, N from 1; got ${shown(wanted)}.`, undefined, "state");
}

/** The same windows, with no document beginning in them. */
function withoutStarts(lanes: LaneReader): LaneReader {
  const bare = ({ starts: _, ...window }: Window): Window => window;
  return {
    ...lanes,
    window(at, steps, epoch) {
      const window = lanes.window(at, steps, epoch);
      return window instanceof Promise ? window.then(bare) : bare(window);
    },
  };
}
