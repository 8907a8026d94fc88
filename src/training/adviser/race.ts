// The adviser's race: a few settings, short and wide apart, are trained from the run's own start by the run's own
// schedule, and scored on text that none of them saw. Then the better half is trained again, four times as long. Nobody
// wins: what they lost is evidence, and adviser-noise.ts reads it.

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
  /** Seconds that each was to train, by the windows that were timed before. */
  readonly seconds: number;
  readonly rows: readonly HalvingRow[];
}

export interface HalvingOptions {
  /** Text that no trial trains on, and how much of it is scored. */
  readonly kept: TokenSource;
  readonly scored: number;
  /** For all heats together. */
  readonly seconds: number;
  /** Asked between trainings: true ends the race with the heats that are whole. */
  readonly late: () => boolean;
}

/** Fewer windows tell nothing. */
const FEWEST = 12;
const SCORING = { lanes: 16, steps: 64 };
const LONGER = 4;
/**
 * Who starts: tokens of an update, a doubling apart; windows half as long as there are lanes, for so short they tell no
 * edges apart.
 */
const SIZES = [128, 256, 512, 1024, 2048];
const SHAPE = 1 / 2;

/** Of those that were timed, the ones near the sizes and the shape that are wanted, each once. */
export function starters(timed: readonly Timed[]): readonly Timed[] {
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

/** Two heats; fewer where there is too little time. */
export async function successiveHalving(
  lab: Lab,
  timed: readonly Timed[],
  o: HalvingOptions,
): Promise<readonly Round[]> {
  const heats: Round[] = [];
  let field = starters(timed);
  let seconds = o.seconds / (field.length + LONGER * Math.ceil(field.length / 2)); // of both heats together
  while (heats.length < 2) {
    const windows = ({ bptt, batch, seconds: token }: Timed) => Math.floor(seconds / (token * bptt * batch));
    field = field.filter((each) => windows(each) >= FEWEST);
    if (field.length < 2) break;
    const rows: HalvingRow[] = [];
    for (const each of field) {
      if (heats.length > 0 && o.late()) return heats;
      const { bptt, batch } = each;
      rows.push({ bptt, batch, windows: windows(each), nats: await runOne(lab, each, windows(each), o) });
    }
    heats.push({ seconds, rows });
    const loss = (each: Timed) => rows[field.indexOf(each)]!.nats ?? Number.POSITIVE_INFINITY;
    field = field.toSorted((a, b) => loss(a) - loss(b)).slice(0, Math.ceil(field.length / 2));
    seconds *= LONGER;
  }
  return heats;
}

/** Trains one for so many windows, then scores it. */
async function runOne(lab: Lab, each: Timed, steps: number, o: HalvingOptions): Promise<number | null> {
  const { trainingRun, broken } = await runLabTrial(lab, each, { settings: { steps, ...scaled(lab.settings) } });
  const weights = trainingRun.trainer.model.weightsInPlace();
  if (broken || !weights.every(Number.isFinite)) return null;
  const { engine, pause } = lab.options;
  const model = new LanguageModel(trainingRun.trainer.model.spec, engine, SCORING);
  model.setWeights(weights);
  const text = sliceOf(o.kept, 0, Math.min(o.kept.length, o.scored + 1));
  const { nats, tokens } = await evaluate(model, evaluationLanes(text, SCORING.lanes), {
    between: async () => {
      await pause?.();
      return true;
    },
  });
  return Number.isFinite(nats) ? nats / tokens : null;
}

/** The run's schedule where it can be as short as a trial; where it counts epochs or cycles, a cosine. */
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
