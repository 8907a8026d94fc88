// The adviser's measurements, each in its share of the time: a brief training, the cost of a token, the gradient decay
// and the gain of context in the trained model, and short trainings of candidates.

import { LonghandError } from "../../base/errors.js";
import { quantile } from "../../base/statistics.js";
import { AGES, type Context, measureContext } from "../../evaluation/inside/context.js";
import { type GradientDecay, LAGS, measureGradientDecay } from "../../evaluation/inside/gradient-decay.js";
import { LanguageModel } from "../../model/language-model.js";
import { type ModelOptions, plan } from "../../model/layout/plan.js";
import type { ModelSpec } from "../../model/layout/spec.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import type { CheckedSettings } from "../settings/settings.js";
import type { Trial } from "../trial.js";
import { clockOf, distance, timedOf } from "./candidates.js";
import { type Timings, timeSettings } from "./costs.js";
import { type Round, successiveHalving } from "./halving.js";
import type { Noise } from "./noise.js";
import { type Candidate, type Norms, noiseScale } from "./rule.js";
import { type Lab, runLabTrial } from "./trials.js";

export interface MeasureOptions {
  /** Text that no trial trains on. */
  readonly heldOut: TokenSource;
  /** Tokens of the training text. */
  readonly length: number;
  /** Receives the name of each stage. */
  readonly stage: (text: string) => void;
  /** Seconds since the adviser began. */
  readonly elapsed: () => number;
}

export interface Measured {
  readonly trained: Candidate & { readonly windows: number; readonly tokens: number; readonly nats: number };
  /** Seconds of the run. */
  readonly seconds: number;
  readonly timings: Timings;
  readonly noise: Noise;
  readonly gradientDecay: GradientDecay;
  readonly context: Context;
  readonly norms: Norms;
  readonly rounds: readonly Round[];
}

/** Shares of the adviser's own time. */
const SHARES = { train: 0.15, time: 0.15, gradientDecay: 0.1, context: 0.1, halving: 0.5 };
const LARGE = 2 ** 30;

export async function measure(lab: Lab, candidates: readonly Candidate[], o: MeasureOptions): Promise<Measured> {
  const { settings, options } = lab;
  const { heldOut, stage, elapsed } = o;
  const { seed } = settings;

  stage("training a model briefly");
  const first = candidates.toSorted((a, b) => distance(a) - distance(b))[0]!;
  const time = clockOf(settings, o.length, first);
  const trial = await runLabTrial(lab, first, {
    settings: {},
    goOn: (windows) => windows < 20 || elapsed() < SHARES.train * time(elapsed() / windows).advice,
  });
  const { model } = trial.trainingRun.trainer;
  const weights = model.weights();
  if (trial.broken || !weights.every(Number.isFinite)) throw divergedError(settings);
  const each = quantile(
    trial.windows.map(({ seconds }) => seconds),
    0.5,
  );
  const tokens = first.bptt * first.batch;
  const seen = trial.windows.length * tokens;
  const { seconds, advice } = time(each);
  const until = (share: number) => {
    const end = elapsed() + share * advice;
    return () => elapsed() >= end;
  };

  stage("timing candidates");
  const timed = timedOf(candidates);
  const visit = Math.min(80, Math.max(5, (1000 * SHARES.time * advice) / 2 / timed.length));
  const timings = await timeSettings(lab, timed, candidates, { weights, visit, until: until(SHARES.time) });
  const widest = Math.max(...timed.map((s) => s.bptt * s.batch));
  const noise: Noise = { tokens: noiseScale(timings.norms, 64 * widest), seen };

  const between = (done: () => boolean) => async () => {
    await options.pause?.();
    return !done();
  };
  const createReader = (wanted: ModelOptions) => {
    const reader = new LanguageModel(model.spec, options.engine, fitToMemory(model.spec, lab, wanted));
    reader.setWeights(weights);
    return reader;
  };
  /** Number of lanes that the time allows. */
  const lanesFor = (share: number, read: number, most: number) =>
    Math.max(4, Math.min(most, Math.floor((share * advice * tokens) / (read * each))));

  stage("measuring the gradient decay");
  const decayModel = createReader({
    lanes: lanesFor(SHARES.gradientDecay, 2300, 16),
    steps: 512,
    training: { moments: 0 },
  });
  const gradientDecay = await measureGradientDecay(decayModel, heldOut, {
    lags: LAGS,
    rounds: 4,
    lead: 512,
    seed,
    between: between(until(SHARES.gradientDecay)),
  });
  stage("measuring the gain of context");
  const contextModel = createReader({ lanes: lanesFor(SHARES.context, 1500, 32), steps: 128 });
  const context = await measureContext(contextModel, heldOut, {
    ages: AGES,
    seed,
    between: between(until(SHARES.context)),
  });

  stage("training candidates");
  const scored = Math.max(2048, Math.min(32768, Math.floor((0.02 * advice * tokens) / (each / 3))));
  const rounds = await successiveHalving(lab, timings.speeds, {
    heldOut,
    scored,
    seconds: SHARES.halving * advice,
    late: until(1.5 * SHARES.halving),
  });
  const half = trial.windows.slice(trial.windows.length >> 1).map(({ norm }) => norm);
  return {
    trained: { ...first, windows: trial.windows.length, tokens: seen, nats: lastNats(trial) },
    seconds,
    timings,
    noise,
    gradientDecay,
    context,
    rounds,
    norms: { norms: half, tokens },
  };
}

/** Mean loss of the last tenth of the windows. */
function lastNats({ windows }: Trial): number {
  const last = windows.slice(-Math.ceil(windows.length / 10));
  return last.reduce((sum, { nats }) => sum + nats, 0) / last.length;
}

function divergedError({ lr, clip }: CheckedSettings): LonghandError {
  const clipping = clip > 0 ? "" : ", or `clip: 1`";
  return new LonghandError("diverged", `The adviser's trial diverged at learning rate ${lr}.`, {
    hint: `Try \`lr: ${Number((lr / 4).toPrecision(3))}\`${clipping}.`,
  });
}

/** Options with fewer lanes, then shorter windows, until the model takes at most a quarter of the memory budget. */
function fitToMemory(spec: ModelSpec, { options: { engine, room } }: Lab, options: ModelOptions): ModelOptions {
  const limit = Math.min(LARGE, (room?.bytes ?? Number.POSITIVE_INFINITY) / 4);
  const { precision, panel } = engine;
  let { lanes, steps } = options;
  while (lanes * steps > 64 && plan(spec, { ...options, lanes, steps, precision, panel }).bytes.total > limit) {
    if (lanes > 4) lanes >>= 1;
    else steps >>= 1;
  }
  return { ...options, lanes, steps: Math.max(1, steps) };
}
