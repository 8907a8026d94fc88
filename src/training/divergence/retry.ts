// What a run does where its numbers broke: back to its last good moment with one thing changed, or its end. A pure function of the
// state; who puts the numbers back is the trainer.

import type { TrainEvent } from "../loop/events.js";
import type { Snapshot, TrainerState } from "../loop/trainer-state.js";
import type { ResolvedSettings } from "../settings/training-settings.js";
import { divergenceAdvice } from "./advice.js";
import type { Finding } from "./finding.js";
import { medianOf } from "./loss-history.js";
import { backoff } from "./recovery.js";

export interface Retry {
  readonly event: Extract<TrainEvent, { kind: "retry" | "diverged" }>;
  /** Whose numbers are to be put back where they are not in place; without a `retry` the run ends with it. */
  readonly state: TrainerState;
}

/**
 * Back to `kept`. Before anything is kept the state itself will do where the window was not begun or not finished: then nothing was
 * updated. What is told of the run stays told: its events, its best validation, the n-gram. `step`: of the window that broke.
 */
export function retryFrom(
  state: TrainerState,
  found: Finding,
  settings: ResolvedSettings,
  step?: { readonly length: number; readonly rate: number },
): Retry {
  const { lastGood, hyperparameters, events, best, baselineTold } = state;
  const untouched = found.what === "ids" || found.what === "loss" || found.what === "gradient";
  const from: Snapshot | undefined = lastGood ?? (untouched ? state : undefined);
  const facts = {
    again: state.tries > 0 && state.brokeAt === found.window,
    norm: medianOf(state.history.norms),
    shortens: settings.shortens,
  };
  const cured = from && state.tries < settings.tries ? backoff(state.tries, found, hyperparameters, facts) : undefined;
  const back = (from ?? state).position.window;
  if (from === undefined || cured === undefined) {
    // A resumed run does the last try again, and comes to the same end; so this event is not counted.
    const event = {
      kind: "diverged",
      ...{ window: found.window, what: found.what, found, back, tries: state.tries },
      advice: divergenceAdvice(hyperparameters, step),
    } as const;
    return { event, state: { ...(from ?? state), lastGood } };
  }
  const tries = state.tries + 1;
  const changed = {
    hyperparameters: cured.hyperparameters,
    ...{ tries, brokeAt: found.window, events: events + 1, best, baselineTold },
  };
  const next = { ...from, ...changed };
  const event = {
    kind: "retry",
    ...{ window: found.window, found, back, try: tries, tries: settings.tries },
    ...{ change: cured.change, windows: windowsOf(next, settings) },
  } as const;
  return { event, state: { ...next, lastGood: lastGood && { ...lastGood, ...changed } } };
}

/** Windows that a run will have in all, about: what is left of the plan, in windows as long as they are now. */
export function windowsOf({ position, hyperparameters }: Snapshot, settings: ResolvedSettings): number {
  const left = settings.windows - settings.planned(position, hyperparameters.bptt);
  return position.window + Math.max(0, Math.ceil((left * settings.bptt) / hyperparameters.bptt));
}
