// What a run will hold in memory, and whether there is room for it, before anything is allocated: the model with what trains
// it, the model that writes samples, and the other threads. The text, and what the process holds anyway, are not counted.

import { type LonghandError, usageError } from "../base/errors.js";
import { binarySize } from "../base/size.js";
import type { Engine } from "../compute/arena.js";
import type { Cell } from "../model/cells/cell.js";
import { type ArenaSection, type ModelOptions, plan } from "../model/layout/plan.js";
import type { ModelSpec } from "../model/layout/spec.js";
import type { Notice } from "../text/encoding/utf8.js";
import type { TokenSource } from "../text/storage/tokens.js";
import { fitLanes } from "../text/windows/lanes.js";
import { maxWindow } from "../text/windows/windows.js";
import { findOptimizer } from "./settings/optimizer.js";
import { lanePositions } from "./settings/reading.js";
import type { CheckedSettings } from "./settings/settings.js";
import { modelSpec } from "./settings/training-settings.js";
import { countWorkers, type PoolOptions } from "./step/threads.js";

/** What this process may still take. */
export interface MemoryBudget {
  readonly bytes: number;
  /** Whose limit it is, as a subject: "this machine". */
  readonly whose: string;
}

export type Footprint = Readonly<Record<ArenaSection | "kept" | "samples" | "threads" | "measured" | "total", number>>;

/** The settings and the text, as far as memory depends on them. */
export interface MemoryPlan {
  readonly spec: ModelSpec;
  readonly options: ModelOptions & { readonly training: { readonly moments: number } };
  readonly samples: boolean;
  /** A copy of weights and optimizer to go back to. */
  readonly kept: boolean;
}

/** What settings ask for over a text. `notice` hears of fewer lanes than asked. */
export function planMemory(
  text: TokenSource,
  vocabulary: number,
  settings: CheckedSettings,
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
  return { spec: modelSpec(settings, vocabulary, cell), options, samples, kept: settings.tries > 0 };
}

/** A model that writes one stream, token by token. */
export const writing: ModelOptions = { lanes: 1, steps: 1 };

/** Bytes by what they are for. `twice`: a copy of the model that is measured may still be held when the run's own opens. */
export function footprint(layout: MemoryPlan, engine: Engine, pool: PoolOptions, twice = false): Footprint {
  const { spec, options, samples, kept: keeps } = layout;
  const { bytes } = plan(spec, { ...options, ...kindOf(engine) });
  const written = samples ? plan(spec, { ...writing, ...kindOf(engine) }).bytes.total : 0;
  const threads = countWorkers(spec, engine, options, pool) * (pool.threads?.bytes?.(engine.name) ?? 0);
  const measured = twice ? bytes.total : 0;
  const kept = keeps ? bytes.parameters + bytes.optimizer : 0;
  const total = bytes.total + kept + written + threads + measured;
  return { ...bytes, kept, samples: written, threads, measured, total };
}

function kindOf({ precision, panel }: Engine) {
  return { precision, panel };
}

export interface MemoryBudgetOptions {
  readonly text: TokenSource;
  readonly vocabulary: number;
  readonly settings: CheckedSettings;
  readonly cell: Cell | undefined;
  readonly engine: Engine;
  readonly pool: PoolOptions;
  readonly room: MemoryBudget | undefined;
  /** The run goes on: its settings are settled. */
  readonly settled: boolean;
  /** As in `footprint`. */
  readonly twice?: boolean | undefined;
}

/** Throws a usage error with the sum, and with ways to make it fit, where there is no room. */
export function requireMemory(o: MemoryBudgetOptions): Footprint {
  const found = footprintOf(o, o.settings);
  const limit = limitPassed(o, found);
  if (limit !== undefined) throw tooLarge(o, found, limit);
  return found;
}

function footprintOf(o: MemoryBudgetOptions, settings: CheckedSettings): Footprint {
  return footprint(planMemory(o.text, o.vocabulary, settings, o.cell), o.engine, o.pool, o.twice);
}

/** The limit that is passed, in words. */
function limitPassed({ engine, room }: MemoryBudgetOptions, f: Footprint): string | undefined {
  if (room !== undefined && f.total > room.bytes) return `${room.whose} has ${binarySize(room.bytes)} left`;
  const arena = f.total - f.kept - f.samples - f.threads - f.measured;
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

/** "weights 1.0 MiB, gradients 1.0 MiB …": the parts that are not nothing. */
export function sizesOf(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts)
    .filter(([, bytes]) => bytes > 0)
    .map(([name, bytes]) => `${name} ${binarySize(bytes)}`)
    .join(", ");
}

type Lowered = "batch" | "bptt" | "layers" | "hidden" | "embedding";
/** Settings with their new values. */
type Way = readonly (readonly [name: Lowered, value: number])[];
interface Search {
  readonly from: number;
  readonly at: (n: number) => Way;
}

/** What fits: one setting lowered, the one that is lowered least first; where that gives no two, also two settings. */
function waysToFit(o: MemoryBudgetOptions): Way[] {
  const { settings } = o;
  // Tied, both are one.
  const wide = settings.tied ? (["hidden", "embedding"] as const) : (["hidden"] as const);
  const width = (n: number): Way => wide.map((name) => [name, n] as const);
  const one: Search[] = [
    ...(["batch", "bptt", "layers"] as const).map((name) => ({
      from: settings[name],
      at: (n: number): Way => [[name, n]],
    })),
    { from: settings.hidden, at: width },
  ];
  const two: Search[] = [
    { from: settings.hidden, at: (n) => [["layers", 1], ...width(n)] },
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

/** A number from 1 to `most` that is good, no less than 15/16 of the largest; 0 where there is none. What is below a good one is good. */
function largest(most: number, good: (n: number) => boolean): number {
  if (!good(1)) return 0;
  let [low, high] = [1, most];
  while (high - low > Math.floor(low / 16)) {
    const middle = Math.ceil((low + high) / 2);
    if (good(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
