// The two curves of the page: how a trained model's gradients fade, and how much its context helps, on the text that is
// shown. What the adviser measured before training is taken where this cannot be measured.

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
  readonly fading: GradientDecay;
  readonly context: Context;
  /** Of what they were measured. */
  readonly says: string;
}

/** Fewer tokens tell nothing. */
const FEWEST = 2000;
/** Tokens of a window or of a lane, times lanes, that a round of each takes; about. */
const ROUND = { fading: 7000, context: 5000 };

export interface CurvesOptions {
  readonly engine: Engine;
  /** Seconds for both; 0: nothing is measured. */
  readonly seconds: number;
  /** Seconds that a token takes forward, about. */
  readonly token: number;
}

/** The curves, or why there are none. */
export async function measureCurves(stored: StoredModel, ids: Int32Array, o: CurvesOptions): Promise<Curves | string> {
  if (stored.vocab.endId !== undefined) {
    return (
      "This model reads each document from a state of zeros; how far it looks back is measured on texts that go " +
      "on and on."
    );
  }
  if (o.seconds === 0) return "They were not measured: the option seconds was 0.";
  if (ids.length < FEWEST) {
    return (
      `They want a text of ${FEWEST.toLocaleString("en")} tokens or more; this one has ` +
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
    ...{ lanes: lanes(ROUND.fading), steps: lags.at(-1)! },
    training: { moments: 0 },
  });
  back.setWeights(stored.weights);
  const half = { seed: 0, between: until(o.seconds / 2) };
  const fading = await measureGradientDecay(back, source, { lags, rounds: 16, lead: 512, ...half });
  const cold = new LanguageModel(stored.spec, o.engine, { lanes: lanes(ROUND.context), steps: 128 });
  cold.setWeights(stored.weights);
  const context = await measureContext(cold, source, { ages: AGES, seed: 0, between: until(o.seconds / 2) });
  const says =
    `Measured now, with the trained model: ${fading.places.toLocaleString("en")} losses were followed back, and ` +
    `${context.scored.toLocaleString("en")} tokens scored with states of each age.`;
  return { fading, context, says };
}

/** What the adviser left in a run's folder, where it did. */
export async function advisedCurves(folder: string): Promise<Curves | undefined> {
  const fs = nodeFileSystem();
  const path = joinPath(folder, RunFile.advice);
  if ((await fs.stat(path).catch(() => undefined)) === undefined) return undefined;
  try {
    const { fading, context } = JSON.parse(new TextDecoder().decode(await fs.read(path))) as Advice;
    const whole = [fading.lags, fading.norms, fading.layers, context.rows].every(Array.isArray);
    return whole ? { fading, context, says: "As the adviser measured them, after a brief training." } : undefined;
  } catch {
    return undefined; // half a file of advice is no reason to show nothing
  }
}
