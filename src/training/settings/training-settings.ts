// A run's settings, read once into what the loop needs: kinds looked up, windows counted, unset settings resolved by
// their rule.

import type { Cell } from "../../model/cells/cell.js";
import { findCell } from "../../model/cells/index.js";
import type { ModelSpec } from "../../model/layout/spec.js";
import type { LaneChange } from "../../model/layout/state.js";
import { createField, type Field } from "../../text/encoding/field.js";
import { countWindows, mostWindows, rescales, type WindowPlan, type WindowRule } from "../../text/windows/windows.js";
import { findOptimizer, type Optimizer } from "./optimizer.js";
import { policyOf } from "./reading.js";
import { endingCycle, findSchedule, rateAt, type Schedule, type SchedulePlace } from "./schedule.js";
import type { CheckedSettings } from "./settings.js";
import type { StatePolicy } from "./state-policy.js";
import { settingNamed } from "./values.js";

export interface ResolvedSettings {
  /** All values, checked. */
  readonly values: CheckedSettings;
  readonly seed: number;
  readonly bptt: number;
  readonly windowRule: WindowRule;
  readonly lrRescale: boolean;
  readonly policy: StatePolicy;
  readonly validState: "zero" | "copy";
  readonly laneChange: LaneChange;
  readonly optimizer: Optimizer;
  readonly lr: number;
  readonly schedule: Schedule;
  /** Windows of warm-up. */
  readonly warmup: number;
  readonly clip: number;
  readonly clipBy: "norm" | "value";
  readonly epochs: number;
  /** Windows in all. */
  readonly windows: number;
  /** Whether an epoch ends after so many windows in all, though its lanes have more. */
  readonly endsEarly: (windows: number, epoch: number) => boolean;
  /**
   * Windows of the plan that lie before a place: the windows done; or, where `bptt` is no longer what was planned, the
   * share of the epoch's text that is read. So a run whose windows were cut shorter reads as much text, at the rates
   * planned for it.
   */
  readonly planned: (done: Progress, bptt: number) => number;
  /**
   * The schedule's rate, warm-up included, where so many windows of the plan and epochs are done, below a highest rate.
   */
  readonly rateAt: (highest: number, window: number, epoch: number) => number;
  /**
   * The cycle of the schedule, from 1, that ends between two places (windows of the plan, epochs); the run's last has
   * no next.
   */
  readonly endingCycle: (from: [number, number], to: [number, number] | undefined) => number | undefined;
  readonly validateEvery: number;
  readonly sampleEvery: number;
  readonly sampleLength: number;
  readonly logEvery: number;
  /**
   * Times that a run whose numbers break goes back, windows between the moments it can go back to, and what an
   * explosion is.
   */
  readonly tries: number;
  readonly keepEvery: number;
  readonly explosion: number;
  /**
   * Windows may be cut shorter than planned: not sections, which come whole, nor where a window's end alone is
   * predicted.
   */
  readonly shortens: boolean;
}

/** Where a run stands: windows and epochs done, and positions of this epoch. */
export type Progress = Readonly<Record<"window" | "epoch" | "at", number>>;

const DEFAULT_EPOCHS = 10;

/** The field that the settings describe. */
export function fieldOf(k: CheckedSettings): Field {
  const { unit, lower, newline, minFreq, maxSize, documents } = k;
  const specials = k.specials?.split(",");
  return createField({ unit, lower, newline, minFreq, maxSize, documents, ...(specials && { specials }) });
}

/** Times the training part is read, whether the user, the schedule or nobody says so. */
export function epochsOf(k: CheckedSettings): number {
  const scheduled = findSchedule(k.schedule).epochs?.(k); // also where `epochs` rules: bad `rates` are refused at once
  return k.epochs ?? scheduled ?? DEFAULT_EPOCHS;
}

/** The model that the settings describe, for a vocabulary of that size. */
export function modelSpec(k: CheckedSettings, vocabulary: number, own?: Cell): ModelSpec {
  const cell = findCell(k.cell, own ? [own] : []);
  const cellSettings = Object.fromEntries(cell.settings.map(({ name }) => [name, settingNamed(k, name)]));
  return {
    vocabulary,
    cell,
    cellSettings,
    embedding: k.embedding,
    hidden: k.hidden,
    layers: k.layers,
    dropout: k.dropout,
    tied: k.tied,
  };
}

/**
 * `positions` are the input positions of a lane. `warmup` is given where a run goes on: it was fixed at its start, and
 * more epochs do not change it.
 */
export function resolveSettings(
  k: CheckedSettings,
  positions: number,
  fixed?: { readonly warmup: number },
): ResolvedSettings {
  const schedule = findSchedule(k.schedule);
  const epochs = epochsOf(k);
  const policy = policyOf(k);
  const { bptt, seed, windowRule: rule } = k;
  const begins = epochBeginnings({ rule, bptt, seed }, positions);
  const windows = k.steps ?? begins(epochs);
  const warmup = fixed?.warmup ?? Math.floor(k.warmup * windows);
  const place = (window: number, epoch: number): SchedulePlace => ({ window, windows, epoch, begins });
  return {
    values: k,
    seed,
    bptt,
    windowRule: rule,
    lrRescale: k.lrRescale ?? rescales(rule),
    policy,
    validState: k.validState ?? policy.validState,
    laneChange: k.laneChange,
    optimizer: findOptimizer(k.optimizer),
    lr: k.lr,
    schedule,
    warmup,
    clip: k.clip,
    clipBy: k.clipBy,
    epochs,
    windows,
    endsEarly: (done, epoch) => done - begins(epoch) >= mostWindows(rule, bptt, positions),
    planned({ window, epoch, at }, now) {
      if (now === bptt) return window;
      return begins(epoch) + (begins(epoch + 1) - begins(epoch)) * (at / positions);
    },
    rateAt: (highest, window, epoch) => rateAt(schedule, highest, place(window, epoch), warmup, k),
    endingCycle: (from, to) => endingCycle(schedule, place(...from), to && place(...to), k),
    validateEvery: k.validateEvery,
    sampleEvery: k.sampleEvery,
    sampleLength: k.sampleLength,
    logEvery: k.logEvery,
    tries: k.tries,
    keepEvery: k.keepEvery,
    explosion: k.explosion,
    shortens: !k.sections && k.predict !== "last",
  };
}

/** How many windows there are before an epoch begins: each epoch is walked once, where it is asked for. */
function epochBeginnings(plan: WindowPlan, positions: number): (epoch: number) => number {
  const found = [0];
  return (epoch) => {
    for (let e = found.length; e <= epoch; e++)
      found.push(found[e - 1]! + countWindows(plan, positions, 1, found[e - 1]));
    return found[epoch]!;
  };
}
