// The adviser: which bptt, how many lanes and which clip for this text, this machine and this budget. It trains a model
// briefly on the text itself, measures it (measures.ts), trains a few candidates (halving.ts), and lets the rule choose
// (rule.ts). It reads no validation text and writes no files.

import { usageError } from "../../base/errors.js";
import { quantile } from "../../base/statistics.js";
import type { Context } from "../../evaluation/inside/context.js";
import type { GradientDecay } from "../../evaluation/inside/gradient-decay.js";
import type { Corpus } from "../../text/encoding/corpus.js";
import { sliceOf } from "../../text/storage/tokens.js";
import { policyOf } from "../settings/reading.js";
import type { CheckedSettings, OpenSettings } from "../settings/settings.js";
import { checkSettings } from "../settings/values.js";
import type { TrainingRunOptions } from "../training-run.js";
import { candidatesOf } from "./candidates.js";
import type { Speed } from "./costs.js";
import type { Round } from "./halving.js";
import { measure } from "./measures.js";
import { fitNoise, type Noise } from "./noise.js";
import { type Candidate, choose, clipFor, type Evidence, type Ranked, rank } from "./rule.js";
import type { Lab } from "./trials.js";
import { reasonsOf } from "./words.js";

export interface AdviseOptions extends Pick<TrainingRunOptions, "engine" | "cell" | "threads" | "pause" | "room"> {
  /** Memory limit of the run in bytes; by default the memory budget. */
  readonly memory?: number | undefined;
  /** Resident memory of this process in bytes, where the system tells it. */
  readonly resident?: () => number;
  /** Processor seconds of this process so far, over all threads, where the system tells them. */
  readonly processor?: () => number;
  /** Receives the name of each stage. */
  readonly stage?: (text: string) => void;
}

/** The advised bptt, batch and clip, with the measurements that led to them. */
export interface Advice {
  /** Version of this record. */
  readonly format: 1;
  /** What a token is: "characters", "bytes" or "words". */
  readonly unit: string;
  /** Engine and level that measured. */
  readonly engine: string;
  /** Seconds of training and bytes of memory that the advice is for; null: no memory limit. */
  readonly budget: { readonly seconds: number; readonly bytes: number | null };
  /** Seconds that the advice took. */
  readonly spent: number;
  /** The brief training: its windows, and the mean loss of the last tenth of them. */
  readonly trained: Candidate & { readonly windows: number; readonly tokens: number; readonly nats: number };
  /** Norm of the gradient against the number of steps back. */
  readonly gradientDecay: GradientDecay;
  /** Loss against the amount of context before a token. */
  readonly context: Context;
  /** Measured time of windows. */
  readonly speeds: readonly Speed[];
  /** Gradient noise scale. */
  readonly noise: Noise;
  /**
   * `noise`: critical batch of a run of this length, in tokens. `residual`: root mean square distance of the short
   * trainings from one learning curve, in nats; null if there are too few.
   */
  readonly learning: { readonly noise: number; readonly residual: number | null };
  /** Norms of the mean gradients of the second half of the brief training, before clipping. */
  readonly norms: { readonly tokens: number; readonly median: number; readonly most: number };
  /** Rounds of short trainings; empty if the time was too short or there was only one candidate. */
  readonly rounds: readonly Round[];
  /** Candidates that the rule accepts, least effort first. */
  readonly ranked: readonly Ranked[];
  /** The advice: bptt, batch and clip. */
  readonly advised: Candidate & { readonly clip: number };
  /** Settings that the adviser did not choose: given by the caller, or `clip` if it clips by value. */
  readonly given: readonly string[];
  /** The reason for each, in a sentence. */
  readonly reasons: Readonly<Record<"bptt" | "batch" | "clip", string>>;
}

const SHORTEST = 2000; // tokens
/** The batch of a run whose batch is to be chosen, where a number is wanted before. */
const MIDDLE_BATCH = 32;

/**
 * Advises for a run with these settings; given values of bptt, batch and clip stay. The run's length is its minutes, or
 * follows from steps or epochs. Throws a usage error if the text is too short or the run carries no state.
 */
export async function advise(corpus: Corpus, values: OpenSettings, o: AdviseOptions): Promise<Advice> {
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const checked = checkSettings(values, o.cell);
  const settings = { ...checked, batch: checked.batch ?? MIDDLE_BATCH };
  checkAdvisable(corpus, settings);
  const given = (["bptt", "batch", "clip"] as const).filter((name) => values[name] !== undefined);
  const { heldOut, train } = holdOut(corpus);
  const { memory, resident, processor, stage = () => {}, ...options } = o;
  const lab: Lab = { corpus: { ...corpus, train, valid: undefined }, settings, options, resident, processor };
  const bytes = Math.min(memory ?? Number.POSITIVE_INFINITY, o.room?.bytes ?? Number.POSITIVE_INFINITY);
  const candidates = candidatesOf(lab, given, bytes);
  const { trained, seconds, timings, noise, gradientDecay, context, norms, rounds } = await measure(lab, candidates, {
    ...{ heldOut, stage, elapsed, length: corpus.train.length },
  });

  const tried = rounds.flatMap(({ rows }) =>
    rows.flatMap((row) => (row.nats === null ? [] : [{ ...row, nats: row.nats }])),
  );
  const evidence: Evidence = {
    ...{ gradientDecay, context, timed: timings.speeds, noise, tried, norms },
    budget: { seconds, bytes },
  };
  const ranked = rank(evidence);
  const chosen = choose(ranked);
  const setting = { bptt: chosen.bptt, batch: chosen.batch };
  const chooseClip = !given.includes("clip") && settings.clipBy === "norm";
  const advised = { ...setting, clip: chooseClip ? clipFor(norms, setting, noise) : settings.clip };
  const set = chooseClip || given.includes("clip") ? given : [...given, "clip"];
  const unit = { char: "characters", byte: "bytes", word: "words", space: "tokens" }[corpus.field.unit];
  const learning = fitNoise(tried, noise);
  return {
    format: 1,
    unit,
    engine: `${o.engine.name} ${o.engine.level}`,
    budget: { seconds, bytes: Number.isFinite(bytes) ? bytes : null },
    spent: elapsed(),
    ...{ trained, gradientDecay, context, speeds: timings.speeds, noise },
    learning: {
      noise: learning.noise(seconds / chosen.seconds),
      residual: Number.isNaN(learning.residual) ? null : learning.residual,
    },
    norms: { tokens: norms.tokens, median: quantile(norms.norms, 0.5), most: quantile(norms.norms, 1) },
    ...{ rounds, ranked, advised, given: set },
    reasons: reasonsOf(evidence, { ranked, advised, given: set, unit }),
  };
}

/** Splits off the end of the training text; no trial trains on it. */
function holdOut({ train }: Corpus) {
  const { length } = train;
  const held = Math.min(65536, Math.max(Math.floor(length / 10), Math.min(8192, Math.floor(length / 4))));
  return {
    heldOut: sliceOf(train, length - held, length),
    train: { ...train, ...sliceOf(train, 0, length - held) },
  };
}

function checkAdvisable({ train }: Corpus, settings: CheckedSettings): void {
  const { sections, predict, resetState } = settings;
  const stateless = policyOf(settings).lasts === "window" ? `resetState: "${resetState}"` : undefined;
  const idle = sections ? "sections: true" : predict === "all" ? stateless : `predict: "${predict}"`;
  if (idle !== undefined) {
    throw usageError(
      `The adviser needs a run that carries its state and predicts every token; got \`${idle}\`.`,
      "Leave it out.",
      idle.split(":", 1)[0],
    );
  }
  if (train.length >= SHORTEST) return;
  throw usageError(
    `The training part of the text has ${train.length} tokens; the adviser needs at least ${SHORTEST}.`,
    "Give a longer text, or train with the defaults.",
  );
}
