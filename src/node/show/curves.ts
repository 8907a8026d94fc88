// The two curves of the page: gradient decay and gain of context of a trained model, measured on the shown text. If
// they cannot be measured, the page shows those of the adviser.

import { joinPath } from "../../base/ports.js";
import type { Engine } from "../../compute/arena.js";
import { AGES, type Context, measureContext } from "../../evaluation/inside/context.js";
import { type GradientDecay, LAGS, measureGradientDecay } from "../../evaluation/inside/gradient-decay.js";
import type { StoredModel } from "../../model/file/model-file.js";
import { LanguageModel } from "../../model/language-model.js";
import { sourceOf } from "../../text/storage/tokens.js";
import type { Advice } from "../../training/adviser/adviser.js";
import { RunFile } from "../../training/run/run.js";
import { nodeFileSystem } from "../system/filesystem.js";

export interface Curves {
  readonly gradientDecay: GradientDecay;
  readonly context: Context;
  /** How they were measured. */
  readonly says: string;
}

/** A text needs at least this many tokens. */
const FEWEST = 2000;
/** Tokens of one lane that a round of each measurement takes, about. */
const ROUND = { gradientDecay: 7000, context: 5000 };

export interface CurvesOptions {
  readonly engine: Engine;
  /** Seconds of both measurements; 0: measure nothing. */
  readonly seconds: number;
  /** Seconds of a token in the forward pass, about. */
  readonly token: number;
}

/** The curves, or why there are none. */
export async function measureCurves(stored: StoredModel, ids: Int32Array, o: CurvesOptions): Promise<Curves | string> {
  if (stored.vocab.endId !== undefined) {
    return (
      "This model reads each document from a zero state. The curves are measured only for models that carry their " +
      "state."
    );
  }
  if (o.seconds === 0) return "The curves were not measured, because the option seconds is 0.";
  if (ids.length < FEWEST) {
    return (
      `The curves need a text of at least ${FEWEST.toLocaleString("en")} tokens; this one has ` +
      `${ids.length.toLocaleString("en")}.`
    );
  }
  const source = sourceOf(ids);
  const lanes = (round: number) => Math.max(1, Math.min(16, Math.floor(o.seconds / 2 / (round * o.token))));
  const until = (seconds: number) => {
    const end = performance.now() + 1000 * seconds;
    return () => performance.now() < end;
  };
  const lags = LAGS.filter((lag) => 4 * lag <= ids.length);
  const back = new LanguageModel(stored.spec, o.engine, {
    ...{ lanes: lanes(ROUND.gradientDecay), steps: lags.at(-1)! },
    training: { moments: 0 },
  });
  back.setWeights(stored.weights);
  const half = { seed: 0, between: until(o.seconds / 2) };
  const gradientDecay = await measureGradientDecay(back, source, { lags, rounds: 16, lead: 512, ...half });
  const cold = new LanguageModel(stored.spec, o.engine, { lanes: lanes(ROUND.context), steps: 128 });
  cold.setWeights(stored.weights);
  const context = await measureContext(cold, source, { ages: AGES, seed: 0, between: until(o.seconds / 2) });
  const says =
    `Measured with the trained model: gradients of ${gradientDecay.places.toLocaleString("en")} losses, and ` +
    `${context.scored.toLocaleString("en")} tokens scored after each length of context.`;
  return { gradientDecay, context, says };
}

/** The adviser's curves in a run's folder, if they are there. */
export async function advisedCurves(folder: string): Promise<Curves | undefined> {
  const fs = nodeFileSystem();
  const path = joinPath(folder, RunFile.advice);
  if ((await fs.stat(path).catch(() => undefined)) === undefined) return undefined;
  try {
    const { gradientDecay, context } = JSON.parse(new TextDecoder().decode(await fs.read(path))) as Advice;
    const whole = [gradientDecay.lags, gradientDecay.norms, gradientDecay.layers, context.rows].every(Array.isArray);
    return whole ? { gradientDecay, context, says: "Measured by the adviser, after a brief training." } : undefined;
  } catch {
    return undefined; // half a file of advice is no reason to show nothing
  }
}
