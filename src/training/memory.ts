// Memory of a run, planned and checked against the budget before anything is allocated: the model and its training
// arrays, the model that writes samples, and the other threads. The text, and what the process holds anyway, are not
// counted.

import { type LonghandError, usageError } from "../base/errors.js";
import { binarySize } from "../base/size.js";
import type { Engine } from "../compute/arena.js";
import type { Cell } from "../model/cells/cell.js";
import { type ArenaSection, type ModelOptions, plan } from "../model/layout/plan.js";
import type { ModelSpec } from "../model/layout/spec.js";
import type { Notice } from "../text/reading/utf8.js";
import type { TokenSource } from "../text/storage/tokens.js";
import { fitLanes } from "../text/windows/lanes.js";
import { maxWindow } from "../text/windows/windows.js";
import type { FittedSettings } from "./settings/fitted.js";
import { findOptimizer } from "./settings/optimizer.js";
import { lanePositions } from "./settings/reading.js";
import { modelSpec } from "./settings/training-settings.js";
import { countWorkers, type PoolOptions } from "./step/threads.js";

/** Memory that this process may still take. */
export interface MemoryBudget {
  readonly bytes: number;
  /** Whose limit it is, as the subject of a sentence: "this machine". */
  readonly whose: string;
}

export type Footprint = Readonly<
  Record<ArenaSection | "snapshot" | "samples" | "threads" | "measured" | "total", number>
>;

/** The parts of settings and text that memory depends on. */
export interface MemoryPlan {
  readonly spec: ModelSpec;
  readonly options: ModelOptions & { readonly training: { readonly moments: number } };
  readonly samples: boolean;
  /** The run keeps a snapshot of weights and optimizer. */
  readonly snapshot: boolean;
}

/** The memory plan of settings over a text. `notice` is called where there are fewer lanes than asked. */
export function planMemory(
  text: TokenSource,
  vocabulary: number,
  settings: FittedSettings,
  cell?: Cell,
  notice?: Notice,
): MemoryPlan {
  const lanes = fitLanes(text, settings.batch, settings.bptt, notice);
  const positions = lanePositions(text.length, settings, lanes);
  const steps = Math.min(maxWindow(settings.windowRule, settings.bptt), positions);
  const moments = findOptimizer(settings.optimizer).moments(settings);
  const samples = settings.sampleLength > 0;
  const documents = text.end !== undefined;
  const options = { lanes, steps, training: { moments }, ...(documents && { documents }) };
  return { spec: modelSpec(settings, vocabulary, cell), options, samples, snapshot: settings.tries > 0 };
}

/** A model that writes one stream, token by token. */
export const writing: ModelOptions = { lanes: 1, steps: 1 };

/**
 * Bytes by purpose. `throwaway`: a run that is measured may still be held when the next begins, so there is a second
 * one.
 */
export function footprint(planned: MemoryPlan, engine: Engine, pool: PoolOptions, throwaway = false): Footprint {
  const { spec, options, samples, snapshot } = planned;
  const { bytes } = plan(spec, { ...options, ...kindOf(engine) });
  const written = samples ? plan(spec, { ...writing, ...kindOf(engine) }).bytes.total : 0;
  const threads = countWorkers(spec, engine, options, pool) * (pool.threads?.bytes?.(engine.name) ?? 0);
  const measured = throwaway ? bytes.total : 0;
  const ofSnapshot = snapshot ? bytes.parameters + bytes.optimizer : 0;
  const total = bytes.total + ofSnapshot + written + threads + measured;
  return { ...bytes, snapshot: ofSnapshot, samples: written, threads, measured, total };
}

function kindOf({ precision, panel }: Engine) {
  return { precision, panel };
}

export interface MemoryBudgetOptions {
  readonly text: TokenSource;
  readonly vocabulary: number;
  readonly settings: FittedSettings;
  readonly cell: Cell | undefined;
  readonly engine: Engine;
  readonly pool: PoolOptions;
  readonly room: MemoryBudget | undefined;
  /** The run is resumed: its settings are fixed. */
  readonly settled: boolean;
  /** As in `footprint`. */
  readonly throwaway?: boolean | undefined;
}

/** Throws a usage error where the budget is too small, with the sum and with settings that would fit. */
export function requireMemory(o: MemoryBudgetOptions): Footprint {
  const found = footprintOf(o, o.settings);
  const limit = limitPassed(o, found);
  if (limit !== undefined) throw tooLarge(o, found, limit);
  return found;
}

function footprintOf(o: MemoryBudgetOptions, settings: FittedSettings): Footprint {
  return footprint(planMemory(o.text, o.vocabulary, settings, o.cell), o.engine, o.pool, o.throwaway);
}

/** The limit that is exceeded, in words. */
function limitPassed({ engine, room }: MemoryBudgetOptions, f: Footprint): string | undefined {
  if (room !== undefined && f.total > room.bytes) return `${room.whose} has ${binarySize(room.bytes)} left`;
  const arena = f.total - f.snapshot - f.samples - f.threads - f.measured;
  if (arena > engine.mostBytes) return `the engine ${engine.name} reaches ${binarySize(engine.mostBytes)}`;
  return undefined;
}

function tooLarge(o: MemoryBudgetOptions, found: Footprint, limit: string): LonghandError {
  const { total, ...parts } = found;
  const sum = `This run wants ${binarySize(total)} of memory (${sizesOf(parts)}), and ${limit}.`;
  if (o.settled) return usageError(sum, "Make room, or go on with it on a machine that has more.");
  const ways = waysToFit(o).map((way) => way.map(([name, n]) => `\`${name}: ${n}\``).join(" "));
  return usageError(sum, ways.length > 0 ? `This would fit: ${ways.slice(0, 2).join(", or ")}.` : undefined);
}

/** "weights 1.0 MiB, gradients 1.0 MiB …": the parts above zero. */
export function sizesOf(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts)
    .filter(([, bytes]) => bytes > 0)
    .map(([name, bytes]) => `${name} ${binarySize(bytes)}`)
    .join(", ");
}

type Lowered = "batch" | "bptt" | "layers" | "hidden" | "embedding" | "dropout";
/** Settings with their new values. */
type Way = readonly (readonly [name: Lowered, value: number])[];
interface Search {
  readonly from: number;
  readonly at: (n: number) => Way;
}

/**
 * Settings that fit: one lowered, the least lowered first; if that gives fewer than two ways, also two settings
 * lowered.
 */
function waysToFit(o: MemoryBudgetOptions): Way[] {
  const { settings } = o;
  // With tied weights, both have one width.
  const wide = settings.tied ? (["hidden", "embedding"] as const) : (["hidden"] as const);
  const width = (n: number): Way => wide.map((name) => [name, n] as const);
  // One layer has no dropout.
  const layers = (n: number): Way =>
    n === 1 && settings.dropout > 0
      ? [
          ["layers", 1],
          ["dropout", 0],
        ]
      : [["layers", n]];
  const one: Search[] = [
    ...(["batch", "bptt"] as const).map((name) => ({ from: settings[name], at: (n: number): Way => [[name, n]] })),
    { from: settings.layers, at: layers },
    { from: settings.hidden, at: width },
  ];
  const two: Search[] = [
    { from: settings.hidden, at: (n) => [...layers(1), ...width(n)] },
    { from: settings.hidden, at: (n) => [["batch", 1], ...width(n)] },
  ];
  const fits = (way: Way) =>
    limitPassed(o, footprintOf(o, { ...o.settings, ...Object.fromEntries(way) })) === undefined;
  const found = (searches: readonly Search[]) =>
    searches
      .map(({ from, at }) => ({ at, n: largest(from, (n) => fits(at(n))), from }))
      .filter(({ n }) => n > 0)
      .sort((a, b) => b.n / b.from - a.n / a.from)
      .map(({ at, n }) => at(n));
  const ways = found(one);
  return ways.length < 2 ? [...ways, ...found(two)] : ways;
}

/**
 * A good number from 1 to `most`, at least 15/16 of the largest; 0 where none is good. Below a good number all are
 * good.
 */
function largest(most: number, good: (n: number) => boolean): number {
  if (!good(1)) return 0;
  let low = 1;
  let high = most;
  while (high - low > Math.floor(low / 16)) {
    const middle = Math.ceil((low + high) / 2);
    if (good(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
