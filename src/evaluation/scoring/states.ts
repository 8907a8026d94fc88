// State modes of an evaluation: a table of the ways in which the state passes through a text. A score depends on its
// mode, since a model predicts better the more context it has.

import { shown, usageError } from "../../base/errors.js";
import type { LaneReader, Window } from "../../text/windows/lanes.js";

export interface ScoringState {
  readonly name: string;
  /** Tokens after which the state is reset to zero. */
  readonly resetEvery?: number;
  /** The reader for this mode. Throws a usage error if the text does not allow it. */
  reader(lanes: LaneReader): LaneReader;
  /** Completes the sentence "the state is …". */
  readonly description: string;
}

interface StateMode {
  readonly form: string;
  /** Undefined if the word does not have this form. `documents`: the model knows where documents begin. */
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
          "state document needs a model that keeps documents apart; this one was trained without documents.",
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
      const description = `reset to zero every ${resetEvery === 1 ? "token" : `${resetEvery} tokens`}`;
      return resetEvery > 0 ? { name: word, resetEvery, reader: withoutStarts, description } : undefined;
    },
  },
];

export const stateForms: string = stateModes.map(({ form }) => form).join(" | ");

/** The mode of this name; without a name, `document` if the model keeps documents apart, else `carry`. */
export function scoringState(word: string | undefined, documents: boolean): ScoringState {
  const name = word ?? (documents ? "document" : "carry");
  for (const mode of stateModes) {
    const state = mode.of(name, documents);
    if (state !== undefined) return state;
  }
  throw usageError(`state wants ${stateForms}, N from 1; got ${shown(name)}.`, undefined, "state");
}

/** The same windows without their document masks. */
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
