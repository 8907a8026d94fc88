// Evaluates a run on a text: the model, a uniform guess, the n-gram of the run's own training text if that is still
// there, and a general-purpose compressor. Every number says what it was taken with.

import { LonghandError } from "../../base/errors.js";
import { joinPath } from "../../base/ports.js";
import type { EngineName } from "../../compute/engines.js";
import type { Baseline } from "../../evaluation/baseline/baseline.js";
import { type CompressorComparison, compareCompressor, type PlainText } from "../../evaluation/baseline/compressor.js";
import { type ScoringState, scoringState } from "../../evaluation/scoring/states.js";
import {
  type Evaluated,
  type EvaluateOptions,
  evaluateTokens,
  modelOpener,
  type OpenModel,
  scoreLanes,
} from "../../face/evaluate.js";
import type { StoredModel } from "../../model/file/model-file.js";
import type { TextInput } from "../../text/encoding/utf8.js";
import { rawCounts } from "../../text/matching/raw-counts.js";
import type { Tokens } from "../../text/storage/tokens.js";
import type { LaneReader, Window } from "../../text/windows/lanes.js";
import { nodeEngine } from "../engine/engine.js";
import { nodeThreads } from "../engine/threads.js";
import type { NamedSource } from "../files/inputs.js";
import { loadModel } from "../files/models.js";
import { readTrainingText } from "../files/texts.js";
import { countBaseline } from "../runs/baseline.js";
import { brotli, FEWEST_COMPRESSED, MOST_COMPRESSED } from "../system/brotli.js";
import {
  type KnownRun,
  knownRun,
  namedText,
  type ScoredText,
  trainedOn,
  trainingInputs,
  validationText,
} from "./scored.js";

/** How a run is scored. */
export interface ScoringOptions extends EvaluateOptions {
  /** What computes; the fastest engine by default. */
  readonly engine?: EngineName | undefined;
}

/**
 * Evaluates a run, or a model file (whose training text is not known). Without texts, the run's validation part is
 * scored. Throws a usage error for a text that the run was trained on.
 */
export async function evaluateText(
  path: string,
  texts: readonly NamedSource[],
  o: ScoringOptions = {},
): Promise<Evaluated> {
  return evaluateStored(await loadModel(path), path, texts, o);
}

/** The same for a model that is loaded; `path` is where it was loaded from. */
export async function evaluateStored(
  stored: StoredModel,
  path: string,
  texts: readonly NamedSource[],
  o: ScoringOptions = {},
): Promise<Evaluated> {
  const notice = o.notice ?? (() => {});
  const state = scoringState(o.state, knowsDocuments(stored));
  const run = await knownRun(path, notice);
  const text = texts.length > 0 ? await namedText(texts, notice) : await validationText(path, run, stored);
  const warning = await trainedOn(path, run, text, o.force === true);
  if (warning !== undefined) notice(warning);
  const tokens = await text.tokens(stored, notice);
  const beside = o.alone
    ? Promise.resolve([undefined, undefined] as const)
    : Promise.all([counted(path, run, stored, tokens), compressed(run, text)]);
  beside.catch(() => {}); // it is awaited below
  const scored = { name: text.name, tokens, words: text.sizes.words };
  const evaluated = await evaluateTokens(stored, scored, o.lanes ?? run?.lanes ?? 1, state, openModel(stored, o));
  const [baseline, compressor] = await beside;
  return {
    ...evaluated,
    ...(typeof baseline === "string" ? { noBaseline: baseline } : baseline && { baseline }),
    ...(typeof compressor === "string" ? { noCompressor: compressor } : compressor && { compressor }),
  };
}

/** Reads all windows with the model; `each` gets every window with its losses. */
export function scoreWith(
  stored: StoredModel,
  reader: LaneReader,
  state: ScoringState,
  o: ScoringOptions,
  each: (window: Window, losses: ArrayLike<number>) => void,
): Promise<{ nats: number; tokens: number }> {
  return scoreLanes(openModel(stored, o), reader, state, each);
}

function openModel(stored: StoredModel, o: ScoringOptions): OpenModel {
  const { engine } = nodeEngine(o.engine);
  return modelOpener(stored, engine, { threads: nodeThreads(), asked: o.threads, notice: o.notice });
}

/** Documents end with a token of their own. */
export function knowsDocuments({ vocab }: Pick<StoredModel, "vocab">): boolean {
  return vocab.endId !== undefined;
}

/** The n-gram beside, or why not. */
async function counted(
  path: string,
  run: KnownRun | undefined,
  { vocab }: StoredModel,
  scored: Tokens,
): Promise<Baseline | string> {
  if (run === undefined) return `${joinPath(path)} is no run's folder, so its training text is not known.`;
  return reasonFor(async () => countBaseline(await readTrainingText(path, run.config, vocab), scored));
}

/** The compressor beside, or why not. */
async function compressed(run: KnownRun | undefined, text: ScoredText): Promise<CompressorComparison | string> {
  if (text.sizes.bytes < FEWEST_COMPRESSED) return `of a text below ${FEWEST_COMPRESSED} bytes its frame is the most.`;
  if (text.sizes.bytes > MOST_COMPRESSED) return `texts above ${MOST_COMPRESSED >> 20} MiB take it too long.`;
  const training = run && (await reasonFor(async () => plain(() => trainingInputs(run, MOST_COMPRESSED))));
  const scored = { sizes: text.sizes, stream: () => bytesOf(text.inputs()) };
  return compareCompressor(brotli, scored, typeof training === "string" ? undefined : training);
}

async function plain(inputs: () => Promise<readonly TextInput[]>): Promise<PlainText> {
  const counts = rawCounts();
  for await (const piece of bytesOf(await inputs())) counts.update(piece);
  const again = async function* () {
    yield* bytesOf(await inputs());
  };
  return { sizes: counts.found(), stream: again };
}

async function* bytesOf(inputs: readonly TextInput[]): AsyncGenerator<Uint8Array> {
  for (const { bytes } of inputs) yield* bytes;
}

/** What `find` finds, or the first line of what it says for a person. */
async function reasonFor<T>(find: () => Promise<T>): Promise<T | string> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof LonghandError) return error.message.split("\n", 1)[0] ?? "";
    throw error;
  }
}
