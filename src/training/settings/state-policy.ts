// When the carried state begins anew, and what validation has to do with it: a row for each policy.

export interface StatePolicy {
  /** How long a state lasts before the next begins from zero. */
  readonly lasts: "window" | "epoch" | "run";
  /** What validation starts from where `validState` is unset. */
  readonly validState: "zero" | "copy";
  /** Training goes on with the state that validation ends with: the one way in which looking on changes a run. */
  readonly handsBack: boolean;
}

export const statePolicies = {
  epoch: { lasts: "epoch", validState: "zero", handsBack: false },
  never: { lasts: "run", validState: "copy", handsBack: false },
  /** fastai's lesson: its model keeps one state, which flows through training and validation alike. */
  lesson: { lasts: "run", validState: "copy", handsBack: true },
  /** No state at all between windows, in validation neither. */
  window: { lasts: "window", validState: "zero", handsBack: false },
} as const satisfies Record<string, StatePolicy>;
