// A trainer that recovers from broken numbers: a wrapper around the loop. It keeps a snapshot of the last good state;
// where the loop throws a DivergenceError, it goes back to the snapshot, changes one setting, and runs the loop again.

import { log } from "../../base/math.js";
import type { Clock } from "../../base/time.js";
import type { LanguageModel } from "../../model/language-model.js";
import type { TrainEvent } from "../loop/events.js";
import { Trainer } from "../loop/trainer.js";
import type {
  EffectiveHyperparameters,
  LoopSettings,
  TrainerOptions,
  TrainerState,
  WindowMeasure,
} from "../loop/trainer-state.js";
import { copyState, fitState } from "../loop/trainer-state.js";
import { areWeightsFinite, DivergenceError } from "../step/step.js";
import { backoff } from "./backoff.js";
import { appendLoss, emptyHistory, guard, isCalm, type LossHistory, medianOf } from "./guard.js";
import { type Decode, locate } from "./locate.js";
import { divergenceAdvice } from "./messages.js";

/** A state of the loop that a run can go back to, and the loss history of that time. */
export interface Snapshot {
  readonly trainer: TrainerState;
  readonly history: LossHistory;
}

/** What the wrapper knows beside the state of the loop. */
export interface RecoveryState {
  readonly hyperparameters: EffectiveHyperparameters;
  readonly history: LossHistory;
  /** Attempts since the run last passed the window where it broke; and that window, from 1. */
  readonly attempts: number;
  readonly brokeAt: number;
  /** Absent before the first, and where `tries` is 0. */
  readonly lastGood?: Snapshot | undefined;
}

export interface RecoverableState extends TrainerState {
  readonly recovery: RecoveryState;
}

export interface RecoverySettings extends LoopSettings {
  /** Attempts to go on after divergence; windows between snapshots; and the factor of an explosion. */
  readonly tries: number;
  readonly keepEvery: number;
  readonly explosion: number;
  /** Windows may become shorter than planned. */
  readonly shortens: boolean;
}

export interface RecoveringTrainerOptions extends Omit<TrainerOptions, "hyperparameters" | "beforeUpdate"> {
  readonly settings: RecoverySettings;
  /** Ids as text, for the place where numbers break. */
  readonly decode?: Decode;
  readonly resume?: RecoverableState | undefined;
}

export class RecoveringTrainer {
  readonly model: LanguageModel;
  readonly #o: RecoveringTrainerOptions;
  readonly #trainer: Trainer;
  #recovery: RecoveryState;

  constructor(options: RecoveringTrainerOptions) {
    const { model, settings, train, resume } = options;
    this.model = model;
    this.#o = options;
    this.#trainer = new Trainer({
      ...options,
      resume: resume && loopState(resume),
      hyperparameters: resume?.recovery.hyperparameters,
      beforeUpdate: (measured) => this.#beforeUpdate(measured),
    });
    const { hyperparameters } = this.#trainer;
    const fresh: RecoveryState = { hyperparameters, history: emptyHistory, attempts: 0, brokeAt: 0 };
    const { lastGood, ...recovery } = resume?.recovery ?? fresh;
    this.#recovery = recovery;
    if (lastGood === undefined) return;
    const trainer = fitState(lastGood.trainer, model, train.positions, settings.laneChange);
    if (settings.tries > 0) this.#recovery = { ...recovery, lastGood: { ...lastGood, trainer: copyState(trainer) } };
  }

  /** The whole state between two events, as a copy. */
  state(): RecoverableState {
    const { lastGood, ...recovery } = this.#recovery;
    const copy = lastGood && { lastGood: { ...lastGood, trainer: copyState(lastGood.trainer) } };
    return { ...this.#trainer.state(), recovery: { ...recovery, ...copy } };
  }

  /** As `state`, without copies: read it before the next event. */
  stateInPlace(): RecoverableState {
    return { ...this.#trainer.stateInPlace(), recovery: this.#recovery };
  }

  /** Runs to the end, or until `stopping` says so, with its recoveries. */
  async *events(): AsyncGenerator<TrainEvent, void, void> {
    try {
      for (;;) {
        try {
          yield* this.#watched();
          return;
        } catch (error) {
          if (!(error instanceof DivergenceError)) throw error;
          const event = this.#recover(error);
          yield event;
          if (event.kind === "diverged") return;
        }
      }
    } finally {
      this.#trainer.close();
    }
  }

  /** Windows that the whole run will have: about, where windows became shorter than planned. */
  get windows(): number {
    return this.#trainer.windows;
  }

  /** Wall time of this process: it is no part of a comparison. */
  clock(): Clock {
    return this.#trainer.clock();
  }

  /** The events of the loop, with the loss history kept. */
  async *#watched(): AsyncGenerator<TrainEvent, void, void> {
    for await (const event of this.#trainer.events()) {
      if (event.kind === "window") {
        const history = appendLoss(this.#recovery.history, event.nats, event.norm);
        this.#recovery = { ...this.#recovery, history };
      }
      yield event;
    }
  }

  /** Judges a window whose loss and gradient are known; then takes a snapshot of the state before it, if one is due. */
  #beforeUpdate({ nats, norm, ...measured }: WindowMeasure): void {
    const { tries, keepEvery, explosion } = this.#o.settings;
    const { clip, clipBy } = this.#trainer.hyperparameters;
    const { history, lastGood, brokeAt } = this.#recovery;
    const state = this.#trainer.stateInPlace();
    const { window } = state.position;
    const clipped = clip > 0 && clipBy === "norm";
    const measure = { nats, norm, clipped, uniform: log(Math.max(2, this.model.spec.vocabulary)) };
    guard(history, measure, tries > 0 ? explosion : 0, window + 1, measured);

    const calm = isCalm(history, measure);
    const due = lastGood === undefined || (calm && window - lastGood.trainer.position.window >= keepEvery);
    if (tries === 0 || !due || !areWeightsFinite(this.model)) return;
    const trainer = copyState(state, lastGood?.trainer);
    const attempts = window >= brokeAt ? 0 : this.#recovery.attempts;
    this.#recovery = { ...this.#recovery, attempts, lastGood: { trainer, history } };
  }

  /**
   * Back to the last good snapshot with one setting changed; or the end. Before the first snapshot the state itself
   * will do if the window was not updated. What was emitted stays emitted: the events, the best validation, the n-gram.
   */
  #recover(error: DivergenceError): Extract<TrainEvent, { kind: "retry" | "diverged" }> {
    const { settings, decode } = this.#o;
    const { lastGood, hyperparameters, history, attempts, brokeAt } = this.#recovery;
    const state = this.#trainer.stateInPlace();
    const finding = locate(error, this.model, state.carried, decode);
    const { window, what } = finding;
    const untouched = what === "ids" || what === "loss" || what === "gradient";
    const good = lastGood ?? (untouched ? { trainer: state, history } : undefined);
    const facts = {
      again: attempts > 0 && brokeAt === window,
      norm: medianOf(history.norms),
      shortens: settings.shortens,
    };
    const change = attempts < settings.tries ? backoff(attempts, finding, hyperparameters, facts) : undefined;
    const back = (good?.trainer ?? state).position.window;

    if (good === undefined || change === undefined) {
      // A resumed run makes the last attempt again and comes to the same end, so this event is not counted.
      if (lastGood) {
        this.#trainer.restore(lastGood.trainer);
        this.#recovery = { ...this.#recovery, history: lastGood.history };
      }
      const advice = divergenceAdvice(hyperparameters, error.measured);
      return { kind: "diverged", window, what, finding, back, tries: attempts, advice };
    }
    const { events, best, baselineEmitted } = state;
    const trainer = { ...good.trainer, events: events + 1, best, baselineEmitted };
    this.#trainer.hyperparameters = change.hyperparameters;
    this.#trainer.restore(trainer);
    this.#recovery = {
      hyperparameters: change.hyperparameters,
      history: good.history,
      attempts: attempts + 1,
      brokeAt: window,
      ...(lastGood && { lastGood: { ...lastGood, trainer } }),
    };
    const { tries } = settings;
    const { windows } = this.#trainer;
    return { kind: "retry", window, finding, back, attempt: attempts + 1, tries, change: change.change, windows };
  }
}

function loopState({ recovery: _, ...state }: RecoverableState): TrainerState {
  return state;
}
