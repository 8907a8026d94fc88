// The training loop: an async generator of events. It walks the lanes of a text window by window, carries the state,
// trains and validates. One update is `trainWindow`. It writes no files, and fails in one way: it throws a
// DivergenceError.

import { type Clock, createClock, SLICE_MS } from "../../base/time.js";
import type { Profile } from "../../compute/profile.js";
import { singleThread, type WorkerPool } from "../../compute/worker-pool.js";
import type { Baseline } from "../../evaluation/baseline/baseline.js";
import type { DropoutPosition, LanguageModel } from "../../model/language-model.js";
import type { Window } from "../../text/windows/lanes.js";
import { windowLength } from "../../text/windows/windows.js";
import { type OptimizerSettings, optimizerSettings } from "../settings/optimizer.js";
import { DivergenceError, isStateFinite, requireTokens, type StepItem, shareUpdate, stepRunner } from "../step/step.js";
import { afterWindow, zeroOf } from "./after-window.js";
import type { TrainEvent } from "./events.js";
import type { EffectiveHyperparameters, LoopSettings, TrainerOptions, TrainerState } from "./trainer-state.js";
import { copyState, fitState, freshState } from "./trainer-state.js";

export interface UpdateOptions extends Pick<LoopSettings, "optimizer">, Pick<TrainerOptions, "beforeUpdate"> {
  readonly settings: OptimizerSettings;
  /** The rate of this very update. */
  readonly rate: number;
  readonly clip: number;
  readonly clipBy: "norm" | "value";
  /** Updates done before this one. */
  readonly done: number;
  readonly dropout: DropoutPosition;
}

/** Σ of −log p over the counted targets, their number, and the norm of the mean gradient before clipping. */
export type WindowResult = Readonly<Record<"nats" | "counted" | "norm", number>>;

/** One update by a window, from the state that the model holds to the next. Throws DivergenceError before it. */
export async function trainWindow(
  model: LanguageModel,
  window: Window,
  { rate, clip, clipBy, done, dropout, ...o }: UpdateOptions,
  pool: WorkerPool<StepItem> = singleThread(stepRunner(model)),
  profile?: Profile,
): Promise<WindowResult> {
  const broken = (what: "loss" | "gradient" | "weights", value: number) =>
    new DivergenceError({ what, how: "not finite", window: done + 1, value: String(value) }, { window, rate });
  model.load(window);
  const step = shareUpdate(pool, model, profile);

  await step.lanes(["forward", "loss", "backward"], dropout);
  const counted = Math.max(window.counted, 1);
  const nats = model.lossSum();
  if (!Number.isFinite(nats)) throw broken("loss", nats / counted);

  await step.gradients(); // of the sum of the losses: `scale` makes it their mean
  const norm = Math.sqrt(model.squaredNorm()) / counted;
  if (!Number.isFinite(norm)) throw broken("gradient", norm);
  o.beforeUpdate?.({ window, rate, nats: nats / counted, norm });

  // PyTorch's clip_grad_norm_: the small number keeps a gradient of zero from dividing by zero.
  const shrink = clip > 0 && clipBy === "norm" ? Math.min(1, clip / (norm + 1e-6)) : 1;
  const limit = clip > 0 && clipBy === "value" ? { limit: clip } : {};
  const settings = optimizerSettings(o.settings);
  await step.update({ optimizer: o.optimizer.kind, settings, scale: shrink / counted, ...limit, rate, done });
  if (!Number.isFinite(model.squaredNorm())) throw broken("weights", norm);
  return { nats, counted, norm };
}

export class Trainer {
  readonly model: LanguageModel;
  /** May be changed between two windows. */
  hyperparameters: EffectiveHyperparameters;
  readonly #o: Omit<TrainerOptions, "resume">;
  readonly #pool: WorkerPool<StepItem>;
  readonly #waiting: { baseline: Promise<Baseline> | undefined };
  #state: TrainerState;
  #clock: ReturnType<typeof createClock> | undefined;
  #slice = 0;

  constructor({ resume, ...options }: TrainerOptions) {
    const { model, settings, train } = options;
    const { lr, bptt, clip, clipBy } = settings;
    this.#o = options;
    this.model = model;
    this.hyperparameters = options.hyperparameters ?? { rate: lr, scale: 1, bptt, clip, clipBy };
    this.#waiting = { baseline: options.baseline };
    options.baseline?.catch(() => {}); // heard when it is awaited; if it never is, it does not matter
    this.#pool = options.pool ?? singleThread(stepRunner(model));
    this.#state = resume
      ? fitState(resume, model, train.positions, settings.laneChange)
      : freshState(model, settings.seed, options.initial);
    if (resume) this.restore(this.#state);
    // With more epochs, a finished run continues, and its `end` was not one.
    if (this.#state.ended && !this.#isOver()) {
      this.#state = { ...this.#state, ended: false, events: this.#state.events - 1 };
    }
  }

  /** The whole state between two events. Weights and the optimizer's arrays are copies. */
  state(): TrainerState {
    return copyState(this.stateInPlace());
  }

  /** As `state`, but weights and the optimizer's arrays are the arena's own: read them before the next event. */
  stateInPlace(): TrainerState {
    const { plan, arena } = this.model;
    const optimizer = plan.moments.map((m) => arena.reals(m, plan.size));
    return { ...this.#state, weights: this.model.weightsInPlace(), optimizer };
  }

  /** Goes back to a state of this run. */
  restore(state: TrainerState): void {
    const { plan, arena } = this.model;
    this.model.setWeights(state.weights);
    for (const [i, m] of plan.moments.entries()) arena.reals(m, plan.size).set(state.optimizer[i]!);
    this.#state = { ...state, weights: new Float32Array(0), optimizer: [] }; // they lie in the arena
  }

  /** Runs to the end, or until `stopping` says so. After a DivergenceError, `restore` a state and call it again. */
  async *events(): AsyncGenerator<TrainEvent, void, void> {
    this.#clock ??= createClock();
    if (this.#state.events === 0) yield this.#emit(this.#startEvent());
    if (!this.#state.settled) yield* this.#afterWindow();
    while (this.#state.settled && !this.#isOver()) {
      if (this.#o.stopping?.()) return;
      yield await this.#window();
      yield* this.#afterWindow();
    }
    if (this.#state.settled && !this.#state.ended) {
      this.#state = { ...this.#state, ended: true };
      const { best, position } = this.#state;
      yield this.#emit({ kind: "end", window: position.window, best: best?.nats, kept: this.#o.kept ?? "best" });
    }
  }

  /** Ends the threads; a later `events` starts them again. */
  close(): void {
    this.#pool.end();
  }

  /** Reads a window, trains on it, moves on. */
  async #window(): Promise<TrainEvent> {
    const { settings, train, beforeUpdate, profile } = this.#o;
    const { position, carried, running, epochLoss } = this.#state;
    const { rate: highest, scale, bptt, clip, clipBy } = this.hyperparameters;
    const drawn = windowLength(settings.windowRule, bptt, settings.seed, position.window);
    const length = Math.min(drawn, train.positions - position.at);
    const window = await train.window(position.at, length, position.epoch);
    const began = settings.planned(position, bptt);
    const scheduled = scale * settings.rateAt(highest, began, position.epoch);
    const rate = settings.lrRescale ? (scheduled * length) / bptt : scheduled;

    requireTokens(window, this.model.spec.vocabulary, position.window + 1, rate);
    if (!isStateFinite(carried)) {
      const finding = { what: "state", how: "not finite", window: position.window + 1, value: "NaN" } as const;
      throw new DivergenceError(finding, { window, rate });
    }
    this.model.setState(carried);
    const dropout = { seed: settings.seed, token: position.epoch * train.positions + position.at, lane0: 0 };
    const update = { optimizer: settings.optimizer, settings: settings.values, rate, clip, clipBy };
    const how = { ...update, done: position.window, dropout, ...(beforeUpdate && { beforeUpdate }) };
    const { nats, counted, norm } = await trainWindow(this.model, window, how, this.#pool, profile);

    const mean = nats / counted;
    const at = position.at + length;
    const next = { window: position.window + 1, epoch: position.epoch, at, tokens: position.tokens + counted };
    const smooth = { value: 0.98 * running.value + 0.02 * mean, weight: 0.98 * running.weight + 0.02 };
    this.#state = {
      ...this.#state,
      settled: false,
      carried: settings.policy.lasts === "window" ? zeroOf(this.model) : this.model.state(),
      position: next,
      running: smooth,
      epochLoss: { nats: epochLoss.nats + nats, tokens: epochLoss.tokens + counted },
      epochEnds: at >= train.positions || settings.endsEarly(settings.planned(next, bptt), position.epoch),
      began,
    };
    this.#clock?.count(counted);
    await this.#breathe();
    return this.#emit({
      kind: "window",
      window: next.window,
      epoch: next.epoch,
      tokens: next.tokens,
      nats: mean,
      smooth: smooth.value / smooth.weight,
      rate,
      norm,
      length,
      clock: this.clock(),
    });
  }

  #afterWindow(): AsyncGenerator<TrainEvent, void, void> {
    return afterWindow(this.#state, {
      options: this.#o,
      hyperparameters: this.hyperparameters,
      pool: this.#pool,
      breathe: () => this.#breathe(),
      waiting: this.#waiting,
      commit: (state) => {
        this.#state = state;
      },
    });
  }

  #startEvent(): TrainEvent {
    const { settings, about, memory } = this.#o;
    const { plan, spec } = this.model;
    const { windows, epochs } = settings;
    const { lanes } = plan.options;
    const sizes = { parameters: plan.size, vocabulary: spec.vocabulary, lanes, windows, epochs };
    return { kind: "start", ...about, ...sizes, bytes: memory ?? plan.bytes };
  }

  #emit<T extends TrainEvent>(event: T): T {
    this.#state = { ...this.#state, events: this.#state.events + 1 };
    return event;
  }

  #isOver(): boolean {
    return this.#o.settings.planned(this.#state.position, this.hyperparameters.bptt) >= this.#o.settings.windows;
  }

  /** Windows that the whole run will have: about, where windows became shorter than planned. */
  get windows(): number {
    const { settings } = this.#o;
    const { position } = this.#state;
    const left = settings.windows - settings.planned(position, this.hyperparameters.bptt);
    return position.window + Math.max(0, Math.ceil((left * settings.bptt) / this.hyperparameters.bptt));
  }

  /** Wall time of this process: it is no part of a comparison. */
  clock(): Clock {
    this.#clock ??= createClock();
    return this.#clock.read();
  }

  async #breathe(): Promise<void> {
    const now = performance.now();
    if (now - this.#slice < SLICE_MS) return;
    await (this.#o.pause ? this.#o.pause() : new Promise<void>((go) => setTimeout(go, 0)));
    this.#slice = performance.now();
  }
}
