// What a trainer is given and what it knows. Its state is one value: taken between two events and given to another
// trainer, it continues the run with the same bits.

import { fileError } from "../../base/errors.js";
import type { Reals } from "../../compute/arena.js";
import type { Profile } from "../../compute/profile.js";
import type { WorkerPool } from "../../compute/worker-pool.js";
import type { Baseline } from "../../evaluation/baseline/baseline.js";
import type { ValidationReader } from "../../evaluation/scoring/evaluate.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type LaneChange, type State, withLanes, zeroState } from "../../model/layout/state.js";
import type { LaneReader, Window } from "../../text/windows/lanes.js";
import type { WindowRule } from "../../text/windows/windows.js";
import type { OptimizerSettings } from "../settings/optimizer.js";
import type { StepItem } from "../step/step.js";
import type { TrainEvent } from "./events.js";

/** Settings that may change between two windows: a run that recovers from broken numbers changes them. */
export interface EffectiveHyperparameters {
  readonly rate: number;
  /** Factor on the schedule's rate. */
  readonly scale: number;
  readonly bptt: number;
  /** Largest norm of the mean gradient, or largest absolute value of its elements; 0 is off. */
  readonly clip: number;
  readonly clipBy: "norm" | "value";
}

/** Windows and epochs done, and positions of this epoch done, the same in every lane. */
export type Progress = Readonly<Record<"window" | "epoch" | "at", number>>;

/** The settings that the loop reads; settings/training-settings.ts resolves them, and says more of each. */
export interface LoopSettings {
  readonly values: OptimizerSettings;
  readonly seed: number;
  readonly bptt: number;
  readonly windowRule: WindowRule;
  readonly lr: number;
  readonly clip: number;
  readonly clipBy: "norm" | "value";
  readonly lrRescale: boolean;
  readonly optimizer: { readonly kind: string };
  /** How long a carried state lasts; and whether training continues with the state that validation ends with. */
  readonly policy: { readonly lasts: "window" | "epoch" | "run"; readonly handsBack: boolean };
  readonly validState: "zero" | "copy";
  readonly laneChange: LaneChange;
  readonly epochs: number;
  readonly windows: number;
  readonly endsEarly: (windows: number, epoch: number) => boolean;
  readonly planned: (done: Progress, bptt: number) => number;
  /** The schedule's rate where so many windows of the plan and epochs are done, below a highest rate. */
  readonly rateAt: (highest: number, window: number, epoch: number) => number;
  /** The cycle of the schedule, from 1, that ends between two places of the plan. */
  readonly endingCycle: (from: [number, number], to: [number, number] | undefined) => number | undefined;
  readonly validateEvery: number;
  readonly sampleEvery: number;
}

export interface TrainerOptions {
  readonly model: LanguageModel;
  readonly settings: LoopSettings;
  readonly train: LaneReader;
  readonly valid?: ValidationReader;
  /** The weights that the run keeps: those of the best validation, by default, or the last. */
  readonly kept?: "best" | "last";
  /** Bytes of the whole run, for the `start` event; the model's alone where absent. */
  readonly memory?: Readonly<Record<string, number>>;
  /** Facts of the text for the `start` event. */
  readonly about: Pick<Extract<TrainEvent, { kind: "start" }>, "trainTokens" | "validTokens" | "trimmed" | "text">;
  /** Scores of a uniform guess and of the n-gram; awaited just before the first validation. */
  readonly baseline?: Promise<Baseline> | undefined;
  /** Writes sample number `number` with the model's present weights; undefined where they are broken. */
  readonly sample?: ((model: LanguageModel, number: number) => Promise<string | undefined>) | undefined;
  /** The threads that compute; the caller's alone where absent. */
  readonly pool?: WorkerPool<StepItem> | undefined;
  readonly profile?: Profile | undefined;
  /** Weights to begin with, in place of those from the seed. */
  readonly initial?: Reals | undefined;
  /** The state to continue from, and the hyperparameters that it was trained with. */
  readonly resume?: TrainerState | undefined;
  readonly hyperparameters?: EffectiveHyperparameters | undefined;
  /** Called when loss and gradient are known and nothing is updated yet. What it throws refuses the update. */
  readonly beforeUpdate?: (measured: WindowMeasure) => void;
  /** Asked between windows; true ends the loop with a state that can be resumed. */
  readonly stopping?: () => boolean;
  /** Lets the event loop turn; called about every 50 ms. */
  readonly pause?: () => Promise<void>;
}

/** The mean loss of a window in nats, and the norm of the mean gradient before clipping. */
export interface WindowMeasure {
  readonly window: Window;
  readonly rate: number;
  readonly nats: number;
  readonly norm: number;
}

export interface TrainerState {
  /** `tokens`: targets trained on, over all lanes and epochs. */
  readonly position: Progress & { readonly tokens: number };
  /** False between a window's update and the end of what follows it (validation, sample …). */
  readonly settled: boolean;
  /** The `end` event was emitted. */
  readonly ended: boolean;
  /** Events of the run that were emitted (process events are not counted). */
  readonly events: number;
  /** The last window was its epoch's last. */
  readonly epochEnds: boolean;
  /** Windows of the plan before the last window. */
  readonly began: number;
  /** Running mean of the loss: value / weight. */
  readonly running: { readonly value: number; readonly weight: number };
  readonly epochLoss: { readonly nats: number; readonly tokens: number };
  readonly best: { readonly window: number; readonly nats: number } | undefined;
  readonly baselineEmitted: boolean;
  /** The state that the next window begins with. */
  readonly carried: State;
  /** All parameters, flat; and the optimizer's arrays. */
  readonly weights: Reals;
  readonly optimizer: readonly Reals[];
}

/** The state before the first window: weights from the seed, or those given; everything else empty. */
export function freshState(model: LanguageModel, seed: number, initial?: Reals): TrainerState {
  model.initialize(seed);
  if (initial) model.setWeights(initial);
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
    baselineEmitted: false,
    carried: zeroState(model.spec, model.plan.options.lanes, model.engine.precision),
    weights: new Float32Array(0),
    optimizer: [],
  };
}

/**
 * The state for this model and text, which may have another number of lanes. Throws a model-file error for a state of
 * another model, by the lengths of its arrays, or of another text, whose lanes have `positions`.
 */
export function fitState(state: TrainerState, model: LanguageModel, positions: number, change: LaneChange) {
  const { plan, spec } = model;
  const refuse = (problem: string) =>
    fileError(
      `The state does not fit the model that its settings make: ${problem}.`,
      "It is damaged, or of another run: put back a whole copy of it, or train anew.",
    );
  const { position, weights, optimizer, carried } = state;
  if (position.at > positions) throw refuse(`it stands at position ${position.at} of a lane's ${positions}`);
  if (weights.length !== plan.size) throw refuse(`it has ${weights.length} weights, and ${plan.size} are wanted`);
  if (optimizer.length !== plan.moments.length || optimizer.some(({ length }) => length !== plan.size)) {
    const lengths = optimizer.map(({ length }) => length).join(" and ") || "no";
    throw refuse(`it has ${lengths} numbers of the optimizer; wanted are ${plan.moments.length} times ${plan.size}`);
  }
  const wanted = zeroState(spec, 1).arrays;
  const arrays = new Map(carried.arrays.map((each) => [each.name, each]));
  const lacking = wanted.find(({ name, width }) => {
    const array = arrays.get(name);
    return array?.width !== width || array.data.length !== carried.lanes * width;
  });
  if (lacking !== undefined) throw refuse(`it has no ${lacking.name} of ${lacking.width} numbers a lane`);
  if (arrays.size !== wanted.length) throw refuse(`it carries ${arrays.size} arrays, and ${wanted.length} are wanted`);
  return { ...state, carried: withLanes(carried, plan.options.lanes, change) };
}

/** A copy of a state; into the arrays of an older copy of the same model, where one is given. */
export function copyState(state: TrainerState, into?: TrainerState): TrainerState {
  const copy = (from: Reals, to: Reals | undefined) => {
    to?.set(from);
    return to ?? from.slice();
  };
  const optimizer = state.optimizer.map((m, i) => copy(m, into?.optimizer[i]));
  return { ...state, weights: copy(state.weights, into?.weights), optimizer };
}
