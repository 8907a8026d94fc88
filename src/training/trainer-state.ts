// Everything a trainer knows, as one value: what is taken between two events and given to another trainer.

import type { Reals } from "../compute/arena.js";
import type { LanguageModel } from "../model/language-model.js";
import { type State, zeroState } from "../model/state.js";
import type { TrainSettings } from "./settings.js";

export interface TrainerState {
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
  /** Running mean of the loss: value / weight. */
  readonly running: { readonly value: number; readonly weight: number };
  readonly epochLoss: { readonly nats: number; readonly tokens: number };
  readonly best: { readonly window: number; readonly nats: number } | undefined;
  readonly baselineTold: boolean;
  /** Knobs in force, beside the config: later features change them under way. */
  readonly inForce: { readonly rate: number; readonly bptt: number; readonly clip: number };
  /** The state that the next window begins with. */
  readonly carried: State;
  /** All parameters, flat; and the optimizer's arrays. */
  readonly weights: Reals;
  readonly moments: readonly Reals[];
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
    running: { value: 0, weight: 0 },
    epochLoss: { nats: 0, tokens: 0 },
    best: undefined,
    baselineTold: false,
    inForce: { rate: settings.lr, bptt: settings.bptt, clip: settings.clip },
    carried: zeroState(model.spec, model.plan.options.lanes, model.engine.precision),
    weights: new Float32Array(0),
    moments: [],
  };
}
