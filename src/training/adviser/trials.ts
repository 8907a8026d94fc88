// The adviser's trials: short trainings whose models are discarded. Each goes through `prepare` as any run does.

import type { Corpus } from "../../text/encoding/corpus.js";
import { sliceOf } from "../../text/storage/tokens.js";
import { footprint, planMemory } from "../memory.js";
import type { FittedSettings } from "../settings/fitted.js";
import { schedules } from "../settings/schedule.js";
import type { OpenSettings } from "../settings/settings.js";
import { countThreads } from "../step/threads.js";
import type { TrainingRunOptions } from "../training-run.js";
import { NEVER, runTrial, type Trial, type TrialOptions } from "../trial.js";
import type { Candidate } from "./rule.js";

/** Corpus, settings and environment of the trials. */
export interface Lab {
  /** Trials train on its training part. */
  readonly corpus: Corpus;
  /** Settings of the run; a trial overrides some. */
  readonly settings: FittedSettings;
  readonly options: TrainingRunOptions;
  /** Resident memory of the process, in bytes. */
  readonly resident?: (() => number) | undefined;
  /** Processor seconds of the process so far, over all threads. */
  readonly processor?: (() => number) | undefined;
}

export interface LabTrialOptions extends TrialOptions {
  readonly settings: OpenSettings;
  /** Tokens that are skipped at the beginning of the text. */
  readonly from?: number;
}

/** The run's settings without its length, its schedule, its samples and its validations. */
function trialSettings(settings: OpenSettings): OpenSettings {
  const scheduled = schedules.flatMap((each) => each.settings.map(({ name }) => [name, undefined]));
  return {
    ...settings,
    ...Object.fromEntries(scheduled),
    epochs: undefined,
    minutes: undefined,
    warmup: 0,
    schedule: "constant",
    steps: NEVER,
    windowRule: "fixed",
    tries: 0,
    sampleLength: 0,
    sampleEvery: NEVER,
    validateEvery: NEVER,
    lessonValidation: false,
  };
}

/** Trains with some settings of the run replaced, until its updates are done or `goOn` returns false. */
export function runLabTrial(lab: Lab, { bptt, batch }: Candidate, o: LabTrialOptions): Promise<Trial> {
  const { corpus, options } = lab;
  const { train } = corpus;
  const part = { ...corpus, train: { ...train, ...sliceOf(train, o.from ?? 0, train.length) } };
  return runTrial(part, { ...trialSettings(lab.settings), bptt, batch, ...o.settings }, options, o);
}

/** Bytes of a run with these settings; `throwaway`: of a trial, plus those of an earlier one not yet collected. */
export function bytesOf(lab: Lab, setting: Candidate, throwaway = false): number {
  return footprint(layoutOf(lab, setting), lab.options.engine, poolOf(lab), throwaway).total;
}

/** Number of threads that would compute it. */
export function threadsOf(lab: Lab, setting: Candidate): number {
  const { spec, options } = layoutOf(lab, setting);
  return countThreads(spec, options, poolOf(lab));
}

function layoutOf({ corpus: { train, vocab }, settings, options }: Lab, { bptt, batch }: Candidate) {
  return planMemory(train, vocab.size, { ...settings, bptt, batch }, options.cell);
}

function poolOf({ settings, options: { threads } }: Lab) {
  return { threads, asked: settings.threads };
}
