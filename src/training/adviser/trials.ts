// The adviser's trials: short trainings that are thrown away. Each is a run as any other, through `prepare`, on the
// same threads.

import type { Corpus } from "../../text/encoding/corpus.js";
import { sliceOf } from "../../text/storage/tokens.js";
import { footprint, planMemory } from "../memory.js";
import { schedules } from "../settings/schedule.js";
import type { CheckedSettings, OpenSettings } from "../settings/settings.js";
import { countThreads } from "../step/threads.js";
import type { TrainingRunOptions } from "../training-run.js";
import { NEVER, runTrial, type Trial, type TrialOptions } from "../trial.js";
import type { Candidate } from "./rule.js";

/** Where trials take place. */
export interface Lab {
  /** Its training part is what trials train on. */
  readonly corpus: Corpus;
  /** A trial lays its own upon them. */
  readonly settings: CheckedSettings;
  readonly options: TrainingRunOptions;
  /** Bytes that the process holds in memory. */
  readonly resident?: (() => number) | undefined;
  /** Seconds of processor time of the process so far, of all threads together. */
  readonly processor?: (() => number) | undefined;
}

export interface LabTrialOptions extends TrialOptions {
  readonly settings: OpenSettings;
  /** Tokens that are left out at the beginning of the text. */
  readonly from?: number;
}

/** Settings of a run of one's own, without its length, its schedule and what it tells. */
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

/** Trains with some settings of the run replaced, until its steps are done or `goOn` ends it. */
export function runLabTrial(lab: Lab, { bptt, batch }: Candidate, o: LabTrialOptions): Promise<Trial> {
  const { corpus, options } = lab;
  const { train } = corpus;
  const part = { ...corpus, train: { ...train, ...sliceOf(train, o.from ?? 0, train.length) } };
  return runTrial(part, { ...trialSettings(lab.settings), bptt, batch, ...o.settings }, options, o);
}

/**
 * Bytes that a run with these settings would hold; `throwaway` as a trial, beside another that is not collected yet.
 */
export function bytesOf(lab: Lab, setting: Candidate, throwaway = false): number {
  return footprint(layoutOf(lab, setting), lab.options.engine, teamOf(lab), throwaway).total;
}

/** Threads that would compute it. */
export function threadsOf(lab: Lab, setting: Candidate): number {
  const { spec, options } = layoutOf(lab, setting);
  return countThreads(spec, options, teamOf(lab));
}

function layoutOf({ corpus: { train, vocab }, settings, options }: Lab, { bptt, batch }: Candidate) {
  return planMemory(train, vocab.size, { ...settings, bptt, batch }, options.cell);
}

function teamOf({ settings, options: { threads } }: Lab) {
  return { threads, asked: settings.threads };
}
