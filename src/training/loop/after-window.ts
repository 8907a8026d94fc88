// What follows a window: the epoch's end, the n-gram, a validation, a cycle's end, a sample. If it is stopped half-way,
// the next trainer does all of it again, so its events are counted only when it is complete.

import { unlessStopped } from "../../base/time.js";
import type { WorkerPool } from "../../compute/worker-pool.js";
import type { Baseline } from "../../evaluation/baseline/baseline.js";
import { evaluate, type LaneScoringOptions, score, type ValidationReader } from "../../evaluation/scoring/evaluate.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type State, zeroState } from "../../model/layout/state.js";
import { areWeightsFinite, DivergenceError, isStateFinite, type StepItem } from "../step/step.js";
import type { TrainEvent } from "./events.js";
import type { EffectiveHyperparameters, TrainerOptions, TrainerState } from "./trainer-state.js";

export interface AfterWindow {
  readonly options: Omit<TrainerOptions, "resume">;
  readonly hyperparameters: EffectiveHyperparameters;
  readonly pool: WorkerPool<StepItem>;
  readonly breathe: () => Promise<void>;
  /** The scores of a uniform guess and of the n-gram; removed where counting failed. */
  readonly waiting: { baseline: Promise<Baseline> | undefined };
  /** Takes the new state: at the end, and before a DivergenceError. */
  readonly commit: (state: TrainerState) => void;
}

/** Brings a state to rest that is not settled. If it is stopped, nothing is committed. Throws DivergenceError. */
export async function* afterWindow(from: TrainerState, d: AfterWindow): AsyncGenerator<TrainEvent, void, void> {
  const { settings, valid, model, stopping, sample } = d.options;
  const { window, epoch } = from.position;
  const { epochEnds } = from;
  let next = from;
  let emitted = 0;
  const emit = <T extends TrainEvent>(event: T): T => {
    emitted += 1;
    return event;
  };
  const counted = () => ({ ...next, events: next.events + emitted });

  const after = epochEnds ? { window, epoch: epoch + 1, at: 0 } : from.position;
  const planned = settings.planned(after, d.hyperparameters.bptt);
  const last = planned >= settings.windows;
  const due = settings.validateEvery > 0 ? window % settings.validateEvery === 0 : epochEnds;
  const cycle = settings.endingCycle([from.began, epoch], last ? undefined : [planned, after.epoch]);

  if (due || last || cycle !== undefined) requireFinite(model, from); // before it is scored, written, or the end
  if (epochEnds) {
    yield emit({ kind: "epoch", epoch: epoch + 1, window, nats: next.epochLoss.nats / next.epochLoss.tokens });
  }
  if (valid && (due || last)) {
    if (!next.baselineEmitted && d.waiting.baseline) {
      const baseline = await unlessStopped(d.waiting.baseline.catch(withoutBaseline), stopping);
      if (baseline === undefined) return;
      if ("process" in baseline) {
        d.waiting.baseline = undefined; // a resumed run counts again
        yield baseline;
      } else {
        yield emit({ kind: "baseline", ...baseline });
        next = { ...next, baselineEmitted: true };
      }
    }
    const state = settings.validState === "copy" ? from.carried : zeroOf(model);
    const between = async () => {
      await d.breathe();
      return !stopping?.();
    };
    const validated = await validate(model, valid, window, { state, between, pool: d.pool });
    if (validated === undefined) return;
    const { nats } = validated.score;
    if (!Number.isFinite(nats)) {
      d.commit(counted());
      throw new DivergenceError({ what: "validation", how: "not finite", window, value: String(nats) });
    }
    const best = !(next.best && next.best.nats <= nats);
    if (best) next = { ...next, best: { window, nats } };
    if (settings.policy.handsBack) next = { ...next, carried: validated.state };
    yield emit({ kind: "validation", window, epoch, best, ...validated.score, ...validated.lesson });
  }
  if (cycle !== undefined) yield emit({ kind: "cycle", cycle, window });
  const sampling = settings.sampleEvery > 0 ? window % settings.sampleEvery === 0 : due;
  if (sample && (sampling || last)) {
    const text = await sample(model, window);
    if (text !== undefined) yield emit({ kind: "sample", window, text });
  }

  if (epochEnds) {
    const carried = settings.policy.lasts === "epoch" ? zeroOf(model) : next.carried;
    const position = { ...next.position, epoch: epoch + 1, at: 0 };
    next = { ...next, carried, position, epochEnds: false, epochLoss: { nats: 0, tokens: 0 } };
  }
  d.commit({ ...counted(), settled: true });
}

function requireFinite(model: LanguageModel, { carried, position: { window } }: TrainerState): void {
  const what = !isStateFinite(carried) ? "state" : !areWeightsFinite(model) ? "weights" : undefined;
  if (what !== undefined) throw new DivergenceError({ what, how: "not finite", window, value: "NaN" });
}

/** The score of the validation part, and the state at its end; undefined where it is stopped. */
async function validate(model: LanguageModel, reader: ValidationReader, window: number, options: LaneScoringOptions) {
  const { lanes, resetEvery, lesson, ...sizes } = reader;
  const read = await evaluate(model, lanes, { ...options, ...(resetEvery && { resetEvery }) });
  if (!read.complete) return undefined;
  const validated = { score: score(read.nats, { ...sizes, tokens: read.tokens }), state: read.state };
  if (lesson === undefined) return { ...validated, lesson: {} };
  const its = await evaluate(model, lesson(window), options);
  return its.complete ? { ...validated, lesson: { lesson: its.nats / its.tokens }, state: its.state } : undefined;
}

/** Zeros for every lane of the model. */
export function zeroOf({ spec, plan, engine }: LanguageModel): State {
  return zeroState(spec, plan.options.lanes, engine.precision);
}

/** A failed count of the n-gram ends no run. */
function withoutBaseline(error: unknown): Extract<TrainEvent, { kind: "warning" }> {
  const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
  return { kind: "warning", process: true, text: `There is no n-gram to beat: counting it failed (${why}).` };
}
