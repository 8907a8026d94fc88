// A run's settings, read once into what the loop needs: kinds looked up, windows counted, unset settings resolved by their rule.

import type { SettingValues } from "../../base/setting.js";
import type { Cell } from "../../model/cells/cell.js";
import { findCell } from "../../model/cells/index.js";
import type { ModelSpec } from "../../model/layout/spec.js";
import type { LaneChange } from "../../model/layout/state.js";
import { createField, type Field } from "../../text/encoding/field.js";
import { countWindows, mostWindows, type WindowPlan, type WindowRule } from "../../text/windows/windows.js";
import { findOptimizer, type Optimizer } from "./optimizer.js";
import { policyOf } from "./reading.js";
import { findSchedule, type Schedule, type SchedulePlace } from "./schedule.js";
import type { StatePolicy } from "./state-policy.js";

export interface ResolvedSettings {
  /** All values, checked. */
  readonly values: SettingValues;
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
   * Windows of the plan that lie before a place: the windows done; or, where `bptt` is no longer what was planned, the share of
   * the epoch's text that is read. So a run whose windows were cut shorter reads as much text, at the rates planned for it.
   */
  readonly planned: (done: Progress, bptt: number) => number;
  /** Where in the schedule a window stands: by the windows of the plan and the epochs done before it. */
  readonly place: (window: number, epoch: number) => SchedulePlace;
  readonly validateEvery: number;
  readonly sampleEvery: number;
  readonly sampleLength: number;
  readonly logEvery: number;
  /** Times that a run whose numbers break goes back, windows between the moments it can go back to, and what an explosion is. */
  readonly tries: number;
  readonly keepEvery: number;
  readonly explosion: number;
  /** Windows may be cut shorter than planned: not sections, which come whole, nor where a window's end alone is predicted. */
  readonly shortens: boolean;
}

/** Where a run stands: windows and epochs done, and positions of this epoch. */
export type Progress = Readonly<Record<"window" | "epoch" | "at", number>>;

const DEFAULT_EPOCHS = 10;

/** The field that the settings describe. */
export function fieldOf(k: SettingValues): Field {
  const { unit, lower, newline, minFreq, maxSize, documents } = k;
  const specials = typeof k.specials === "string" ? k.specials.split(",") : undefined;
  return createField({ unit, lower, newline, minFreq, maxSize, documents, ...(specials && { specials }) });
}

/** Times the training part is read, whether the user, the schedule or nobody says so. */
export function epochsOf(k: SettingValues): number {
  const scheduled = findSchedule(String(k.schedule)).epochs?.(k); // also where --epochs rules: a bad --rates is told at once
  return typeof k.epochs === "number" ? k.epochs : (scheduled ?? DEFAULT_EPOCHS);
}

/** The model that the settings describe, for a vocabulary of that size. */
export function modelSpec(k: SettingValues, vocabulary: number, own?: Cell): ModelSpec {
  const cell = findCell(String(k.cell), own ? [own] : []);
  const cellSettings = Object.fromEntries(cell.settings.map(({ name }) => [name, k[name]]));
  return {
    vocabulary,
    cell,
    cellSettings,
    embedding: Number(k.embedding),
    hidden: Number(k.hidden),
    layers: Number(k.layers),
    dropout: Number(k.dropout),
    tied: k.tied === true,
  };
}

/**
 * `positions` are the input positions of a lane. `warmup` is given where a run goes on: it was fixed at its start, and more
 * epochs do not change it.
 */
export function resolveSettings(
  k: SettingValues,
  positions: number,
  fixed?: { readonly warmup: number },
): ResolvedSettings {
  const schedule = findSchedule(String(k.schedule));
  const epochs = epochsOf(k);
  const policy = policyOf(k);
  const rule = k.windowRule as WindowRule;
  const [bptt, seed] = [Number(k.bptt), Number(k.seed)];
  const begins = epochBeginnings({ rule, bptt, seed }, positions);
  const windows = typeof k.steps === "number" ? k.steps : begins(epochs);
  return {
    values: k,
    seed,
    bptt,
    windowRule: rule,
    lrRescale: k.lrRescale === undefined ? rule === "awd" : k.lrRescale === true,
    policy,
    validState: (k.validState ?? policy.validState) as "zero" | "copy",
    laneChange: k.laneChange as LaneChange,
    optimizer: findOptimizer(String(k.optimizer)),
    lr: Number(k.lr),
    schedule,
    warmup: fixed?.warmup ?? Math.floor(Number(k.warmup) * windows),
    clip: Number(k.clip),
    clipBy: k.clipBy as "norm" | "value",
    epochs,
    windows,
    endsEarly: (done, epoch) => done - begins(epoch) >= mostWindows(rule, bptt, positions),
    planned({ window, epoch, at }, now) {
      if (now === bptt) return window;
      return begins(epoch) + (begins(epoch + 1) - begins(epoch)) * (at / positions);
    },
    place: (window, epoch) => ({ window, windows, epoch, begins }),
    validateEvery: Number(k.validateEvery),
    sampleEvery: Number(k.sampleEvery),
    sampleLength: Number(k.sampleLength),
    logEvery: Number(k.logEvery),
    tries: Number(k.tries),
    keepEvery: Number(k.keepEvery),
    explosion: Number(k.explosion),
    shortens: k.sections !== true && k.predict !== "last",
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
