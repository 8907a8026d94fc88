// What follows a window: the epoch's end, the n-gram, a validation, a cycle's end, a sample. Stopped half-way it is done again
// whole by the next trainer, so its events count at its end alone.

import type { WorkerPool } from "../../compute/worker-pool.js";
import type { Baseline } from "../../evaluation/baseline/baseline.js";
import type { LanguageModel } from "../../model/language-model.js";
import { type State, zeroState } from "../../model/layout/state.js";
import { withoutBaseline } from "../divergence/advice.js";
import type { Finding } from "../divergence/finding.js";
import { endingCycle } from "../settings/schedule.js";
import type { StepItem } from "../step/step.js";
import { inspect } from "./diagnosis.js";
import type { TrainEvent } from "./events.js";
import type { TrainerOptions } from "./trainer-options.js";
import type { TrainerState } from "./trainer-state.js";
import { unlessStopped } from "./until-stopped.js";
import { validate } from "./validate.js";

export interface AfterWindow {
  readonly options: Omit<TrainerOptions, "resume">;
  readonly pool: WorkerPool<StepItem>;
  readonly breathe: () => Promise<void>;
  /** What uniform and n-gram reach; taken away where it failed. */
  readonly waiting: { baseline: Promise<Baseline> | undefined };
}

/** Done, or broken; undefined where it was stopped. */
export type AfterWindowResult = { readonly state: TrainerState; readonly found?: Finding } | undefined;

/** The duties of a state that is not settled. */
export async function* afterWindow(
  from: TrainerState,
  d: AfterWindow,
): AsyncGenerator<TrainEvent, AfterWindowResult, void> {
  const { settings, valid, model, stopping, sample, decode } = d.options;
  const { window, epoch } = from.position;
  const { epochEnds } = from;
  let next = from;
  let told = 0;
  const tell = <T extends TrainEvent>(event: T): T => {
    told += 1;
    return event;
  };
  const counted = () => ({ ...next, events: next.events + told });

  const after = epochEnds ? { window, epoch: epoch + 1, at: 0 } : from.position;
  const planned = settings.planned(after, from.hyperparameters.bptt);
  const last = planned >= settings.windows;
  const due = settings.validateEvery > 0 ? window % settings.validateEvery === 0 : epochEnds;
  const places = [settings.place(from.began, epoch), settings.place(planned, after.epoch)] as const;
  const cycle = endingCycle(settings.schedule, places[0], last ? undefined : places[1], settings.values);

  if (due || last || cycle !== undefined) {
    const found = inspect(model, from.carried, window, decode); // before it is scored, written, or the end
    if (found) return { state: counted(), found };
  }
  if (epochEnds) {
    yield tell({ kind: "epoch", epoch: epoch + 1, window, nats: next.epochLoss.nats / next.epochLoss.tokens });
  }
  if (valid && (due || last)) {
    if (!next.baselineTold && d.waiting.baseline) {
      const baseline = await unlessStopped(d.waiting.baseline.catch(withoutBaseline), stopping);
      if (baseline === undefined) return undefined;
      if ("process" in baseline) {
        d.waiting.baseline = undefined; // a resumed run counts again
        yield baseline;
      } else {
        yield tell({ kind: "baseline", ...baseline });
        next = { ...next, baselineTold: true };
      }
    }
    const state = settings.validState === "copy" ? from.carried : zeroOf(model);
    const between = async () => {
      await d.breathe();
      return !stopping?.();
    };
    const validated = await validate(model, valid, window, { state, between, pool: d.pool });
    if (validated === undefined) return undefined;
    const { nats } = validated.score;
    if (!Number.isFinite(nats)) {
      const found = { what: "validation", how: "not finite", window, value: String(nats) } as const;
      return { state: counted(), found };
    }
    const best = !(next.best && next.best.nats <= nats);
    if (best) next = { ...next, best: { window, nats } };
    if (settings.policy.handsBack) next = { ...next, carried: validated.state };
    yield tell({ kind: "validation", window, epoch, best, ...validated.score, ...validated.lesson });
  }
  if (cycle !== undefined) yield tell({ kind: "cycle", cycle, window });
  const sampling = settings.sampleEvery > 0 ? window % settings.sampleEvery === 0 : due;
  if (sample && (sampling || last)) {
    const text = await sample(model, window);
    if (text !== undefined) yield tell({ kind: "sample", window, text });
  }

  if (epochEnds) {
    const carried = settings.policy.lasts === "epoch" ? zeroOf(model) : next.carried;
    const position = { ...next.position, epoch: epoch + 1, at: 0 };
    next = { ...next, carried, position, epochEnds: false, epochLoss: { nats: 0, tokens: 0 } };
  }
  return { state: { ...counted(), settled: true } };
}

/** A state of zeros, as wide as the model's lanes. */
export function zeroOf({ spec, plan, engine }: LanguageModel): State {
  return zeroState(spec, plan.options.lanes, engine.precision);
}
