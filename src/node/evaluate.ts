// Evaluates a run on a text: the model, a uniform guess, and the n-gram of the run's own training text, if that is still there.

import { LonghandError } from "../base/errors.js";
import { log } from "../base/math.js";
import { joinPath } from "../base/ports.js";
import type { EngineName } from "../compute/engines.js";
import type { Baseline } from "../evaluation/baseline.js";
import { evaluate, type Score, score, scoredLanes } from "../evaluation/evaluate.js";
import type { StoredModel } from "../model/model-file.js";
import type { Tokens } from "../text/tokens.js";
import { hasRun, loadRun } from "../training/run.js";
import type { RunConfig } from "../training/run-state.js";
import { openTeam } from "../training/threads.js";
import { countBaseline } from "./baseline.js";
import { nodeEngine } from "./engine.js";
import { findSources } from "./inputs.js";
import { loadModel } from "./models.js";
import { nodeRunPorts } from "./runs.js";
import { readSources, readTrainingText } from "./texts.js";
import { nodeThreads } from "./threads.js";

export interface Evaluated {
  readonly lanes: number;
  readonly model: Score;
  readonly uniform: Score;
  readonly baseline?: Baseline;
  /** Why there is no n-gram. */
  readonly noBaseline?: string;
  /** Tokens of the text that the vocabulary lacks. */
  readonly unknown: number;
}

export interface EvaluateTextOptions {
  readonly engine?: EngineName;
  readonly lanes?: number | undefined;
  /** All cores where absent, fewer for a small model. */
  readonly threads?: number | undefined;
  readonly notice?: (text: string) => void;
}

const STEPS = 64;

/** `path` is a run's folder, or a model file (which knows no training text). */
export async function evaluateText(path: string, texts: readonly string[], o: EvaluateTextOptions): Promise<Evaluated> {
  const notice = o.notice ?? (() => {});
  const stored = await loadModel(path);
  const config = await configOf(path, notice);
  const { field, vocab } = stored;
  const sources = await findSources(texts, notice);
  const corpus = await readSources(sources, { field, vocab, validFraction: 0, notice });
  const lanes = o.lanes ?? Number(config?.knobs.batch ?? 1);
  const { engine } = nodeEngine(o.engine);
  const threads = nodeThreads();
  const { model: network, team } = openTeam(
    stored.spec,
    engine,
    { lanes, steps: STEPS, documents: corpus.train.end !== undefined },
    { threads, asked: o.threads, notice },
  );
  network.setWeights(stored.weights);
  const reading = scoredLanes(corpus.train, lanes, vocab.newlineId);
  const counted = await countedBeside(path, config, stored, corpus.train);
  const found = await evaluate(network, reading.lanes, { team }).finally(() => team.end());
  const sizes = { tokens: found.tokens, characters: reading.characters, bytes: reading.bytes };
  return {
    lanes,
    model: score(found.nats, sizes),
    uniform: score(found.tokens * log(vocab.size), sizes),
    unknown: corpus.train.unknown,
    ...(typeof counted === "string" ? { noBaseline: counted } : { baseline: counted }),
  };
}

async function configOf(path: string, notice: (text: string) => void): Promise<RunConfig | undefined> {
  const { fs } = nodeRunPorts;
  if ((await fs.stat(path))?.kind !== "folder" || !(await hasRun(fs, path))) return undefined;
  return (await loadRun(nodeRunPorts, path, notice)).config;
}

/** The n-gram beside, or why not. */
async function countedBeside(
  path: string,
  config: RunConfig | undefined,
  stored: StoredModel,
  scored: Tokens,
): Promise<Baseline | string> {
  if (config === undefined) return `${joinPath(path)} is no run's folder, so its training text is not known.`;
  try {
    const training = await readTrainingText(path, config, stored.vocab);
    return await countBaseline(training, scored);
  } catch (error) {
    if (error instanceof LonghandError) return error.message.split("\n", 1)[0] ?? "";
    throw error;
  }
}
