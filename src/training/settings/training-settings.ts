// A run's settings, read once into what the loop needs: kinds looked up, windows counted, unset settings resolved by
// their rule.

import { usageError } from "../../base/errors.js";
import type { Cell } from "../../model/cells/cell.js";
import { findCell } from "../../model/cells/index.js";
import type { ModelSpec } from "../../model/layout/spec.js";
import type { LaneChange } from "../../model/layout/state.js";
import { createField, type Field, readingOf } from "../../text/encoding/field.js";
import type { PartSettings } from "../../text/encoding/part-settings.js";
import { type ReadingRules, ROW_END } from "../../text/reading/rules.js";
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
  /** The windows in which earlier, shorter plans of the run ended. */
  readonly earlierEnds: readonly number[];
  /** Whether an epoch ends after so many windows in all, though its lanes have more. */
  readonly endsEarly: (windows: number, epoch: number) => boolean;
  /**
   * Windows of the plan that lie before a place: the windows done; or, where `bptt` is no longer what was planned, the
   * share of the epoch's text that is read. So a run whose windows were cut shorter reads as much text, at the rates
   * planned for it.
   */
  readonly planned: (done: Readonly<Record<"window" | "epoch" | "at", number>>, bptt: number) => number;
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

/** How long a run was planned to be, before it was made longer. */
export type PlannedLength = { readonly steps: number } | { readonly epochs: number };

/** What a resumed run had before: its warm-up in windows, and the lengths that it was planned with, the first first. */
export interface EarlierPlans {
  readonly warmup: number;
  readonly lengthened?: readonly PlannedLength[] | undefined;
}

const DEFAULT_EPOCHS = 10;

/** The field that the settings describe. Each row of a column is a document, unless `documents` says otherwise. */
export function fieldOf(k: CheckedSettings): Field {
  const { unit, lower, newline, lineEnds, normalize, minFreq, maxSize, documents, column } = k;
  const specials = k.specials?.split(",");
  return createField({
    unit,
    lower,
    newline,
    lineEnds,
    normalize,
    minFreq,
    maxSize,
    documents: column !== undefined && documents === "none" ? ROW_END : documents,
    ...(specials && { specials }),
  });
}

/** How the settings have texts read. */
export function readingRulesOf(k: CheckedSettings): ReadingRules {
  return readingOf(fieldOf(k), k);
}

/** How the settings part a text. */
export function partsOf(k: CheckedSettings): PartSettings {
  const { validFraction, seed, vocabFrom } = k;
  const validSplit = k.validSplit ?? (fieldOf(k).documents === "none" ? "end" : "shuffle");
  return { validFraction, validSplit, seed, vocabFrom };
}

/** Times the training part is read, whether the user, the schedule or nobody says so. */
export function epochsOf(k: CheckedSettings): number {
  const scheduled = findSchedule(k.schedule).epochs?.(k); // also where `epochs` rules: bad `rates` are refused at once
  return k.epochs ?? scheduled ?? DEFAULT_EPOCHS;
}

/** The length of a run as its settings plan it. */
export function plannedLength(k: CheckedSettings): PlannedLength {
  return k.steps === undefined ? { epochs: epochsOf(k) } : { steps: k.steps };
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
 * `positions` are the input positions of a lane. `fixed` is given where a run goes on: its warm-up was fixed at its
 * start, and more epochs do not change it. A schedule that depends on the length of the run begins a new cycle where an
 * earlier plan ended. Throws a usage error for a plan that ends before an earlier one.
 */
export function resolveSettings(k: CheckedSettings, positions: number, fixed?: EarlierPlans): ResolvedSettings {
  const schedule = findSchedule(k.schedule);
  const epochs = epochsOf(k);
  const policy = policyOf(k);
  const { bptt, seed, windowRule: rule } = k;
  const begins = epochBeginnings({ rule, bptt, seed }, positions);
  const windows = k.steps ?? begins(epochs);
  const ends = (fixed?.lengthened ?? []).map((plan) => ("steps" in plan ? plan.steps : begins(plan.epochs)));
  requireGrowth(ends, windows);
  const warmup = fixed?.warmup ?? Math.floor(k.warmup * (ends[0] ?? windows));
  const plans = schedulePlans(k, schedule, {
    starts: schedule.mayGrow(k) ? [0] : [0, ...ends],
    windows,
    warmup,
    begins,
  });
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
    earlierEnds: ends,
    endsEarly: (done, epoch) => done - begins(epoch) >= mostWindows(rule, bptt, positions),
    planned({ window, epoch, at }, now) {
      if (now === bptt) return window;
      return begins(epoch) + (begins(epoch + 1) - begins(epoch)) * (at / positions);
    },
    ...plans,
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

function requireGrowth(ends: readonly number[], windows: number): void {
  const last = ends.at(-1) ?? 0;
  if (windows > last) return;
  throw usageError(
    `The run was planned for ${last} windows, and would end after ${windows}.`,
    "A run cannot shrink: give it more epochs, steps or minutes.",
  );
}

interface Plans {
  /** The window that each plan begins with: 0, then the ends of the earlier ones. */
  readonly starts: readonly number[];
  readonly windows: number;
  readonly warmup: number;
  readonly begins: (epoch: number) => number;
}

/** The schedule of a run that was made longer: it begins anew with each plan. */
function schedulePlans(
  k: CheckedSettings,
  schedule: Schedule,
  { starts, windows, warmup, begins }: Plans,
): Pick<ResolvedSettings, "rateAt" | "endingCycle"> {
  const planOf = (window: number) => starts.findLastIndex((start) => start <= window);
  const lengthOf = (plan: number) => (starts[plan + 1] ?? windows) - starts[plan]!;
  const epochAt = (window: number) => {
    let epoch = 0;
    while (begins(epoch + 1) <= window) epoch += 1;
    return epoch;
  };
  const place = (window: number, epoch: number, plan = planOf(window)): SchedulePlace => {
    const from = starts[plan]!;
    const first = plan === 0 ? 0 : epochAt(from);
    return {
      window: window - from,
      windows: lengthOf(plan),
      epoch: epoch - first,
      begins: (each) => begins(first + each) - from,
    };
  };
  const warmupOf = (plan: number) => (plan === 0 ? warmup : Math.floor(k.warmup * lengthOf(plan)));
  /** Cycles of the plans before. */
  const cyclesBefore = (plan: number) =>
    starts.slice(1, plan + 1).reduce((sum, end, i) => {
      const last = schedule.cycle?.(place(end - 1, epochAt(end - 1), i), k);
      return sum + (last === undefined ? 0 : last + 1);
    }, 0);
  return {
    rateAt: (highest, window, epoch) => rateAt(schedule, highest, place(window, epoch), warmupOf(planOf(window)), k),
    endingCycle(from, to) {
      const plan = planOf(from[0]);
      const next = to && planOf(to[0]) === plan ? place(...to) : undefined;
      const cycle = endingCycle(schedule, place(...from), next, k);
      return cycle === undefined ? undefined : cycle + cyclesBefore(plan);
    },
  };
}
