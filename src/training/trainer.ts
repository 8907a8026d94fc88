// The training loop: an async generator of events. It walks the lanes of a text window by window, carries the state as its
// policy says, trains, validates, and tells. Between any two events its whole state can be taken as a value, and another
// trainer that is given it goes on with the same bits. It writes no files.

import { solo, type Team } from "../compute/crew.js";
import type { Profile } from "../compute/profile.js";
import type { Baseline } from "../evaluation/baseline.js";
import type { LanguageModel } from "../model/language-model.js";
import { type State, withLanes, zeroState } from "../model/state.js";
import type { LaneReader } from "../text/lanes.js";
import { windowLength } from "../text/windows.js";
import { divergenceAdvice, withoutBaseline } from "./advice.js";
import { openClock } from "./clock.js";
import type { Clock, TrainEvent } from "./events.js";
import type { ValidationReader } from "./reading.js";
import { endingCycle, rateAt } from "./schedule.js";
import type { TrainSettings } from "./settings.js";
import { type StepAct, stepPerformer, teamStep } from "./step.js";
import { freshState, type TrainerState } from "./trainer-state.js";
import { type Validated, validate } from "./validate.js";
import { SLICE_MS, unlessStopped } from "./waiting.js";

export interface TrainerOptions {
  readonly model: LanguageModel;
  readonly settings: TrainSettings;
  readonly train: LaneReader;
  /** The validation part, and the sizes its score is divided by. */
  readonly valid?: ValidationReader;
  /** Bytes of the whole run, for the `start` event; the model's alone where absent. */
  readonly memory?: Readonly<Record<string, number>>;
  /** Facts of the text for the `start` event. */
  readonly about: { readonly trainTokens: number; readonly validTokens: number; readonly trimmed: number };
  /** What uniform and n-gram reach; awaited just before the first validation. */
  readonly baseline?: Promise<Baseline> | undefined;
  /** Writes a sample with the model's present weights; `number` tells one from another. Undefined where they are broken. */
  readonly sample?: ((model: LanguageModel, number: number) => Promise<string | undefined>) | undefined;
  /** Who computes; the caller alone where absent. Its workers are sent home when `events` ends. */
  readonly team?: Team<StepAct> | undefined;
  /** Told of every step. */
  readonly profile?: Profile | undefined;
  /** Goes on from here. */
  readonly resume?: TrainerState | undefined;
  /** Asked between windows; true ends the loop with a state that can be resumed. */
  readonly stopping?: () => boolean;
  /** Lets the event loop turn; called about every 50 ms. */
  readonly pause?: () => Promise<void>;
}

export class Trainer {
  readonly model: LanguageModel;
  readonly #o: Omit<TrainerOptions, "resume">;
  readonly #team: Team<StepAct>;
  #baseline: Promise<Baseline> | undefined;
  #state: TrainerState;
  /** Told in the duties that are under way: they count once the duties are done. */
  #told = 0;
  #clock = openClock();
  #slice = 0;

  constructor({ resume, ...options }: TrainerOptions) {
    this.#o = options;
    this.#baseline = options.baseline;
    this.#baseline?.catch(() => {}); // heard when it is awaited; if it never is, it is no matter
    this.model = options.model;
    this.#team = options.team ?? solo(stepPerformer(options.model));
    this.#state = resume ?? freshState(options.model, options.settings);
    if (resume) this.#restore(resume);
  }

  /** The whole state as it stands between two events. Weights, moments and carried state are copies. */
  state(): TrainerState {
    const { weights, moments, ...rest } = this.stateInPlace();
    return { ...rest, weights: weights.slice(), moments: moments.map((m) => m.slice()) };
  }

  /** As `state`, but weights and moments are the arena's own: to be read before the next event is asked for. */
  stateInPlace(): TrainerState {
    const { plan, arena } = this.model;
    const moments = plan.moments.map((m) => arena.reals(m, plan.size));
    return { ...this.#state, weights: this.model.weightsInPlace(), moments };
  }

  /** Runs to the end, or until `stopping` says so. */
  async *events(): AsyncGenerator<TrainEvent, void, void> {
    try {
      yield* this.#events();
    } finally {
      this.#team.end();
    }
  }

  async *#events(): AsyncGenerator<TrainEvent, void, void> {
    this.#clock = openClock();
    const { settings } = this.#o;
    if (this.#state.events === 0) yield this.#tell(this.#startEvent());
    if (!this.#state.settled) yield* this.#duties();
    while (this.#state.settled && this.#state.position.window < settings.windows) {
      if (this.#o.stopping?.()) return;
      const broken = yield* this.#window();
      if (broken) return;
      yield* this.#duties();
    }
    if (this.#state.settled && !this.#state.ended) {
      this.#state = { ...this.#state, ended: true };
      yield this.#tell({ kind: "end", window: this.#state.position.window, best: this.#state.best?.nats });
    }
  }

  /** One window: reads it, trains on it, moves on. Returns true where numbers broke. */
  async *#window(): AsyncGenerator<TrainEvent, boolean, void> {
    const { settings, train } = this.#o;
    const { position, inForce } = this.#state;
    const drawn = windowLength(settings.windowRule, inForce.bptt, settings.seed, position.window);
    const length = Math.min(drawn, train.positions - position.at);
    const promised = train.window(position.at, length, position.epoch);
    const window = promised instanceof Promise ? await promised : promised;

    const place = settings.place(position.window, position.epoch);
    const scheduled = rateAt(settings.schedule, inForce.rate, place, settings.warmup, settings.knobs);
    const rate = settings.lrRescale ? (scheduled * length) / inForce.bptt : scheduled;
    this.model.setState(this.#state.carried);
    const how = {
      optimizer: settings.optimizer,
      knobs: settings.knobs,
      rate,
      clip: inForce.clip,
      clipBy: settings.clipBy,
      done: position.window,
      dropout: { seed: settings.seed, token: position.epoch * train.positions + position.at, lane0: 0 },
    };
    const result = await teamStep(this.#team, this.model, window, how, this.#o.profile);
    if (result.broken !== undefined) {
      const advice = divergenceAdvice(inForce, { length, rate });
      yield this.#tell({ kind: "diverged", window: position.window + 1, what: result.broken, advice });
      return true;
    }

    const nats = result.nats / result.counted;
    const at = position.at + length;
    const window1 = position.window + 1;
    const ends = at >= train.positions || settings.endsEarly(window1, position.epoch);
    this.#state = {
      ...this.#state,
      settled: false,
      carried: settings.policy.lasts === "window" ? this.#zero() : this.model.state(),
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
    return false;
  }

  /** What follows a window: epoch's end, validation, a sample. Stopped half-way, it is done again whole by the next trainer. */
  async *#duties(): AsyncGenerator<TrainEvent, void, void> {
    const { settings, valid } = this.#o;
    let next = this.#state;
    const { window, epoch } = next.position;
    const last = window >= settings.windows;
    this.#told = 0;
    const due = settings.validateEvery > 0 ? window % settings.validateEvery === 0 : next.epochEnds;

    if (next.epochEnds) {
      yield this.#tellLater({
        kind: "epoch",
        epoch: epoch + 1,
        window,
        nats: next.epochLoss.nats / next.epochLoss.tokens,
      });
    }
    if (valid && (due || last)) {
      if (!next.baselineTold && this.#baseline) {
        const found = await unlessStopped(this.#baseline.catch(withoutBaseline), this.#o.stopping);
        if (found === undefined) return;
        if ("process" in found) {
          this.#baseline = undefined; // a resumed run counts again
          yield found;
        } else {
          yield this.#tellLater({ kind: "baseline", ...found });
          next = { ...next, baselineTold: true };
        }
      }
      const found = await this.#validate(valid, window);
      if (found === undefined) return;
      if (!Number.isFinite(found.score.nats)) {
        const advice = divergenceAdvice(next.inForce);
        yield this.#tell({ kind: "diverged", window, what: "validation", advice });
        return;
      }
      const { nats } = found.score;
      const best = !(next.best && next.best.nats <= nats);
      if (best) next = { ...next, best: { window, nats } };
      if (settings.policy.handsBack) next = { ...next, carried: found.state };
      yield this.#tellLater({ kind: "validation", window, epoch, best, ...found.score, ...found.lesson });
    }
    const [done, then] = [settings.place(window - 1, epoch), settings.place(window, epoch + (next.epochEnds ? 1 : 0))];
    const cycle = endingCycle(settings.schedule, done, last ? undefined : then, settings.knobs);
    if (cycle !== undefined) yield this.#tellLater({ kind: "cycle", cycle, window });
    const sampling = settings.sampleEvery > 0 ? window % settings.sampleEvery === 0 : due;
    if (this.#o.sample && (sampling || last)) {
      const text = await this.#o.sample(this.model, window);
      if (text !== undefined) yield this.#tellLater({ kind: "sample", window, text });
    }

    if (next.epochEnds) {
      const carried = settings.policy.lasts === "epoch" ? this.#zero() : next.carried;
      const position = { ...next.position, epoch: epoch + 1, at: 0 };
      next = { ...next, carried, position, epochEnds: false, epochLoss: { nats: 0, tokens: 0 } };
    }
    this.#state = { ...next, settled: true, events: next.events + this.#told };
    this.#told = 0;
  }

  /** The validation part from its own state; undefined where it was stopped. */
  #validate(valid: ValidationReader, window: number): Promise<Validated | undefined> {
    const state = this.#o.settings.validState === "copy" ? this.#state.carried : this.#zero();
    const between = async () => {
      await this.#breathe();
      return !this.#o.stopping?.();
    };
    return validate(this.model, valid, window, { state, between, team: this.#team });
  }

  #zero(): State {
    return zeroState(this.model.spec, this.model.plan.options.lanes, this.model.engine.precision);
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

  #tellLater<T extends TrainEvent>(event: T): T {
    this.#told += 1;
    return event;
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

  #restore(state: TrainerState): void {
    const { plan, arena } = this.model;
    this.model.setWeights(state.weights);
    for (const [i, m] of plan.moments.entries()) arena.reals(m, plan.size).set(state.moments[i]!);
    const { laneChange, windows } = this.#o.settings;
    const carried = withLanes(state.carried, plan.options.lanes, laneChange);
    // Given more epochs, a finished run goes on, and its `end` was not one.
    const goesOn = state.ended && state.position.window < windows;
    const bulk = { weights: new Float32Array(0), moments: [] }; // they lie in the arena now
    this.#state = { ...state, ...bulk, carried, ...(goesOn && { ended: false, events: state.events - 1 }) };
  }
}
