// Everything a trainer knows, as one value: what is taken between two events and given to another trainer.

import { fileError } from "../../base/errors.js";
import type { Reals } from "../../compute/arena.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type State, zeroState } from "../../model/layout/state.js";
import { emptyHistory, type LossHistory } from "../divergence/loss-history.js";
import type { EffectiveHyperparameters } from "../divergence/recovery.js";
import type { ResolvedSettings } from "../settings/training-settings.js";

/** A moment of a run: enough to go on from it, or back to it. */
export interface Snapshot {
  readonly position: {
    /** Windows done. */
    readonly window: number;
    /** Epochs done. */
    readonly epoch: number;
    /** Positions of this epoch done, the same in every lane. */
    readonly at: number;
    /** Targets trained on, over all lanes and epochs. */
    readonly tokens: number;
  };
  /** False between a window's update and the end of what follows it (validation, sample …). */
  readonly settled: boolean;
  /** The `end` event was told. */
  readonly ended: boolean;
  /** Events told that belong to the run (process events are not counted). */
  readonly events: number;
  /** The window just done was its epoch's last. */
  readonly epochEnds: boolean;
  /** Windows of the plan that lay before it. */
  readonly began: number;
  /** Running mean of the loss: value / weight. */
  readonly running: { readonly value: number; readonly weight: number };
  readonly epochLoss: { readonly nats: number; readonly tokens: number };
  readonly best: { readonly window: number; readonly nats: number } | undefined;
  readonly baselineTold: boolean;
  readonly hyperparameters: EffectiveHyperparameters;
  /** The last windows, by which an explosion is told. */
  readonly history: LossHistory;
  /** Tries since the run last came past the window where it broke; and that window, from 1. */
  readonly tries: number;
  readonly brokeAt: number;
  /** The state that the next window begins with. */
  readonly carried: State;
  /** All parameters, flat; and the optimizer's arrays. */
  readonly weights: Reals;
  readonly optimizer: readonly Reals[];
}

export interface TrainerState extends Snapshot {
  /** The last good moment, to which the run goes back where its numbers break. Absent before the first, and where `tries` is 0. */
  readonly lastGood?: Snapshot | undefined;
}

/** The part of a state by which a run finds back, before anything broke. */
function untroubled({
  lr,
  bptt,
  clip,
  clipBy,
}: ResolvedSettings): Pick<Snapshot, "hyperparameters" | "history" | "tries" | "brokeAt"> {
  return { hyperparameters: { rate: lr, scale: 1, bptt, clip, clipBy }, history: emptyHistory, tries: 0, brokeAt: 0 };
}

/** Before the first window: weights from the seed, everything else empty. */
export function freshState(model: LanguageModel, settings: ResolvedSettings): TrainerState {
  model.initialize(settings.seed);
  return {
    position: { window: 0, epoch: 0, at: 0, tokens: 0 },
    settled: true,
    ended: false,
    events: 0,
    epochEnds: false,
    began: -1,
    running: { value: 0, weight: 0 },
    epochLoss: { nats: 0, tokens: 0 },
    best: undefined,
    baselineTold: false,
    ...untroubled(settings),
    carried: zeroState(model.spec, model.plan.options.lanes, model.engine.precision),
    weights: new Float32Array(0),
    optimizer: [],
  };
}

/** A state with what older versions did not write. */
export function completed(state: TrainerState, settings: ResolvedSettings): TrainerState {
  const missing = { ...untroubled(settings), began: state.position.window - 1 };
  const hyperparameters = { ...missing.hyperparameters, ...state.hyperparameters };
  return {
    ...state,
    hyperparameters,
    ...Object.fromEntries(Object.entries(missing).filter(([name]) => !(name in state))),
  };
}

/**
 * Refuses a moment of another model, by the lengths of what it holds, or of another text: `positions` are a lane's. The number of its
 * lanes may be another one.
 */
export function requireFit(moment: Snapshot, { plan, spec }: LanguageModel, positions: number): void {
  const refuse = (problem: string) =>
    fileError(
      `The state does not fit the model that its settings make: ${problem}.`,
      "It is damaged, or of another run: put back a whole copy of it, or train anew.",
    );
  const { position, weights, optimizer, carried } = moment;
  if (position.at > positions) throw refuse(`it stands at position ${position.at} of a lane's ${positions}`);
  if (weights.length !== plan.size) throw refuse(`it has ${weights.length} weights, and ${plan.size} are wanted`);
  if (optimizer.length !== plan.moments.length || optimizer.some(({ length }) => length !== plan.size)) {
    const lengths = optimizer.map(({ length }) => length).join(" and ") || "no";
    throw refuse(
      `it has ${lengths} numbers of the optimizer, and ${plan.moments.length} times ${plan.size} are wanted`,
    );
  }
  const wanted = zeroState(spec, 1).arrays;
  const slots = new Map(carried.arrays.map((each) => [each.name, each]));
  const lacking = wanted.find(({ name, width }) => {
    const slot = slots.get(name);
    return slot?.width !== width || slot.data.length !== carried.lanes * width;
  });
  if (lacking !== undefined) throw refuse(`it has no ${lacking.name} of ${lacking.width} numbers a lane`);
  if (slots.size !== wanted.length) throw refuse(`it carries ${slots.size} arrays, and ${wanted.length} are wanted`);
}

/** A copy of a moment; into the arrays of an older one of the same model, where it is given. */
export function copySnapshot(moment: Snapshot, into?: Snapshot): Snapshot {
  const copy = (from: Reals, to: Reals | undefined) => {
    to?.set(from);
    return to ?? from.slice();
  };
  const optimizer = moment.optimizer.map((m, i) => copy(m, into?.optimizer[i]));
  return { ...moment, weights: copy(moment.weights, into?.weights), optimizer };
}
