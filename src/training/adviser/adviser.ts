// The adviser: which bptt, how many lanes and which clip for this text, this machine and this budget. It trains a model
// briefly on the text itself, measures it (measures.ts), tries a few settings (race.ts), and lets the
// rule choose (rule.ts). Validation text is never looked at. It writes no files.

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
import { measure } from "./measures.js";
import { fitNoise, type Noise } from "./noise.js";
import type { Round } from "./race.js";
import { type Candidate, choose, clipFor, type Evidence, rank } from "./rule.js";
import type { Lab } from "./trials.js";
import { reasonsOf } from "./words.js";

export interface AdviseOptions extends Pick<TrainingRunOptions, "engine" | "cell" | "threads" | "pause" | "room"> {
  /** What the run may hold, in bytes; what there is room for where absent. */
  readonly memory?: number | undefined;
  /** Bytes that this process holds, where that can be asked. */
  readonly resident?: () => number;
  /** Seconds of processor time of this process so far, of all threads together, where that can be asked. */
  readonly processor?: () => number;
  /** Called with what the adviser does now. */
  readonly stage?: (text: string) => void;
}

export interface Advice {
  readonly format: 1;
  /** What a token is: "characters", "bytes" or "words". */
  readonly unit: string;
  readonly engine: string;
  /** What the advice is for: seconds of training, and bytes; infinity is null. */
  readonly budget: { readonly seconds: number; readonly bytes: number | null };
  /** Seconds that the advice took. */
  readonly spent: number;
  /** The brief training: its windows, and the mean loss of the last tenth of them. */
  readonly trained: Candidate & { readonly windows: number; readonly tokens: number; readonly nats: number };
  readonly fading: GradientDecay;
  readonly context: Context;
  readonly speeds: readonly Speed[];
  readonly noise: Noise;
  /**
   * Noise of a run as long as this one, in tokens, and by how many nats the short trainings lie beside one curve; null
   * of too few.
   */
  readonly learning: { readonly noise: number; readonly beside: number | null };
  /** Norms of the mean gradients of the second half of the brief training, before clipping. */
  readonly norms: { readonly tokens: number; readonly median: number; readonly most: number };
  /** Short trainings of settings wide apart; none where there was too little time or one setting alone. */
  readonly race: readonly Round[];
  /** The settings that fit by the rule, the least effort first. */
  readonly ranked: ReturnType<typeof rank>;
  readonly advised: Candidate & { readonly clip: number };
  /** Names that were not chosen but set: by the caller, or clip where it is by value. */
  readonly given: readonly string[];
  readonly reasons: Readonly<Record<"bptt" | "batch" | "clip", string>>;
}

const SHORTEST = 2000; // tokens

/**
 * `values` as for a run: what stands there of bptt, batch and clip is taken as it is. The run's length is its minutes,
 * or follows from steps or epochs. Throws a usage error for a text that is too short or a run that carries no state.
 */
export async function advise(corpus: Corpus, values: OpenSettings, o: AdviseOptions): Promise<Advice> {
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const settings = checkSettings(values, o.cell);
  checkAdvisable(corpus, settings);
  const given = (["bptt", "batch", "clip"] as const).filter((name) => values[name] !== undefined);
  const { heldOut, train } = holdOut(corpus);
  const { memory, resident, processor, stage = () => {}, ...options } = o;
  const lab: Lab = { corpus: { ...corpus, train, valid: undefined }, settings, options, resident, processor };
  const bytes = Math.min(memory ?? Number.POSITIVE_INFINITY, o.room?.bytes ?? Number.POSITIVE_INFINITY);
  const candidates = candidatesOf(lab, given, bytes);
  const { trained, seconds, timings, noise, fading, context, norms, race } = await measure(lab, candidates, {
    ...{ heldOut, stage, elapsed, length: corpus.train.length },
  });

  const tried = race.flatMap(({ rows }) =>
    rows.flatMap((row) => (row.nats === null ? [] : [{ ...row, nats: row.nats }])),
  );
  const evidence: Evidence = {
    ...{ fading, context, timed: timings.speeds, noise, tried, norms },
    budget: { seconds, bytes },
  };
  const ranked = rank(evidence);
  const chosen = choose(ranked);
  const setting = { bptt: chosen.bptt, batch: chosen.batch };
  const chooseClip = !given.includes("clip") && settings.clipBy === "norm";
  const advised = { ...setting, clip: chooseClip ? clipFor(norms, setting, noise) : settings.clip };
  const set = chooseClip || given.includes("clip") ? given : [...given, "clip"];
  const unit = { char: "characters", byte: "bytes", word: "words" }[corpus.field.unit];
  const learning = fitNoise(tried, noise);
  return {
    format: 1,
    unit,
    engine: `${o.engine.name} ${o.engine.level}`,
    budget: { seconds, bytes: Number.isFinite(bytes) ? bytes : null },
    spent: elapsed(),
    ...{ trained, fading, context, speeds: timings.speeds, noise },
    learning: {
      noise: learning.noise(seconds / chosen.seconds),
      beside: Number.isNaN(learning.beside) ? null : learning.beside,
    },
    norms: { tokens: norms.tokens, median: quantile(norms.norms, 0.5), most: quantile(norms.norms, 1) },
    ...{ race, ranked, advised, given: set },
    reasons: reasonsOf(evidence, { ranked, advised, given: set, unit }),
  };
}

/** A last part of the training text, on which no trial trains. */
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
      `Advice is for runs that carry their state and predict every token; got \`${idle}\`.`,
      "Leave it out.",
      idle.split(":", 1)[0],
    );
  }
  if (train.length >= SHORTEST) return;
  throw usageError(
    `The training part of the text has ${train.length} tokens; advice wants ${SHORTEST} at least.`,
    "Give a longer text, or train with the defaults.",
  );
}
