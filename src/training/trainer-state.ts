// Everything a trainer knows, as one value: what is taken between two events and given to another trainer.

import type { Reals } from "../compute/arena.js";
import type { LanguageModel } from "../model/language-model.js";
import { type State, zeroState } from "../model/state.js";
import type { InForce } from "./cure.js";
import { noPast, type Past } from "./explosion.js";
import type { TrainSettings } from "./settings.js";

/** A moment of a run: enough to go on from it, or back to it. */
export interface Moment {
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
  readonly inForce: InForce;
  /** The last windows, by which an explosion is told. */
  readonly past: Past;
  /** Tries since the run last came past the window where it broke; and that window, from 1. */
  readonly tries: number;
  readonly brokeAt: number;
  /** The state that the next window begins with. */
  readonly carried: State;
  /** All parameters, flat; and the optimizer's arrays. */
  readonly weights: Reals;
  readonly moments: readonly Reals[];
}

export interface TrainerState extends Moment {
  /** The last good moment, to which the run goes back where its numbers break. Absent before the first, and where `tries` is 0. */
  readonly kept?: Moment | undefined;
}

/** The part of a state by which a run finds back, before anything broke. */
function untroubled({ lr, bptt, clip, clipBy }: TrainSettings): Pick<Moment, "inForce" | "past" | "tries" | "brokeAt"> {
  return { inForce: { rate: lr, scale: 1, bptt, clip, clipBy }, past: noPast, tries: 0, brokeAt: 0 };
}

/** Before the first window: weights from the seed, everything else empty. */
export function freshState(model: LanguageModel, settings: TrainSettings): TrainerState {
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
    moments: [],
  };
}

/** A state with what older versions did not write. */
export function completed(state: TrainerState, settings: TrainSettings): TrainerState {
  const missing = { ...untroubled(settings), began: state.position.window - 1 };
  const inForce = { ...missing.inForce, ...state.inForce };
  return { ...state, inForce, ...Object.fromEntries(Object.entries(missing).filter(([name]) => !(name in state))) };
}

/** A copy of a moment; into the arrays of an older one of the same model, where it is given. */
export function copyMoment(moment: Moment, into?: Moment): Moment {
  const copy = (from: Reals, to: Reals | undefined) => {
    to?.set(from);
    return to ?? from.slice();
  };
  const moments = moment.moments.map((m, i) => copy(m, into?.moments[i]));
  return { ...moment, weights: copy(moment.weights, into?.weights), moments };
}
