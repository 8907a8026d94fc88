// Successive halving: a few candidates far apart are trained for a short time, from the run's own initial weights and
// by its own schedule, and scored on held-out text. Then the better half is trained again, four times as long. No
// candidate is chosen here: the losses are evidence for the noise model (noise.ts).

import { evaluate } from "../../evaluation/scoring/evaluate.js";
import { LanguageModel } from "../../model/language-model.js";
import { sliceOf, type TokenSource } from "../../text/storage/tokens.js";
import { evaluationLanes } from "../../text/windows/lanes.js";
import { findSchedule } from "../settings/schedule.js";
import type { CheckedSettings, OpenSettings } from "../settings/settings.js";
import { settingNamed } from "../settings/values.js";
import type { Candidate, Timed } from "./rule.js";
import { type Lab, runLabTrial } from "./trials.js";

export interface HalvingRow extends Candidate {
  readonly windows: number;
  /** Mean loss in nats a token of the held-out text; null where numbers broke. */
  readonly nats: number | null;
}

export interface Round {
  /** Planned training seconds of each candidate, from the timings of windows. */
  readonly seconds: number;
  readonly rows: readonly HalvingRow[];
}

export interface HalvingOptions {
  /** Text that no trial trains on, and how many tokens of it are scored. */
  readonly heldOut: TokenSource;
  readonly scored: number;
  /** For all rounds together. */
  readonly seconds: number;
  /** Asked between trainings: true ends it with the rounds that are complete. */
  readonly late: () => boolean;
}

/** Fewest windows of a training that are evidence. */
const FEWEST = 12;
const SCORING = { lanes: 16, steps: 64 };
const LONGER = 4;
/**
 * The candidates of the first round: tokens of an update, a doubling apart; bptt is half the lane count, since runs
 * this short cannot measure edge effects.
 */
const SIZES = [128, 256, 512, 1024, 2048];
const SHAPE = 1 / 2;

/** The timed settings nearest to those sizes and that shape, each once. */
export function firstCandidates(timed: readonly Timed[]): readonly Timed[] {
  const off = (ratio: number) => Math.max(ratio, 1 / ratio);
  const found = SIZES.map((size) => {
    const far = ({ bptt, batch }: Timed) => {
      const large = off((bptt * batch) / size);
      return large * large * off(bptt / batch / SHAPE);
    };
    return timed.toSorted((a, b) => far(a) - far(b))[0]!;
  });
  return [...new Set(found)];
}

/** Two rounds; fewer where there is too little time. */
export async function successiveHalving(
  lab: Lab,
  timed: readonly Timed[],
  o: HalvingOptions,
): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  let candidates = firstCandidates(timed);
  let seconds = o.seconds / (candidates.length + LONGER * Math.ceil(candidates.length / 2)); // of both rounds together
  while (rounds.length < 2) {
    const windows = ({ bptt, batch, seconds: token }: Timed) => Math.floor(seconds / (token * bptt * batch));
    candidates = candidates.filter((each) => windows(each) >= FEWEST);
    if (candidates.length < 2) break;
    const rows: HalvingRow[] = [];
    for (const each of candidates) {
      if (rounds.length > 0 && o.late()) return rounds;
      const { bptt, batch } = each;
      rows.push({ bptt, batch, windows: windows(each), nats: await runOne(lab, each, windows(each), o) });
    }
    rounds.push({ seconds, rows });
    const loss = (each: Timed) => rows[candidates.indexOf(each)]!.nats ?? Number.POSITIVE_INFINITY;
    candidates = candidates.toSorted((a, b) => loss(a) - loss(b)).slice(0, Math.ceil(candidates.length / 2));
    seconds *= LONGER;
  }
  return rounds;
}

/** Trains a candidate for so many windows, then scores it. */
async function runOne(lab: Lab, each: Timed, steps: number, o: HalvingOptions): Promise<number | null> {
  const { trainingRun, broken } = await runLabTrial(lab, each, { settings: { steps, ...scaled(lab.settings) } });
  const weights = trainingRun.trainer.model.weightsInPlace();
  if (broken || !weights.every(Number.isFinite)) return null;
  const { engine, pause } = lab.options;
  const model = new LanguageModel(trainingRun.trainer.model.spec, engine, SCORING);
  model.setWeights(weights);
  const text = sliceOf(o.heldOut, 0, Math.min(o.heldOut.length, o.scored + 1));
  const { nats, tokens } = await evaluate(model, evaluationLanes(text, SCORING.lanes), {
    between: async () => {
      await pause?.();
      return true;
    },
  });
  return Number.isFinite(nats) ? nats / tokens : null;
}

/** The run's schedule if it can be as short as a trial; a cosine if it counts epochs or cycles. */
function scaled(settings: CheckedSettings): OpenSettings {
  const { settings: own, ...schedule } = findSchedule(settings.schedule);
  const counts = schedule.epochs !== undefined || schedule.cycle !== undefined;
  if (counts) return { schedule: "cosine", warmup: settings.warmup };
  return {
    schedule: settings.schedule,
    warmup: settings.warmup,
    ...Object.fromEntries(own.map(({ name }) => [name, settingNamed(settings, name)])),
  };
}
