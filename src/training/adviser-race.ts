// The adviser's race: the rule's first choice and its rivals train from one start for equal seconds, the rate falling to nothing, and
// are scored on text that none of them saw. The first choice stands unless another is better beyond doubt.

import type { Reals } from "../compute/arena.js";
import { interval } from "../evaluation/bootstrap.js";
import { evaluate } from "../evaluation/evaluate.js";
import { LanguageModel } from "../model/language-model.js";
import { evaluationLanes } from "../text/lanes.js";
import { sliceOf, type TokenSource } from "../text/tokens.js";
import type { Setting, Timed } from "./adviser-rule.js";
import { type Lab, runTrial } from "./adviser-trials.js";

export interface RaceRow extends Setting {
  readonly windows: number;
  /** Mean loss in nats a token of the held-out text; null where numbers broke. */
  readonly nats: number | null;
  /** How much more than the one that led before this heat, with its 95% interval; absent of that one. */
  readonly above?: { readonly mean: number; readonly low: number; readonly high: number };
}

export interface Race {
  /** Seconds that each trained in each heat, by the windows that were timed before. */
  readonly heats: readonly { readonly seconds: number; readonly rows: readonly RaceRow[] }[];
  readonly winner: Setting;
}

export interface RaceOptions {
  readonly weights: Reals;
  /** Text that no trial trains on, and how much of it is scored. */
  readonly kept: TokenSource;
  readonly scored: number;
  /** For all heats together. */
  readonly seconds: number;
  readonly seed: number;
}

/** Fewer windows tell nothing. */
const FEWEST = 12;
const SCORING = { lanes: 16, steps: 64 };

/** Two heats, or as many as there is need for: after each the better half goes on. Undefined where there is too little time. */
export async function race(lab: Lab, runners: readonly Timed[], o: RaceOptions): Promise<Race | undefined> {
  let [leader] = runners;
  let field = runners;
  const heats: Race["heats"][number][] = [];
  while (leader !== undefined && field.length > 1) {
    const seconds = o.seconds / 2 / field.length;
    const windows = (each: Timed) => Math.floor(seconds / (each.seconds * each.bptt * each.batch));
    if (field.some((each) => windows(each) < FEWEST)) break;
    const ran: { each: Timed; losses: readonly number[] | undefined }[] = [];
    for (const each of field) ran.push({ each, losses: await runOne(lab, each, windows(each), o) });
    const led = ran.find(({ each }) => each === leader)!.losses;
    const rows = ran.map(({ each, losses }): RaceRow => {
      const { bptt, batch } = each;
      const nats = losses === undefined ? null : losses.reduce((sum, x) => sum + x, 0) / losses.length;
      const row = { bptt, batch, windows: windows(each), nats };
      if (each === leader || losses === undefined || led === undefined) return row;
      return { ...row, above: differenceOf(losses, led, o.seed) };
    });
    heats.push({ seconds, rows });
    const order = byLoss(rows);
    const better = order.find((i) => rows[i]!.nats !== null && (led === undefined || (rows[i]!.above?.high ?? 0) < 0));
    leader = better === undefined ? leader : field[better]!;
    const rest = order.map((i) => field[i]!).filter((each) => each !== leader);
    field = [leader, ...rest].slice(0, Math.ceil(field.length / 2));
  }
  if (heats.length === 0 || leader === undefined) return undefined;
  return { heats, winner: { bptt: leader.bptt, batch: leader.batch } };
}

/** Places of rows, the lowest loss first; what broke comes last. */
function byLoss(rows: readonly RaceRow[]): number[] {
  const loss = (i: number) => rows[i]!.nats ?? Number.POSITIVE_INFINITY;
  return rows.map((_, i) => i).sort((a, b) => loss(a) - loss(b));
}

/** Trains one for so many windows, then scores it: the loss of each target, in an order that is all runners'. */
async function runOne(lab: Lab, each: Timed, steps: number, o: RaceOptions): Promise<readonly number[] | undefined> {
  const knobs = { steps, schedule: "cosine", warmup: 0.05 };
  const { prepared, broken } = await runTrial(lab, each, { knobs, weights: o.weights });
  const weights = prepared.trainer.model.weightsInPlace();
  if (broken || !weights.every(Number.isFinite)) return undefined;
  const { engine, pause } = lab.options;
  const model = new LanguageModel(prepared.trainer.model.spec, engine, SCORING);
  model.setWeights(weights);
  const text = sliceOf(o.kept, 0, Math.min(o.kept.length, o.scored + 1));
  const losses: number[] = [];
  await evaluate(model, evaluationLanes(text, SCORING.lanes), {
    each: (window, found) => {
      for (const [i, loss] of found.entries()) if (window.targets[i]! >= 0) losses.push(loss);
    },
    between: async () => {
      await pause?.();
      return true;
    },
  });
  return losses.every(Number.isFinite) ? losses : undefined;
}

/** Of paired losses; neighbours of one window are a stretch. */
function differenceOf(losses: readonly number[], others: readonly number[], seed: number) {
  const stretch = SCORING.lanes * SCORING.steps;
  const blocks = Array.from({ length: Math.ceil(losses.length / stretch) }, (_, n) => {
    const [from, to] = [n * stretch, Math.min(losses.length, (n + 1) * stretch)];
    let sum = 0;
    for (let i = from; i < to; i++) sum += losses[i]! - others[i]!;
    return { sum, size: to - from };
  });
  const mean = blocks.reduce((sum, each) => sum + each.sum, 0) / losses.length;
  return { mean, ...interval(blocks, { seed }) };
}
