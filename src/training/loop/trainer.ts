// The training loop: an async generator of events. It walks the lanes of a text window by window, carries the state as its
// policy says, trains, validates, and tells. Between any two events its whole state can be taken as a value, and another
// trainer that is given it goes on with the same bits. It writes no files.

import { log } from "../../base/math.js";
import { singleThread, type WorkerPool } from "../../compute/worker-pool.js";
import type { Baseline } from "../../evaluation/baseline/baseline.js";
import type { LanguageModel } from "../../model/language-model.js";
import { withLanes } from "../../model/layout/state.js";
import { windowLength } from "../../text/windows/windows.js";
import { badWeights, type Finding } from "../divergence/finding.js";
import { appendLoss, type Explosion, findExplosion, isCalm } from "../divergence/loss-history.js";
import { retryFrom, windowsOf } from "../divergence/retry.js";
import { rateAt } from "../settings/schedule.js";
import { pooledStep, type StepItem, stepRunner } from "../step/step.js";
import { afterWindow, zeroOf } from "./after-window.js";
import { createClock } from "./clock.js";
import { diagnose, refuse } from "./diagnosis.js";
import type { Clock, TrainEvent } from "./events.js";
import type { TrainerOptions } from "./trainer-options.js";
import { completed, copySnapshot, freshState, requireFit, type Snapshot, type TrainerState } from "./trainer-state.js";
import { SLICE_MS } from "./until-stopped.js";

export type { TrainerOptions } from "./trainer-options.js";

export class Trainer {
  readonly model: LanguageModel;
  readonly #o: Omit<TrainerOptions, "resume">;
  readonly #pool: WorkerPool<StepItem>;
  readonly #waiting: { baseline: Promise<Baseline> | undefined };
  #state: TrainerState;
  #clock = createClock();
  #slice = 0;

  constructor({ resume, ...options }: TrainerOptions) {
    this.#o = options;
    this.#waiting = { baseline: options.baseline };
    options.baseline?.catch(() => {}); // heard when it is awaited; if it never is, it is no matter
    this.model = options.model;
    this.#pool = options.pool ?? singleThread(stepRunner(options.model));
    this.#state = resume ?? freshState(options.model, options.settings);
    if (resume) this.#restore(resume);
  }

  /** The whole state as it stands between two events. Weights and moments are copies. */
  state(): TrainerState {
    const { lastGood, ...moment } = this.stateInPlace();
    return { ...copySnapshot(moment), ...(lastGood && { lastGood: copySnapshot(lastGood) }) };
  }

  /** As `state`, but weights and moments are the arena's own: to be read before the next event is asked for. */
  stateInPlace(): TrainerState {
    const { plan, arena } = this.model;
    const optimizer = plan.moments.map((m) => arena.reals(m, plan.size));
    return { ...this.#state, weights: this.model.weightsInPlace(), optimizer };
  }

  /** Runs to the end, or until `stopping` says so. */
  async *events(): AsyncGenerator<TrainEvent, void, void> {
    try {
      yield* this.#events();
    } finally {
      this.#pool.end();
    }
  }

  async *#events(): AsyncGenerator<TrainEvent, void, void> {
    this.#clock = createClock();
    if (this.#state.events === 0) yield this.#tell(this.#startEvent());
    let broken = this.#state.settled ? undefined : yield* this.#duties();
    while (broken || (this.#state.settled && !this.#isOver())) {
      if (broken) {
        const event = this.#goBack(broken);
        yield event;
        if (event.kind === "diverged") return;
      }
      if (this.#o.stopping?.()) return;
      broken = (yield* this.#window()) ?? (yield* this.#duties());
    }
    if (this.#state.settled && !this.#state.ended) {
      this.#state = { ...this.#state, ended: true };
      yield this.#tell({ kind: "end", window: this.#state.position.window, best: this.#state.best?.nats });
    }
  }

  /** One window: reads it, trains on it, moves on. */
  async *#window(): AsyncGenerator<TrainEvent, Broken | undefined, void> {
    const { settings, train, decode } = this.#o;
    const { position, hyperparameters, carried, history } = this.#state;
    const drawn = windowLength(settings.windowRule, hyperparameters.bptt, settings.seed, position.window);
    const length = Math.min(drawn, train.positions - position.at);
    const promised = train.window(position.at, length, position.epoch);
    const window = promised instanceof Promise ? await promised : promised;

    const window1 = position.window + 1;
    const began = settings.planned(position, hyperparameters.bptt);
    const place = settings.place(began, position.epoch);
    const scheduled =
      hyperparameters.scale * rateAt(settings.schedule, hyperparameters.rate, place, settings.warmup, settings.values);
    const rate = settings.lrRescale ? (scheduled * length) / hyperparameters.bptt : scheduled;
    const step = { length, rate };
    const refused = refuse(window, carried, this.model.spec.vocabulary, window1, decode);
    if (refused) return { found: refused, step };
    this.model.setState(carried);
    let explosion: Explosion | undefined;
    const judge = (nats: number, norm: number) => {
      const clipped = hyperparameters.clip > 0 && hyperparameters.clipBy === "norm";
      const measured = { nats, norm, clipped, uniform: log(Math.max(2, this.model.spec.vocabulary)) };
      explosion = findExplosion(history, measured, settings.tries > 0 ? settings.explosion : 0);
      if (explosion === undefined) this.#keep(isCalm(history, measured));
      return explosion?.what;
    };
    const how = {
      optimizer: settings.optimizer,
      settings: settings.values,
      rate,
      clip: hyperparameters.clip,
      clipBy: hyperparameters.clipBy,
      done: position.window,
      judge,
      dropout: { seed: settings.seed, token: position.epoch * train.positions + position.at, lane0: 0 },
    };
    const result = await pooledStep(this.#pool, this.model, window, how, this.#o.profile);
    const found = diagnose(this.model, window, result, explosion, window1, decode);
    if (found) return { found, step };

    const nats = result.nats / result.counted;
    const at = position.at + length;
    const done = settings.planned({ window: window1, epoch: position.epoch, at }, hyperparameters.bptt);
    const ends = at >= train.positions || settings.endsEarly(done, position.epoch);
    this.#state = {
      ...this.#state,
      settled: false,
      carried: settings.policy.lasts === "window" ? zeroOf(this.model) : this.model.state(),
      position: { window: window1, epoch: position.epoch, at, tokens: position.tokens + result.counted },
      running: {
        value: 0.98 * this.#state.running.value + 0.02 * nats,
        weight: 0.98 * this.#state.running.weight + 0.02,
      },
      epochLoss: {
        nats: this.#state.epochLoss.nats + result.nats,
        tokens: this.#state.epochLoss.tokens + result.counted,
      },
      epochEnds: ends,
      began,
      history: appendLoss(history, nats, result.norm),
    };
    const { running } = this.#state;
    this.#clock.count(result.counted);
    await this.#breathe();
    yield this.#tell({
      kind: "window",
      window: window1,
      epoch: position.epoch,
      tokens: this.#state.position.tokens,
      nats,
      smooth: running.value / running.weight,
      rate,
      norm: result.norm,
      length,
      clock: this.#clock.read(),
    });
    return undefined;
  }

  /** What follows a window. */
  async *#duties(): AsyncGenerator<TrainEvent, Broken | undefined, void> {
    const done = yield* afterWindow(this.#state, {
      options: this.#o,
      pool: this.#pool,
      breathe: () => this.#breathe(),
      waiting: this.#waiting,
    });
    if (done) this.#state = done.state;
    return done?.found && { found: done.found };
  }

  /** Back to the last good moment, if there is a try left. */
  #goBack({ found, step }: Broken): Extract<TrainEvent, { kind: "retry" | "diverged" }> {
    const { lastGood } = this.#state;
    const { event, state } = retryFrom(this.#state, found, this.#o.settings, step);
    if (lastGood) this.#put(lastGood);
    this.#state = { ...state, ...inArena };
    return event;
  }

  /** The moment before this window, whose loss and gradient turned out good. */
  #keep(calm: boolean): void {
    const { lastGood, position, brokeAt } = this.#state;
    const { tries, keepEvery } = this.#o.settings;
    const due = lastGood === undefined || (calm && position.window - lastGood.position.window >= keepEvery);
    if (tries === 0 || !due || badWeights(this.model)) return;
    if (position.window >= brokeAt) this.#state = { ...this.#state, tries: 0 };
    const { lastGood: older, ...moment } = this.stateInPlace();
    this.#state = { ...this.#state, lastGood: copySnapshot(moment, older) };
  }

  #startEvent(): TrainEvent {
    const { settings, about } = this.#o;
    const { plan, spec } = this.model;
    const { lanes } = plan.options;
    const { windows, epochs } = settings;
    const sizes = { parameters: plan.size, vocabulary: spec.vocabulary, lanes, windows, epochs };
    return { kind: "start", ...about, ...sizes, bytes: this.#o.memory ?? plan.bytes };
  }

  #tell<T extends TrainEvent>(event: T): T {
    this.#state = { ...this.#state, events: this.#state.events + 1 };
    return event;
  }

  /** The run has read all that is planned. */
  #isOver(): boolean {
    const { position, hyperparameters } = this.#state;
    return this.#o.settings.planned(position, hyperparameters.bptt) >= this.#o.settings.windows;
  }

  /** Windows that the run will have in all: more than were planned, about, where they were cut shorter. */
  get windows(): number {
    return windowsOf(this.#state, this.#o.settings);
  }

  /** Wall time: of this process only, and never part of a comparison. */
  clock(): Clock {
    return this.#clock.read();
  }

  async #breathe(): Promise<void> {
    const now = performance.now();
    if (now - this.#slice < SLICE_MS) return;
    await (this.#o.pause ? this.#o.pause() : new Promise<void>((go) => setTimeout(go, 0)));
    this.#slice = performance.now();
  }

  #restore(given: TrainerState): void {
    const { settings } = this.#o;
    const { lastGood, ...state } = completed(given, settings);
    for (const moment of lastGood ? [state, lastGood] : [state])
      requireFit(moment, this.model, this.#o.train.positions);
    this.#put(state);
    const onLanes = <M extends Snapshot>(moment: M): M => {
      return { ...moment, carried: withLanes(moment.carried, this.model.plan.options.lanes, settings.laneChange) };
    };
    const good = settings.tries > 0 && lastGood ? { lastGood: onLanes(copySnapshot(lastGood)) } : {};
    this.#state = { ...onLanes(state), ...good, ...inArena };
    // Given more epochs, a finished run goes on, and its `end` was not one.
    if (state.ended && !this.#isOver()) this.#state = { ...this.#state, ended: false, events: state.events - 1 };
  }

  /** Weights and moments into the arena. */
  #put({ weights, optimizer }: Snapshot): void {
    const { plan, arena } = this.model;
    this.model.setWeights(weights);
    for (const [i, m] of plan.moments.entries()) arena.reals(m, plan.size).set(optimizer[i]!);
  }
}

/** Numbers broke: what, and in which step. */
interface Broken {
  readonly found: Finding;
  readonly step?: { readonly length: number; readonly rate: number };
}

/** In place of weights and moments, which lie in the arena. */
const inArena: Pick<Snapshot, "weights" | "optimizer"> = { weights: new Float32Array(0), optimizer: [] };
