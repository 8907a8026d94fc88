// The adviser's trials: short trainings that are thrown away. Each is a run as any other, through `prepare`, on the same threads.

import type { Reals } from "../../compute/arena.js";
import type { Corpus } from "../../text/encoding/corpus.js";
import { sliceOf } from "../../text/storage/tokens.js";
import { footprint, planMemory } from "../memory.js";
import { prepare, type TrainingRun, type TrainingRunOptions } from "../prepare.js";
import { schedules } from "../settings/schedule.js";
import type { CheckedSettings, OpenSettings } from "../settings/settings.js";
import { countThreads } from "../step/threads.js";
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

export interface TrialOptions {
  readonly settings: OpenSettings;
  /** What it starts from; the seed's where absent. */
  readonly weights?: Reals | undefined;
  /** Tokens of the text that are left out at its beginning. */
  readonly from?: number;
  /** Asked after each window, with the windows done so far. */
  readonly goOn?: (windows: number) => boolean;
}

export interface Trial {
  readonly prepared: TrainingRun;
  /** Seconds, norm of the mean gradient and loss of each window. */
  readonly windows: readonly { readonly seconds: number; readonly norm: number; readonly nats: number }[];
  /** Numbers stopped being finite. */
  readonly broken: boolean;
}

/** Never within a trial. */
const NEVER = 2 ** 40;

/** Settings of a run of one's own, without its length, its schedule and what it tells. */
export function trialSettings(settings: OpenSettings): OpenSettings {
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

/** Trains until its steps are done or `goOn` ends it. */
export async function runTrial(lab: Lab, { bptt, batch }: Candidate, o: TrialOptions): Promise<Trial> {
  const { corpus, options } = lab;
  const { train } = corpus;
  const part = { ...corpus, train: { ...train, ...sliceOf(train, o.from ?? 0, train.length) }, valid: undefined };
  const prepared = prepare(
    part,
    { ...trialSettings(lab.settings), bptt, batch, ...o.settings },
    { ...options, cell: options.cell, twice: true },
  );
  const { trainer } = prepared;
  if (o.weights) trainer.model.setWeights(o.weights);
  const windows: Trial["windows"][number][] = [];
  let broken = false;
  let last = performance.now();
  for await (const event of trainer.events()) {
    const now = performance.now();
    if (event.kind === "window") {
      windows.push({ seconds: (now - last) / 1000, norm: event.norm, nats: event.nats });
      if (o.goOn && !o.goOn(windows.length)) break;
    }
    if (event.kind === "diverged") broken = true;
    last = now;
  }
  return { prepared, windows, broken };
}

/** Bytes that a run with these settings would hold; `twice` as a trial beside another that has not gone yet. */
export function bytesOf(lab: Lab, setting: Candidate, twice = false): number {
  return footprint(layoutOf(lab, setting), lab.options.engine, teamOf(lab), twice).total;
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
