// The adviser: which bptt, how many lanes and which clip for this text, this machine and this budget. It trains a model briefly on the
// text itself, measures (fading.ts, context.ts, adviser-trials.ts), and lets the rule choose (adviser-rule.ts). Validation text is never
// looked at. It writes no files.

import { LonghandError, usageError } from "../base/errors.js";
import type { KnobValues } from "../base/knob.js";
import { binarySize } from "../base/size.js";
import type { Reals } from "../compute/arena.js";
import { AGES, type Context, measureContext } from "../evaluation/context.js";
import { type Fading, LAGS, measureFading } from "../evaluation/fading.js";
import { LanguageModel } from "../model/language-model.js";
import { type ModelOptions, plan } from "../model/plan.js";
import type { ModelSpec } from "../model/spec.js";
import type { Corpus } from "../text/corpus.js";
import { sliceOf } from "../text/tokens.js";
import { type Race, race } from "./adviser-race.js";
import {
  clipFor,
  type Evidence,
  type Noise,
  noiseScale,
  quantile,
  rank,
  runners,
  type Setting,
} from "./adviser-rule.js";
import { bytesOf, type Lab, runTrial, type Speed, timeSettings } from "./adviser-trials.js";
import { reasonsOf } from "./adviser-words.js";
import { checkKnobs } from "./knob-values.js";
import type { PrepareOptions } from "./prepare.js";
import { policyOf } from "./reading.js";
import { epochsOf } from "./settings.js";

export interface AdviseOptions extends Pick<PrepareOptions, "engine" | "cell" | "threads" | "pause" | "room"> {
  /** What the run may hold, in bytes; what there is room for where absent. */
  readonly memory?: number | undefined;
  /** Bytes that this process holds, where that can be asked. */
  readonly resident?: () => number;
  /** Told what is being done. */
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
  readonly trained: Setting & { readonly windows: number; readonly tokens: number; readonly nats: number };
  readonly fading: Fading;
  readonly context: Context;
  readonly speeds: readonly Speed[];
  readonly noise: Noise;
  /** Norms of the mean gradients of the second half of the brief training, before clipping. */
  readonly norms: { readonly tokens: number; readonly median: number; readonly most: number };
  readonly race?: Race;
  /** The settings that fit by the rule, the least effort first. */
  readonly ranked: ReturnType<typeof rank>;
  readonly advised: Setting & { readonly clip: number };
  /** Names that were not chosen but set: by the caller, or clip where it is by value. */
  readonly given: readonly string[];
  readonly reasons: Readonly<Record<"bptt" | "batch" | "clip", string>>;
}

/** Among these it is chosen, as far as text and memory go. */
const BPTTS = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const BATCHES = [8, 16, 32, 64, 128];
/** Shares of the advice's own time, one after another. */
const SHARES = { train: 0.25, time: 0.2, fading: 0.1, context: 0.15, race: 0.3 };
/** The advice takes a fifth of the run's time, and never longer than this. */
const [PART, MOST] = [0.2, 180];
const SHORTEST = 2000; // tokens
const LARGE = 2 ** 30;

/**
 * `values` as for a run: what stands there of bptt, batch and clip is taken as it is. The run's length is its minutes, or follows from
 * steps or epochs. Throws a usage error for a text that is too short or a run that carries no state.
 */
export async function advise(corpus: Corpus, values: KnobValues, o: AdviseOptions): Promise<Advice> {
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const knobs = checkKnobs(values, o.cell);
  checkAdvisable(corpus, knobs);
  const given = ["bptt", "batch", "clip"].filter((name) => values[name] !== undefined);
  const seed = Number(knobs.seed);
  const stage = o.stage ?? (() => {});

  const length = corpus.train.length;
  const held = Math.min(65536, Math.max(Math.floor(length / 10), Math.min(8192, Math.floor(length / 4))));
  const kept = sliceOf(corpus.train, length - held, length);
  const train = { ...corpus.train, ...sliceOf(corpus.train, 0, length - held) };
  const { memory: _, resident, stage: __, ...options } = o;
  const lab: Lab = { corpus: { ...corpus, train, valid: undefined }, knobs, options, resident };
  const bytes = Math.min(o.memory ?? Number.POSITIVE_INFINITY, o.room?.bytes ?? Number.POSITIVE_INFINITY);
  const candidates = candidatesOf(lab, given, bytes);

  stage("training a model briefly");
  const first = candidates.toSorted((a, b) => distance(a) - distance(b))[0]!;
  const time = clockOf(knobs, length, first);
  const base = await runTrial(lab, first, {
    knobs: {},
    goOn: (windows) => windows < 20 || elapsed() < SHARES.train * time(elapsed() / windows).advice,
  });
  const { model } = base.prepared.trainer;
  const weights: Reals = model.weights();
  if (base.broken || !weights.every(Number.isFinite)) throw broken(knobs);
  const each = quantile(
    base.windows.map(({ seconds }) => seconds),
    0.5,
  );
  const token = each / (first.bptt * first.batch);
  const budget = time(each);
  const until = (share: number) => {
    const end = elapsed() + share * budget.advice;
    return () => elapsed() >= end;
  };

  stage("timing bptt and lanes");
  const timed = timedOf(candidates);
  const visit = Math.min(80, Math.max(5, (1000 * SHARES.time * budget.advice) / 2 / timed.length));
  const timings = await timeSettings(lab, timed, candidates, { weights, visit, until: until(SHARES.time) });
  const seen = base.windows.length * first.bptt * first.batch;
  const widest = Math.max(...timed.map((s) => s.bptt * s.batch));
  const noise: Noise = { tokens: noiseScale(timings.norms, 64 * widest), seen };

  const between = (done: () => boolean) => async () => {
    await o.pause?.();
    return !done();
  };
  const openFor = (options: ModelOptions) => {
    const reader = new LanguageModel(model.spec, o.engine, fitted(model.spec, lab, options));
    reader.setWeights(weights);
    return reader;
  };
  /** As many lanes as there is time for. */
  const lanesFor = (share: number, tokens: number, most: number) =>
    Math.max(4, Math.min(most, Math.floor((share * budget.advice) / (tokens * token))));

  stage("measuring how gradients fade");
  const back = openFor({ lanes: lanesFor(SHARES.fading, 2300, 16), steps: 512, training: { moments: 0 } });
  const fading = await measureFading(back, kept, {
    ...{ lags: LAGS, rounds: 4, lead: 512, seed },
    between: between(until(SHARES.fading)),
  });
  stage("measuring how context helps");
  const cold = openFor({ lanes: lanesFor(SHARES.context, 1500, 32), steps: 128 });
  const context = await measureContext(cold, kept, { ages: AGES, seed, between: between(until(SHARES.context)) });

  const half = base.windows.slice(base.windows.length >> 1).map(({ norm }) => norm);
  const norms = { norms: half, tokens: first.bptt * first.batch };
  const evidence: Evidence = {
    ...{ fading, context, timed: timings.speeds, noise, norms },
    budget: { seconds: budget.seconds, bytes },
  };
  const ranked = rank(evidence);
  const rivals = runners(ranked);
  if (rivals.length > 1) stage(`racing ${rivals.length} settings`);
  const scored = Math.max(2048, Math.min(32768, Math.floor((0.05 * budget.advice) / (token / 3))));
  const raced = await race(lab, rivals, { weights, kept, scored, seconds: SHARES.race * budget.advice, seed });
  const chosen: Setting = raced?.winner ?? ranked[0]!;
  const setting = { bptt: chosen.bptt, batch: chosen.batch };
  const chooseClip = !given.includes("clip") && knobs.clipBy === "norm";
  const advised = { ...setting, clip: chooseClip ? clipFor(norms, setting, noise) : Number(knobs.clip) };
  const set = chooseClip || given.includes("clip") ? given : [...given, "clip"];
  const last = base.windows.slice(-Math.ceil(base.windows.length / 10));
  const unit = { char: "characters", byte: "bytes", word: "words" }[corpus.field.unit];
  const said = { median: quantile(half, 0.5), most: quantile(half, 1) };
  return {
    format: 1,
    unit,
    engine: `${o.engine.name} ${o.engine.level}`,
    budget: { seconds: budget.seconds, bytes: Number.isFinite(bytes) ? bytes : null },
    spent: elapsed(),
    trained: {
      ...first,
      windows: base.windows.length,
      tokens: seen,
      nats: last.reduce((sum, { nats }) => sum + nats, 0) / last.length,
    },
    ...{ fading, context, speeds: timings.speeds, noise },
    norms: { tokens: norms.tokens, ...said },
    ...(raced && { race: raced }),
    ...{ ranked, advised, given: set },
    reasons: reasonsOf(evidence, { ranked, advised, given: set, unit }),
  };
}

function checkAdvisable({ train }: Corpus, knobs: KnobValues): void {
  const idle = ["sections", "predict", "state"].find((name) =>
    name === "state" ? policyOf(knobs).lasts === "window" : !["all", false].includes(knobs[name] as never),
  );
  if (idle !== undefined) {
    throw usageError(
      `Advice is for runs that carry their state and predict every token; got --${idle} ${knobs[idle] === true ? "on" : knobs[idle]}.`,
      `Leave --${idle} out.`,
    );
  }
  if (train.length >= SHORTEST) return;
  throw usageError(
    `The training part of the text has ${train.length} tokens; advice wants ${SHORTEST} at least.`,
    "Give a longer text, or train with the defaults.",
  );
}

function broken({ lr, clip }: KnobValues): LonghandError {
  const clipping = Number(clip) > 0 ? "" : ", or --clip 1";
  return new LonghandError(
    "diverged",
    `Numbers stopped being finite while a model was trained for the advice, at the rate ${lr}.`,
    `Try --lr ${Number((Number(lr) / 4).toPrecision(3))}${clipping}.`,
  );
}

/** What fits text and memory; what the caller gave stands as it is. Throws a usage error where nothing fits the memory. */
function candidatesOf(lab: Lab, given: readonly string[], bytes: number): Setting[] {
  const { knobs, corpus } = lab;
  const values = (name: string, all: readonly number[]) => (given.includes(name) ? [Number(knobs[name])] : all);
  const all = values("bptt", BPTTS).flatMap((bptt) => values("batch", BATCHES).map((batch) => ({ bptt, batch })));
  // Trials begin anywhere in the text's first half, and a lane is some windows long.
  const long = all.filter(({ bptt, batch }) => batch * (4 * bptt + 1) <= corpus.train.length / 2);
  const some = long.length > 0 ? long : all.slice(0, 1);
  const fitting = some.filter((each) => bytesOf(lab, each, true) <= bytes);
  if (fitting.length > 0) return fitting;
  const least = binarySize(bytesOf(lab, some[0]!, true));
  throw usageError(
    `Advice trains models to try, and wants ${least} of memory for the smallest of them and one beside it; there are ${binarySize(bytes)}.`,
    "Give it more memory, or a smaller model: --hidden, --layers.",
  );
}

/** Which settings are timed: for each number of lanes two lengths, some way apart, between which the others lie on a line. */
function timedOf(candidates: readonly Setting[]): Setting[] {
  const batches = [...new Set(candidates.map(({ batch }) => batch))];
  return batches.flatMap((batch) => {
    const bptts = candidates.filter((each) => each.batch === batch).map(({ bptt }) => bptt);
    const near = (wanted: number) => bptts.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0]!;
    return [...new Set([near(16), near(64)])].map((bptt) => ({ bptt, batch }));
  });
}

/** From windows of 32 lanes and 32 tokens, with which the brief training goes where it can. */
function distance({ bptt, batch }: Setting): number {
  const ratio = (a: number, b: number) => Math.max(a, b) / Math.min(a, b);
  return ratio(bptt, 32) * ratio(batch, 32);
}

/** From what a window takes: the run's seconds, by the length that the knobs ask for, and the advice's. */
function clockOf(knobs: KnobValues, length: number, first: Setting) {
  const { minutes, steps } = knobs;
  const tokens =
    steps === undefined ? epochsOf(knobs) * length : Number(steps) * Number(knobs.bptt) * Number(knobs.batch);
  return (window: number) => {
    const seconds = minutes === undefined ? (tokens * window) / (first.bptt * first.batch) : 60 * Number(minutes);
    return { seconds, advice: Math.min(MOST, PART * seconds) };
  };
}

/** A model that is asked has fewer lanes, then shorter windows, until it takes no more than a quarter of what there is. */
function fitted(spec: ModelSpec, { options: { engine, room } }: Lab, options: ModelOptions): ModelOptions {
  const limit = Math.min(LARGE, (room?.bytes ?? Number.POSITIVE_INFINITY) / 4);
  const { precision, panel } = engine;
  let { lanes, steps } = options;
  while (lanes * steps > 64 && plan(spec, { ...options, lanes, steps, precision, panel }).bytes.total > limit) {
    if (lanes > 4) lanes >>= 1;
    else steps >>= 1;
  }
  return { ...options, lanes, steps: Math.max(1, steps) };
}
